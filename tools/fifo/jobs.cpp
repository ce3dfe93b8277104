// SPDX-License-Identifier: MIT
#include "jobs.hpp"

#include <csignal>

#include "cli/exit.hpp"

namespace tools::fifo {
namespace {

constexpr std::chrono::seconds grace{5};

bool has_ended(const sys::Child& child) {
    pollfd entry{child.fd(), POLLIN, 0};
    return ::poll(&entry, 1, 0) == 1;
}

}  // namespace

void Jobs::start(sys::Spawn spawn, AtEnd at_end) {
    spawn.own_group = true;  // what it starts can be ended with it, and a terminal's Ctrl-C leaves the runs in hand alone
    jobs_.push_back({sys::Child::start(spawn), std::move(at_end), limit_ ? sys::Deadline::after(*limit_) : sys::Deadline{}});
}

void Jobs::look_after() {
    for (std::size_t at = 0; at < jobs_.size();) {
        auto& job = jobs_[at];
        if (has_ended(job.child)) {
            auto ended = std::move(job);
            jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(at));
            const int status = ended.child.wait().status;
            ended.at_end(ended.told ? static_cast<int>(cli::Exit::gave_up) : status);
            continue;
        }
        if (job.deadline.past()) {
            job.child.signal_group(job.told ? SIGKILL : SIGTERM);
            job.deadline = job.told ? sys::Deadline{} : sys::Deadline::after(grace);
            job.told = true;
        }
        ++at;
    }
}

sys::Deadline Jobs::next_deadline() const {
    sys::Deadline next;
    for (const auto& job : jobs_) {
        if (job.deadline.left() < next.left()) next = job.deadline;
    }
    return next;
}

void Jobs::add_entries(std::vector<pollfd>& entries) const {
    for (const auto& job : jobs_) entries.push_back({job.child.fd(), POLLIN, 0});
}

void Jobs::signal(int number) const {
    for (const auto& job : jobs_) job.child.signal_group(number);
}

}  // namespace tools::fifo
