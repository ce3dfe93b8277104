// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <unistd.h>

#include <cmath>
#include <cstring>

#include "cli/table.hpp"
#include "sys/io.hpp"

namespace tools::pipe {
namespace {

double seconds(std::chrono::nanoseconds length) { return std::round(std::chrono::duration<double>{length}.count() * 1e6) / 1e6; }

std::string joined(const Command& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

cli::Value signal_name(int signal) {
    if (signal == 0) return nullptr;
    const auto* name = ::sigabbrev_np(signal);
    return name ? cli::Value{name} : cli::Value{std::to_string(signal)};
}

}  // namespace

Report::Report(const ReportOptions& options) : options_(options) {
    if (options.report) file_.emplace(options.report->path, cli::OutputFile::How::replace);
}

void Report::write(std::span<const Member> members, std::span<const std::uint64_t> moved) const {
    cli::ListOptions list;
    list.json = options_.json;
    cli::Table table{report_columns, list};
    for (std::size_t at = 0; at < members.size(); ++at) {
        const auto& member = members[at];
        const auto bytes = [&](std::size_t flow) { return flow < moved.size() ? cli::Value{moved[flow]} : cli::Value{nullptr}; };
        table.add({at + 1, member.ended->status, signal_name(member.ended->signal), seconds(member.end - member.begin), seconds(member.ended->user),
                   seconds(member.ended->system), member.ended->max_rss, at == 0 ? cli::Value{nullptr} : bytes(at - 1), bytes(at), joined(member.words)});
    }
    if (file_)
        file_->write(table.text());
    else
        (void)sys::write_all(STDERR_FILENO, table.text());
}

}  // namespace tools::pipe
