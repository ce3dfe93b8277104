// SPDX-License-Identifier: MIT
// output_file: a file that the user has named for a report or a log.
#pragma once

#include <string>
#include <string_view>

#include "sys/fd.hpp"

namespace cli {

class OutputFile {
public:
    enum class How { replace, append };
    /// As a shell's > or >> would make it; "-" is standard output. Opened now, so that a wrong name is known before anything runs.
    /// Throws Error, or OutputError where standard output is closed.
    OutputFile(const std::string& path, How how);
    /// Written at once. Throws Error naming the file, or OutputError.
    void write(std::string_view text) const;

private:
    std::string path_;
    sys::Fd file_;
};

}  // namespace cli
