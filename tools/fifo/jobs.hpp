// SPDX-License-Identifier: MIT
// jobs: the commands that serve has running, each with a limit of time and something to do at its end.
#pragma once

#include <poll.h>

#include <functional>
#include <vector>

#include "sys/child.hpp"
#include "sys/deadline.hpp"

namespace tools::fifo {

/// How a run ended: the command's status, or 124 when its time was over.
using AtEnd = std::function<void(int status)>;

class Jobs {
public:
    /// limit: for each run; what it leads (its process group) gets SIGTERM then, and SIGKILL five seconds later.
    explicit Jobs(std::optional<std::chrono::nanoseconds> limit) : limit_(limit) {}

    /// Throws Error when the command cannot be started.
    void start(sys::Spawn spawn, AtEnd at_end);
    /// Calls what is to be done for each that has ended, and ends those whose time is over.
    void look_after();

    [[nodiscard]] std::size_t size() const { return jobs_.size(); }
    /// When the next of them has to be ended.
    [[nodiscard]] sys::Deadline next_deadline() const;
    /// Readable when one has ended.
    void add_entries(std::vector<pollfd>& entries) const;
    void signal(int number) const;

private:
    struct Job {
        sys::Child child;
        AtEnd at_end;
        sys::Deadline deadline;
        bool told = false;  ///< SIGTERM was sent
    };
    std::optional<std::chrono::nanoseconds> limit_;
    std::vector<Job> jobs_;
};

}  // namespace tools::fifo
