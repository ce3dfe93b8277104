// SPDX-License-Identifier: MIT
#include "workers.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <exception>

#include "cli/talk.hpp"
#include "sys/error.hpp"
#include "sys/poll.hpp"

namespace tools::mq {
Workers::Workers(Source& source, const Work& work, sys::Signals& signals, Rescue& rescue)
    : source_(source),
      work_(work),
      signals_(signals),
      rescue_(rescue),
      failed_queue_(work.failed ? ipc::Mq::open(*work.failed, ipc::Mq::Access::send) : nullptr) {
    if (failed_queue_ && source_.has(*failed_queue_)) throw cli::Usage(fmt::format("--failed: {} is the queue that is received from", failed_queue_->name()));
    signals_.listen();
}

void Workers::start(Taken taken) {
    try {
        const auto input = sys::as_input(taken.message.bytes);
        sys::Spawn spawn;
        spawn.words = work_.command;
        spawn.environment = {
            fmt::format("MOREIPC_QUEUE={}", taken.queue->name()),
            fmt::format("MOREIPC_PRIORITY={}", taken.queue->sysv() ? "" : std::to_string(taken.message.label)),
            fmt::format("MOREIPC_TYPE={}", taken.queue->sysv() ? std::to_string(taken.message.label) : ""),
            fmt::format("MOREIPC_SIZE={}", taken.message.bytes.size()),
        };
        spawn.descriptors = {{input.get(), STDIN_FILENO}};
        spawn.mask = &signals_.outside();
        jobs_.push_back({sys::Child::start(spawn), std::move(taken)});
    } catch (const sys::Error& failure) {
        cli::complain(failure.what());
        rescue_.put_back(taken);
        stopping_ = true;
        if (status_ == cli::Exit::ok) status_ = cli::exit_for_start(failure.number());
    }
}

void Workers::fail(const Taken& taken, int status) {
    if (status_ == cli::Exit::ok) status_ = static_cast<cli::Exit>(status);
    if (!failed_queue_) {
        rescue_.put_back(taken);
        stopping_ = true;
        return;
    }
    try {
        const long plain = failed_queue_->sysv() ? 1 : 0;
        const long label = failed_queue_->sysv() == taken.queue->sysv() ? taken.message.label : plain;
        if (failed_queue_->try_send(taken.message.bytes, label) == sys::Wait::done) return;
        cli::complain(fmt::format("{}: full, so the message goes back", failed_queue_->name()));
    } catch (const sys::Error& failure) {
        cli::complain(failure.what());
    }
    rescue_.put_back(taken);
    stopping_ = true;
}

void Workers::finish(Job job) {
    try {
        const int status = job.child.wait().status;
        if (status != 0) fail(job.taken, status);
    } catch (const sys::Error&) {
        rescue_.put_back(job.taken);  // perhaps done, perhaps not: twice is better than never
        throw;
    }
}

void Workers::reap() {
    sys::Signals::forget(SIGCHLD);
    for (std::size_t at = 0; at < jobs_.size();) {
        pollfd entry{jobs_[at].child.fd(), POLLIN, 0};
        if (::poll(&entry, 1, 0) != 1) {
            ++at;
            continue;
        }
        auto job = std::move(jobs_[at]);
        jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(at));
        finish(std::move(job));
    }
}

sys::Wait Workers::wait_for_jobs(const sys::Deadline& deadline) {
    std::vector<pollfd> entries;
    for (const auto& job : jobs_) entries.push_back({job.child.fd(), POLLIN, 0});
    return sys::poll(entries, deadline, &signals_);
}

sys::Wait Workers::next(Taken& into, const sys::Deadline& deadline) {
    if (source_.try_take(into) == sys::Wait::done) return sys::Wait::done;
    if (work_.until_empty) return sys::Wait::would_block;
    if (!deadline.never() && deadline.past()) return sys::Wait::gave_up;
    return source_.take(into, deadline, signals_);  // the end of a command interrupts it: SIGCHLD
}

int Workers::work(const sys::Deadline& deadline) {
    for (;;) {
        reap();
        auto outcome = sys::Wait::done;
        if (may_take()) {
            Taken taken;
            outcome = next(taken, deadline);
            if (outcome == sys::Wait::done) {
                ++taken_;
                start(std::move(taken));
            }
        } else if (!jobs_.empty()) {
            outcome = wait_for_jobs({});
        } else {
            return 0;
        }
        if (outcome == sys::Wait::would_block) nothing_left_ = true;
        if (outcome == sys::Wait::gave_up) gave_up_ = true;
        if (signals_.caught() != 0 && sys::Signals::taken() != SIGCHLD) return sys::Signals::taken();
    }
}

/// Commands in hand are waited for; the message of one that fails, or that cannot even be waited for, is put back.
void Workers::settle() {
    while (!jobs_.empty()) {
        auto job = std::move(jobs_.back());
        jobs_.pop_back();
        try {
            finish(std::move(job));
        } catch (const sys::Error& failure) {
            cli::complain(failure.what());
        }
    }
}

cli::Exit Workers::run(const sys::Deadline& deadline, cli::Exit gave_up) {
    int ended_by = 0;
    std::exception_ptr broken;
    try {
        ended_by = work(deadline);
    } catch (...) {
        broken = std::current_exception();
    }
    // SIGINT and SIGQUIT of a terminal reach the commands without us.
    if (ended_by != 0 && ended_by != SIGINT && ended_by != SIGQUIT) {
        for (const auto& job : jobs_) job.child.signal(ended_by);
    }
    settle();
    rescue_.tell();
    if (ended_by != 0) sys::end_by(ended_by);
    if (broken) std::rethrow_exception(broken);
    if (status_ != cli::Exit::ok) return status_;
    if (gave_up_) return gave_up;
    return nothing_left_ && taken_ == 0 ? cli::Exit::no : cli::Exit::ok;
}

}  // namespace tools::mq
