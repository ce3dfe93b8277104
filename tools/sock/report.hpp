// SPDX-License-Identifier: MIT
// report: all that is known of a connection when it has ended, as a JSON object.
#pragma once

#include <fcntl.h>

#include <optional>
#include <string>

#include "cli/json.hpp"
#include "exchange.hpp"
#include "ipc/connection.hpp"
#include "text/word.hpp"

namespace tools::sock {

/// A file that the user has named, as a shell's > would make it; how: O_APPEND, as >> would. Throws Error.
sys::Fd create_file(const std::string& path, int how = O_TRUNC);

class Report {
public:
    /// Opens the file, if there is one, before anything else is touched. Throws Error.
    explicit Report(const std::optional<text::Path>& path);
    /// Must be asked while the connection is there.
    void write(const ipc::Connection& connection, const Moved& moved, int status) const;

private:
    const std::optional<text::Path>& path_;
    sys::Fd file_;
};

}  // namespace tools::sock
