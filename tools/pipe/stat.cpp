// SPDX-License-Identifier: MIT
// pipe stat: all that is known of one pipe.
#include <algorithm>

#include "cli/groups.hpp"
#include "cli/table.hpp"
#include "cli/talk.hpp"
#include "ipc/pipe.hpp"
#include "seen.hpp"
#include "verbs.hpp"
#include "where.hpp"

namespace tools::pipe {
namespace {

struct Options : cli::ListOptions {
    Where where;
};

cli::Exit run(const Options& opt) {
    const Access pipe{opt.where};
    const auto list = ipc::list_pipes(false);
    const auto found = std::ranges::find(list.pipes, pipe.identity(), &ipc::PipeInfo::identity);
    // Nobody but ourselves may have it open.
    auto info = found == list.pipes.end() ? ipc::PipeInfo{} : *found;
    info.identity = pipe.identity();
    if (info.path.empty()) info.path = ipc::fifo_path(pipe.get());
    info.capacity = ipc::pipe_capacity(pipe.get());
    info.queued = ipc::pipe_queued(pipe.get());
    cli::print_one(pipe_columns, opt, pipe_cells(info));
    cli::note_unreadable(list.unreadable, list.processes);
    return cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    form.operand("PIPE", &Options::where, "stdin, stdout, stderr, fd:N or PID:FD");
    cli::list_options(form);
    form.columns(pipe_columns);
    form.example("pipe stat $pid:0", "the pipe that a process reads");
    form.example("pipe stat $pid:0 -j | jq .queued", "bytes that wait for it");
    form.example("pipe stat $pid:0 -o BLOCKED", "who sleeps in it");
}

}  // namespace

const cli::Verb stat = cli::verb<Options, declare, run>("stat", "show one pipe in full");

}  // namespace tools::pipe
