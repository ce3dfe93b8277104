// SPDX-License-Identifier: MIT
// keeper: the process behind a coprocess: owns its pipes and serves its callers one after the other.
#pragma once

#include <chrono>
#include <csignal>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "caller.hpp"
#include "coprocess.hpp"
#include "keeper_main.hpp"
#include "reply.hpp"
#include "sys/deadline.hpp"
#include "sys/signals.hpp"
#include "wire.hpp"

namespace tools::popen {

class Keeper {
public:
    /// Starts the command; throws Error, StartFailure.
    explicit Keeper(KeeperSetup setup);
    [[nodiscard]] pid_t pid() const { return command_.pid(); }
    /// Until the command has ended and its status was collected, or its life is over.
    void run();

private:
    void wait_once();
    void free_name();
    void accept_caller();
    void enter(Caller& caller);
    void cancel(Caller& caller);
    void answer(Caller& caller, Answer::Result result);
    void drop_gone();
    [[nodiscard]] bool room(const Caller& caller) const;

    void serve();
    void begin();
    void serve_reply();
    void serve_until_idle(bool came);
    void serve_close();
    [[nodiscard]] bool has_ended();
    void pass(std::string_view bytes);
    void finish(Answer::Result result);
    void abandon();
    void settle();
    void admit(Caller& caller);
    void wait_for_reader();
    [[nodiscard]] bool all_fed() const;
    [[nodiscard]] bool output_is_full() const;

    void feed();
    void read_output();
    void read_errors();
    void end_life();
    [[nodiscard]] std::string describe() const;

    KeeperSetup setup_;
    sys::Signals signals_;
    Coprocess command_;
    sys::Fd listen_, life_, directory_;
    std::string feed_;      ///< for the command, not taken yet
    std::size_t owed_ = 0;  ///< so much at its start completes the line of a caller who is gone
    std::string unread_;    ///< output that no caller asked for
    std::string fresh_;     ///< output since the current request began
    std::string errors_;    ///< standard error that no caller has been told of
    std::list<Caller> callers_;
    std::deque<Caller*> waiting_;
    Caller* current_ = nullptr;  ///< null with `abandoned_`: its caller left
    std::optional<Request> serving_;
    Reply reply_;
    bool abandoned_ = false;
    std::uint64_t reply_bytes_ = 0;
    sys::Deadline end_comes_;
    sys::Deadline look_again_;
    std::chrono::nanoseconds look_in_{};
    sys::Deadline quiet_;
    sys::Deadline kill_at_;
    bool dying_ = false;
    bool named_ = true;  ///< the name is ours
    bool collected_ = false;
    std::uint64_t discarded_ = 0;
    std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
};

}  // namespace tools::popen
