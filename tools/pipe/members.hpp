// SPDX-License-Identifier: MIT
// members: commands that run together, their ends collected in the order in which they come.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit.hpp"
#include "cli/verb.hpp"
#include "sys/child.hpp"
#include "sys/flow.hpp"
#include "sys/signals.hpp"
#include "text/duration.hpp"
#include "text/number.hpp"

namespace tools::pipe {

using Command = std::vector<std::string>;

/// The words between separators. Throws Usage when there are fewer than two commands, or an empty one.
std::vector<Command> split(const std::vector<std::string>& words, std::string_view separator);

/// Starts it; nothing: it cannot be run, which was said, and status is 125, 126 or 127.
std::optional<sys::Child> start(const sys::Spawn& spawn, int& status);

/// What sh(1) runs.
Command shell(const std::string& line);

struct Member {
    using Clock = std::chrono::steady_clock;
    Command words;
    std::optional<sys::Child> child;  ///< nothing: it could not be started, or it has ended
    std::optional<sys::Ended> ended;
    Clock::time_point begin;
    Clock::time_point end;
    bool apart = false;  ///< leads a group of its own
};

/// Options of verbs that run several commands.
struct MemberOptions {
    std::optional<text::Number<1, 1000>> exit_from;
    std::optional<text::Duration> timeout;
    std::optional<text::Duration> kill_after;
};

template <class T>
void member_options(cli::Form<T>& form) {
    form.option("-t,--timeout", &MemberOptions::timeout, "send SIGTERM to all that still run after this long; status 124");
    form.option("--kill-after", &MemberOptions::kill_after, "and SIGKILL when they still run this long after SIGTERM");
    form.option("--exit-from", &MemberOptions::exit_from, "end with this command's status; 1 is the first");
}

class Members {
public:
    /// Signals must hold SIGCHLD. count: how many will be started. Throws Usage when the options do not fit.
    Members(sys::Signals& signals, const MemberOptions& options, std::size_t count);

    /// A command that cannot be run is a member with status 126 or 127, as in a shell; the others run on.
    /// terminal: the path of one that it is to have as 0, 1 and 2, in a session of its own.
    void start(Command words, std::vector<sys::Inherited> descriptors, std::string terminal = {});

    /// Moves bytes and waits until all flows are over and all members have ended, or time is over. Signals that come meanwhile
    /// are handed on once (SIGINT and SIGQUIT of a terminal reach the members without us, unless they lead groups or have a terminal of their own).
    void run(std::span<sys::Flow* const> flows = {}, const std::function<void(sys::Flow&)>& over = {});

    [[nodiscard]] const std::vector<Member>& all() const { return members_; }
    /// Ends us by the signal that came, if any; otherwise 124 when time was over, or the members' status.
    [[nodiscard]] cli::Exit finish() const;

private:
    void reap();
    void signal_all(int number);
    [[nodiscard]] bool all_ended() const;

    sys::Signals& signals_;
    const MemberOptions& options_;
    std::vector<Member> members_;
    sys::Deadline deadline_;
    int signal_ = 0;
    bool gave_up_ = false;
};

}  // namespace tools::pipe
