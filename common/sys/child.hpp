// SPDX-License-Identifier: MIT
// child: a command started with posix_spawn(3) and watched through a pidfd.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sys/fd.hpp"

namespace sys {

/// A descriptor of ours and the number that the command knows it by.
struct Inherited {
    int ours;
    int theirs;
};

/// What a command gets besides its words.
struct Spawn {
    std::vector<std::string> words;        ///< program (looked up in PATH) and arguments; not empty
    std::vector<std::string> environment;  ///< NAME=value, added to or replacing our own
    std::vector<Inherited> descriptors;    ///< besides those without FD_CLOEXEC, which it has anyway
    std::string terminal;                  ///< a terminal's path to be its 0, 1 and 2 and to control it; needs own_session
    bool own_group = false;                ///< leads a process group: what it starts can be signalled with it
    bool own_session = false;              ///< leads a session, and so a group, without a terminal
    const sigset_t* mask = nullptr;        ///< its signal mask; null: ours
};

/// How a command ended, and what it took.
struct Ended {
    int status = 0;                    ///< as a shell has it: 0 to 255, or 128 + the signal
    int signal = 0;                    ///< the signal that ended it; 0: none
    std::chrono::microseconds user{};  ///< processor time, with that of the children it waited for (getrusage(2))
    std::chrono::microseconds system{};
    std::uint64_t max_rss = 0;  ///< bytes
};

class Child {
public:
    /// Throws Error when it cannot be started: ENOENT (not found), EACCES, ENOEXEC and so on (cannot be run), EAGAIN.
    static Child start(const Spawn& spawn);

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// Readable (poll) when the command has ended. pidfd_open(2).
    [[nodiscard]] int fd() const { return pidfd_.get(); }
    /// The signal that stopped it since this was asked last; 0: none, or it runs again.
    [[nodiscard]] int stopped() const;
    /// Blocks until it ends; once only.
    Ended wait();
    /// Through the pidfd, so that it cannot hit another process that got the number.
    void signal(int number) const;
    /// With own_group or own_session: to the group it leads, which lives on while any member does. Before wait() only.
    void signal_group(int number) const;

private:
    pid_t pid_ = -1;
    Fd pidfd_;
};

/// The bytes as a file without a name, at its start: a command may read it at its leisure, or not at all, and nobody waits. Throws Error.
Fd as_input(std::string_view bytes);

/// Becomes the command (execve(2)): the first word is looked up in PATH, and no shell runs a file that is not a program.
/// Throws Error as Child::start does, and then nothing has changed.
[[noreturn]] void become(const std::vector<std::string>& words);

}  // namespace sys
