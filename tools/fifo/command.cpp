// SPDX-License-Identifier: MIT
#include "command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "cli/talk.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/poll.hpp"

namespace tools::fifo {
namespace {

/// SIGINT and SIGQUIT of a terminal are sent to its foreground group: to the command as well, when that is our group.
bool terminal_sends(int signal) {
    if (signal != SIGINT && signal != SIGQUIT && signal != SIGHUP) return false;
    const sys::Fd terminal{::open("/dev/tty", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    return terminal && ::tcgetpgrp(terminal.get()) == ::getpgrp();
}

}  // namespace

cli::Exit run_command(const sys::Spawn& spawn, sys::Signals& signals) {
    try {
        auto child = sys::Child::start(spawn);
        std::array<pollfd, 1> ended{{{child.fd(), POLLIN, 0}}};
        while (sys::poll(ended, {}, &signals) != sys::Wait::done) {
            const int signal = sys::Signals::taken();
            if (!terminal_sends(signal)) child.signal(signal);
            sys::Signals::forget(signal);
        }
        return static_cast<cli::Exit>(child.wait().status);
    } catch (const sys::Error& failure) {
        return cannot_run(failure.number(), failure.what());
    }
}

cli::Exit cannot_run(int error, const char* words) {
    cli::complain(words);
    return cli::exit_for_start(error);
}

}  // namespace tools::fifo
