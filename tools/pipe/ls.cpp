// SPDX-License-Identifier: MIT
// pipe ls: the pipes that processes have open, what is in them and who is blocked.
#include <algorithm>

#include "cli/groups.hpp"
#include "cli/table.hpp"
#include "cli/talk.hpp"
#include "ipc/pipe.hpp"
#include "seen.hpp"
#include "sys/error.hpp"
#include "sys/proc.hpp"
#include "text/number.hpp"
#include "verbs.hpp"

namespace tools::pipe {
namespace {

/// A process id.
struct Pid : text::Number<1, 4'194'304> {  // PID_MAX_LIMIT, include/linux/threads.h
    static constexpr text::Word word{"PID"};
    static text::Parsed<Pid> parse(std::string_view text) {
        const auto number = text::Number<1, 4'194'304>::parse(text);
        if (!number) return std::unexpected(number.error());
        return Pid{*number};
    }
};

struct Options : cli::ListOptions {
    std::vector<Pid> pids;
    bool blocked = false;
    bool fifos = false;
};

bool belongs_to(const ipc::PipeInfo& pipe, const std::vector<Pid>& pids) {
    const auto is_theirs = [&](const ipc::PipeUser& user) {
        return std::ranges::any_of(pids, [&](const Pid& pid) { return static_cast<std::uint64_t>(user.pid) == pid.value; });
    };
    return std::ranges::any_of(pipe.holders, is_theirs) || std::ranges::any_of(pipe.opening, is_theirs);
}

bool is_blocked(const ipc::PipeInfo& pipe) { return !pipe.blocked_readers.empty() || !pipe.blocked_writers.empty() || !pipe.opening.empty(); }

cli::Exit run(const Options& opt) {
    for (const auto& pid : opt.pids) {
        if (!sys::Process{static_cast<int>(pid.value)} && sys::vanished()) throw sys::Error(ESRCH, fmt::format("process {}", pid.value));
    }
    cli::Table table{pipe_columns, opt};
    const auto list = ipc::list_pipes(true);
    for (const auto& pipe : list.pipes) {
        if (!pipe.path.empty() && !opt.fifos) continue;
        if (!opt.pids.empty() && !belongs_to(pipe, opt.pids)) continue;
        if (!opt.blocked || is_blocked(pipe)) table.add(pipe_cells(pipe));
    }
    table.print();
    cli::note_unreadable(list.unreadable, list.processes);
    return cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    form.operands("PID", &Options::pids, 0, "only those that these processes have open");
    form.option("--blocked", &Options::blocked, "only those that somebody sleeps in");
    form.option("--fifos", &Options::fifos, "FIFOs as well");
    cli::list_options(form);
    form.columns(pipe_columns);
    form.example("pipe ls", "all pipes that can be seen");
    form.example("pipe ls --blocked", "where a pipeline hangs");
    form.example("pipe ls -j | jq -r 'select(.queued == .capacity).flow'", "full pipes, and who should read them");
}

}  // namespace

const cli::Verb ls = cli::verb<Options, declare, run>("ls", "list pipes, their fill, and who is blocked");

}  // namespace tools::pipe
