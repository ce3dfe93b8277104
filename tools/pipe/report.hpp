// SPDX-License-Identifier: MIT
// report: how each command of a verb ended, what it took and what it moved.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cli/output_file.hpp"
#include "cli/verb.hpp"
#include "members.hpp"

namespace tools::pipe {

inline constexpr cli::Column report_columns[] = {
    {"MEMBER", "member", cli::Kind::number, "1 is the first command"},
    {"STATUS", "status", cli::Kind::number, "as a shell has it: 128 + the signal that ended it"},
    {"SIGNAL", "signal", cli::Kind::text, "the signal that ended it"},
    {"REAL", "real", cli::Kind::number, "seconds from start to end"},
    {"USER", "user", cli::Kind::number, "processor seconds of its own"},
    {"SYSTEM", "system", cli::Kind::number, "processor seconds in the kernel for it"},
    {"RSS", "max_rss", cli::Kind::size, "most memory it had at once"},
    {"IN", "bytes_in", cli::Kind::size, "bytes it was handed by the command before it"},
    {"OUT", "bytes_out", cli::Kind::size, "bytes it handed to the command behind it"},
    {"COMMAND", "command", cli::Kind::name, "its words"},
};

struct ReportOptions {
    std::optional<text::Path> report;
    bool json = false;
};

template <class T>
void report_options(cli::Form<T>& form) {
    form.option("--report", &ReportOptions::report, "write how each command ended to this file instead of standard error");
    form.option("-j,--json", &ReportOptions::json, "report in JSON Lines");
    form.columns(report_columns);
}

class Report {
public:
    /// Opens the file, so that a wrong name is known before anything runs.
    explicit Report(const ReportOptions& options);
    /// moved: bytes from each member to the next; empty: unknown. Throws Error when the file does not take it.
    void write(std::span<const Member> members, std::span<const std::uint64_t> moved) const;

private:
    const ReportOptions& options_;
    std::optional<cli::OutputFile> file_;
};

}  // namespace tools::pipe
