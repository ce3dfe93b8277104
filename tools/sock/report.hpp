// SPDX-License-Identifier: MIT
// report: all that is known of a connection when it has ended, as a JSON object.
#pragma once

#include <optional>
#include <string>

#include "cli/json.hpp"
#include "cli/output_file.hpp"
#include "exchange.hpp"
#include "ipc/connection.hpp"
#include "text/word.hpp"

namespace tools::sock {

class Report {
public:
    /// Opens the file, if there is one, before anything else is touched. Throws Error.
    explicit Report(const std::optional<text::Path>& path);
    /// Must be asked while the connection is there.
    void write(const ipc::Connection& connection, const Moved& moved, int status) const;

private:
    std::optional<cli::OutputFile> file_;
};

}  // namespace tools::sock
