// SPDX-License-Identifier: MIT
// workers: a command run for each message, several at once; a message whose command fails is not lost.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/exit.hpp"
#include "delivery.hpp"
#include "source.hpp"
#include "sys/child.hpp"

namespace tools::mq {

struct Work {
    std::vector<std::string> command;
    std::size_t jobs = 1;                 ///< commands at the same time, 1 or more
    std::uint64_t count = 1;              ///< messages to take; the largest number: no end
    bool until_empty = false;             ///< end when nothing is there
    const ipc::MqName* failed = nullptr;  ///< queue for messages whose command fails; null: put back, and stop
};

class Workers {
public:
    Workers(Source& source, const Work& work, sys::Signals& signals, Rescue& rescue);

    /// The first failing command's status, or how waiting ended: ok, no (nothing was there), or `gave_up`.
    cli::Exit run(const sys::Deadline& deadline, cli::Exit gave_up);

private:
    struct Job {
        sys::Child child;
        Taken taken;
    };

    [[nodiscard]] bool may_take() const { return taken_ < work_.count && !stopping_ && !gave_up_ && !nothing_left_ && jobs_.size() < work_.jobs; }
    /// Until there is no more to take and no command at work (0), or a signal came (its number).
    int work(const sys::Deadline& deadline);
    void settle();
    void start(Taken taken);
    void finish(Job job);
    void fail(const Taken& taken, int status);
    /// Takes the next message, or waits until a command ends, a signal comes or the deadline passes.
    sys::Wait next(Taken& into, const sys::Deadline& deadline);
    void reap();
    sys::Wait wait_for_jobs(const sys::Deadline& deadline);

    Source& source_;
    const Work& work_;
    sys::Signals& signals_;
    Rescue& rescue_;
    std::unique_ptr<ipc::Mq> failed_queue_;
    std::vector<Job> jobs_;
    std::uint64_t taken_ = 0;
    bool stopping_ = false;      ///< a command failed
    bool gave_up_ = false;       ///< the deadline passed
    bool nothing_left_ = false;  ///< the queue is empty, and that was to be the end
    cli::Exit status_ = cli::Exit::ok;
};

}  // namespace tools::mq
