// SPDX-License-Identifier: MIT
// child: a command started with posix_spawn(3) and watched through a pidfd.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <string>
#include <vector>

#include "sys/fd.hpp"

namespace sys {

/// What a command gets besides its words.
struct Spawn {
    std::vector<std::string> words;        ///< program (looked up in PATH) and arguments; not empty
    std::vector<std::string> environment;  ///< NAME=value, added to or replacing our own
    int standard_input = -1;               ///< descriptor to become its 0; -1: ours
    const sigset_t* mask = nullptr;        ///< its signal mask; null: ours
};

class Child {
public:
    /// Throws Error when it cannot be started: ENOENT (not found), EACCES, ENOEXEC and so on (cannot be run), EAGAIN.
    static Child start(const Spawn& spawn);

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// Readable (poll) when the command has ended. pidfd_open(2).
    [[nodiscard]] int fd() const { return pidfd_.get(); }
    /// Its status as a shell has it: 0 to 255, or 128 + the signal that ended it. Blocks until it ends.
    int wait();
    /// Through the pidfd, so that it cannot hit another process that got the number.
    void signal(int number) const;

private:
    pid_t pid_ = -1;
    Fd pidfd_;
};

}  // namespace sys
