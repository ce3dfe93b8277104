// SPDX-License-Identifier: MIT
// signals: put off while something is in hand, and a way out of calls that know no timeout.
#pragma once

#include <csignal>
#include <initializer_list>

#include "sys/deadline.hpp"

namespace sys {

/// How waiting ended.
enum class [[nodiscard]] Wait{
    done,         ///< it happened
    would_block,  ///< it has not happened, and waiting was not asked for
    gave_up,      ///< the deadline passed
    interrupted,  ///< a signal came; Signals::caught() says which
};

/// Holds back the signals that end a program (HUP INT QUIT PIPE ALRM TERM XFSZ, and more if asked) from construction on, so that a
/// message in hand is never lost to one. They take effect where the program says so: caught() asks, run() waits.
///
/// msgrcv(2), msgsnd(2), flock(2), fcntl(F_SETLKW) and open(2) of a FIFO have neither a timeout nor a descriptor to poll.
/// run() makes them end: inside it the signals are let through to a handler that notes the number, and a timer on the
/// monotonic clock fires at the deadline. A signal that arrives between the check and the system call would be missed,
/// so both the timer and the handler fire again every few milliseconds until the call has returned.
///
/// One at a time: the handler needs one variable of the process.
class Signals {
public:
    explicit Signals(std::initializer_list<int> more = {});
    explicit Signals(const sigset_t& more);
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    /// What was let through or put off stays noted or pending; the caller ends by end_by() or restores by release().
    ~Signals() = default;

    /// A signal that has come; 0: none. Costs one system call.
    int caught();

    /// Runs call() (which answers 0, or an errno) until it ends, a signal comes, or the deadline passes.
    /// An EINTR without a reason is retried. Returns interrupted with the signal noted; error carries any other errno.
    template <class Call>
    Wait run(const Deadline& deadline, int& error, Call call) {
        for (;;) {
            if (taken() != 0) return Wait::interrupted;
            begin(deadline);
            error = taken() != 0 || deadline.past() ? EINTR : call();
            end();
            if (error != EINTR) return Wait::done;
            error = 0;
            if (taken() != 0) return Wait::interrupted;
            if (deadline.past()) return Wait::gave_up;
        }
    }

    /// The mask as it was before: for children.
    [[nodiscard]] const sigset_t& outside() const { return outside_; }
    /// For poll-like calls: all signals are let in but those that only tell of a failed write.
    [[nodiscard]] const sigset_t& while_waiting() const { return while_waiting_; }

    /// Stops the timer that the handler set to fire again: the call that it was for has returned.
    static void disarm();

    /// From now on a signal that is let through is noted and no longer ends the process.
    void listen();

    /// Forgets a noted signal that was dealt with: it will not be told again unless it comes again.
    static void forget(int signal);
    /// A signal noted so far, without a system call; 0: none. SIGCHLD, which ends nothing, only when there is no other.
    static int taken();

    /// Lets everything through again, with the dispositions that were there.
    void release();

private:
    void begin(const Deadline& deadline);
    void end();

    sigset_t held_{};
    sigset_t outside_{};
    sigset_t while_waiting_{};
    bool listening_ = false;
    bool child_ignored_ = false;
};

/// Stops the process by SIGTSTP, SIGTTIN or SIGTTOU, so that a shell sees it, and returns when it is continued, with everything
/// as it was. Returns at once where nobody could continue it (an orphaned process group).
void stop_by(int signal);

/// Restores the default action and raises the signal, so that the parent sees the truth. Returns only if it is ignored.
void end_by(int signal);

}  // namespace sys
