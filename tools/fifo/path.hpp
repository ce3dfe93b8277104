// SPDX-License-Identifier: MIT
// path: a FIFO's path as a word on the command line, and the FIFOs of a directory.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "ipc/fifo.hpp"
#include "text/word.hpp"

namespace tools::fifo {

struct FifoPath {
    std::string path;
    static constexpr text::Word word{"FIFO", nullptr, true};
    static text::Parsed<FifoPath> parse(std::string_view text);
};

/// Throws Usage when something else is there, Error when nothing is, with the name that was probably meant
/// or the verb that would make it.
ipc::Fifo find(const FifoPath& path, const std::string& maker = "create");

struct Entry {
    std::string path;  ///< directory/name, or the name alone in "."
    struct stat facts;
};

/// By name; nothing in it is opened. Throws Error.
std::vector<Entry> fifos_in(const std::string& directory);

/// The part before the last slash; "." when there is none.
std::string directory_of(const std::string& path);

/// Begins the name of a directory that is ours to remove once it is empty.
constexpr std::string_view private_prefix = "moreipc-fifo";

}  // namespace tools::fifo
