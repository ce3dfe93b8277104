// SPDX-License-Identifier: MIT
// pipe ready: starts a command and returns when it says that it is ready; the command runs on.
#include <fcntl.h>
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "cli/talk.hpp"
#include "members.hpp"
#include "sys/child.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
#include "sys/poll.hpp"
#include "text/duration.hpp"
#include "text/number.hpp"
#include "verbs.hpp"

namespace tools::pipe {
namespace {

struct Options {
    std::vector<std::string> command;
    std::optional<text::Number<0, 1023>> fd;
    std::optional<text::Duration> timeout;
    bool kill = false;
};

/// Whether the process is on its way out: its descriptors are closed a moment before it can be waited for.
bool is_ending(pid_t pid) {
    // proc(5), /proc/PID/stat: behind "pid (comm)" come state, ppid, pgrp, session, tty, tpgid and flags.
    const auto line = sys::read_file(AT_FDCWD, fmt::format("/proc/{}/stat", pid).c_str());
    const auto behind = line.rfind(") ");
    if (behind == std::string::npos) return true;
    auto at = behind + 2;
    for (int field = 0; field < 6; ++field) at = line.find(' ', at) + 1;
    unsigned flags = 0;
    std::from_chars(line.data() + at, line.data() + line.size(), flags);
    constexpr unsigned exiting = 4;  // PF_EXITING, include/linux/sched.h
    return (flags & exiting) != 0;
}

cli::Exit give_up(const Options& opt, const sys::Child& child) {
    cli::complain(fmt::format("gave up after {}: {} (process {}) is not ready", text::spell(*opt.timeout), opt.command.front(), child.pid()));
    if (opt.kill)
        child.signal(SIGTERM);
    else
        cli::hint("it is left running; --kill sends it SIGTERM");
    return cli::Exit::gave_up;
}

cli::Exit run(const Options& opt) {
    const auto deadline = opt.timeout ? sys::Deadline::after(opt.timeout->length) : sys::Deadline{};
    sys::Signals signals;
    auto ends = sys::Pipe::create();
    const int theirs = opt.fd ? static_cast<int>(opt.fd->value) : ends.write_end.get();
    sys::Spawn spawn;
    spawn.words = opt.command;
    spawn.environment = {fmt::format("MOREIPC_READY_FD={}", theirs)};
    spawn.descriptors = {{ends.write_end.get(), theirs}};
    spawn.mask = &signals.outside();
    int status = 0;
    auto child = pipe::start(spawn, status);
    if (!child) return static_cast<cli::Exit>(status);
    ends.write_end = {};

    std::array<pollfd, 1> entry{{{ends.read_end.get(), POLLIN, 0}}};
    const auto wait = sys::poll(entry, deadline, &signals);
    if (wait == sys::Wait::gave_up) return give_up(opt, *child);
    if (wait == sys::Wait::interrupted) {
        const int came = sys::Signals::taken();
        if (came != SIGINT && came != SIGQUIT) child->signal(came);
        sys::end_by(came);
        return cli::Exit::own_trouble;
    }
    std::array<char, 512> said;
    if (sys::read_some(ends.read_end.get(), said, "the pipe") > 0 || !is_ending(child->pid())) return cli::Exit::ok;
    const auto ended = child->wait();
    cli::note(fmt::format("{} ended with status {} and never said that it was ready", opt.command.front(), ended.status));
    return static_cast<cli::Exit>(ended.status);
}

void declare(cli::Form<Options>& form) {
    form.leading_command(&Options::command, "MOREIPC_READY_FD tells it the descriptor to write to or to close");
    form.option("--fd", &Options::fd, "the descriptor's number (default: one that is free)");
    form.option("-t,--timeout", &Options::timeout, "give up after this long, status 124");
    form.option("--kill", &Options::kill, "and end the command then");
    form.example("pipe ready sh -c 'echo >&$MOREIPC_READY_FD; sleep 0.1' && echo go", "go on when it is ready");
    form.example("pipe ready --fd 3 -- sh -c 'exec 3>&-; sleep 0.1'", "for daemons that are told a fixed number");
    form.example("pipe ready -- sh -c 'exit 4'", "one that fails gives its status");
}

}  // namespace

const cli::Verb ready = cli::verb<Options, declare, run>("ready", "start a command, return when it says that it is ready");

}  // namespace tools::pipe
