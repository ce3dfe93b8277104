// SPDX-License-Identifier: MIT
// running: one command from its start to its end: streams, time limit, signals, the terminal.
#pragma once

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "ipc/pipe.hpp"
#include "lines.hpp"
#include "pump.hpp"
#include "sys/child.hpp"
#include "sys/deadline.hpp"
#include "sys/error.hpp"
#include "sys/signals.hpp"
#include "sys/terminal.hpp"

namespace tools::popen {

struct Plan {
    std::vector<std::string> words;
    bool reads = false;   ///< its standard output comes through us
    bool writes = false;  ///< its standard input comes through us
    bool merge = false;   ///< its standard error goes where its output goes
    bool pty = false;     ///< its output is a terminal, and its input if ours is one
    bool foreground = false;
    bool wait_all = false;
    bool subreaper = false;
    bool die_with_parent = false;
    std::optional<std::string> tag;
    std::optional<std::string> tag_error;
    Clock clock;
    int signal = SIGTERM;                                ///< at the limit
    std::optional<std::chrono::nanoseconds> kill_after;  ///< then SIGKILL
    sys::Deadline limit;

    [[nodiscard]] bool by_line() const { return tag || tag_error || clock.kind != Clock::Kind::none; }
};

/// What came of it.
struct Outcome {
    sys::Ended ended;
    pid_t pid = 0;
    bool timed_out = false;
    bool killed = false;     ///< by SIGKILL after kill_after
    int forwarded = 0;       ///< the last signal that was passed on
    int output_error = 0;    ///< our own output refused it
    bool abandoned = false;  ///< a signal or the limit came before all was delivered
    std::chrono::duration<double> wall{};
    std::optional<std::uint64_t> bytes_in;  ///< that the command's input took; nothing: it did not come through us
    std::optional<std::uint64_t> bytes_out;
    std::optional<std::uint64_t> bytes_error;
};

class Running {
public:
    explicit Running(const Plan& plan);

    /// Throws Error when the command cannot be started; afterwards only when the system fails.
    Outcome run();

private:
    void connect(sys::Spawn& spawn);
    void connect_terminal(sys::Spawn& spawn);
    void connect_output(sys::Spawn& spawn);
    [[nodiscard]] std::optional<Lines> lines(const std::optional<std::string>& tag, bool shared) const;
    [[nodiscard]] int handed_on(sys::Fd fd);

    void wait_once();
    [[nodiscard]] bool finished() const;
    [[nodiscard]] sys::Deadline next_moment() const;
    void moment_came();
    void take_signals();
    void take_signal(int signal);
    void tell(int signal) const;
    void command_ended();
    void command_stopped(int signal);
    void suspend(int signal, bool whole_group);
    void reap();
    void account(Outcome& outcome);
    void name_holders() const;

    const Plan& plan_;
    sys::Signals signals_;
    Pump pump_;
    std::vector<sys::Fd> handed_;  ///< ends that the command has: ours are closed once it runs
    std::optional<sys::Child> child_;
    std::optional<sys::Ended> ended_;  ///< with subreaper it is collected before the others
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point end_;
    bool over_ = false;  ///< the command ended, perhaps not those that it started
    bool reaped_all_ = false;
    Inlet* in_ = nullptr;
    Inlet* out_ = nullptr;
    Inlet* err_ = nullptr;
    Outlet* to_command_ = nullptr;
    Outlet* to_output_ = nullptr;
    Outlet* to_error_ = nullptr;
    ipc::PipeIdentity output_;  ///< the pipe that the command writes to
    std::optional<sys::Pty> pty_;
    std::optional<sys::RawMode> raw_;
    sys::Fd tty_;            ///< our controlling terminal, once the command has asked for it
    bool has_tty_ = false;   ///< it is the command's now
    sys::Deadline kill_at_;  ///< after the limit
    sys::Deadline settle_;   ///< to deliver what is in hand after a signal or the limit
    bool timed_out_ = false;
    bool killed_ = false;
    int forwarded_ = 0;
    bool abandoned_ = false;
    bool hung_up_ = false;
};

/// `--become`: what runs between us and a command that needs what posix_spawn(3) cannot give it. Never returns but in failure.
constexpr const char* become_word = "--become";
int become(int argc, char** argv);

/// The command could not be started; apart from all other trouble, because its statuses are 127, 126 and 125.
struct StartFailure {
    sys::Error why;
};

/// sys::Child::start, with StartFailure for what it throws.
sys::Child start_child(const sys::Spawn& spawn);

}  // namespace tools::popen
