// SPDX-License-Identifier: MIT
// children: commands at work side by side: their ends, the first failure, and what a signal does to them.
#pragma once

#include <poll.h>

#include <functional>
#include <string>
#include <vector>

#include "cli/exit.hpp"
#include "sys/child.hpp"
#include "sys/signals.hpp"

namespace tools::sock {

class Children {
public:
    struct Running {
        sys::Child child;
        std::string name;  ///< whom it is for
        std::string line;  ///< what is to be kept if it fails
    };

    explicit Children(const sys::Signals& signals) : signals_(signals) {}

    /// Its descriptors are those of `spawn`, its signals as they were before us. false: it cannot be run, and will not be later; that was
    /// said, as was what may be otherwise the next time.
    bool start(sys::Spawn spawn, std::string name, std::string line = {});
    [[nodiscard]] std::size_t count() const { return running_.size(); }
    [[nodiscard]] bool empty() const { return running_.empty(); }

    /// Adds them to what is polled for; they must be the first there.
    void add_to(std::vector<pollfd>& entries) const;
    /// Takes leave of those that have ended, as `entries` tell; failed() is told of each whose status is not 0. How many there were.
    std::size_t reap(const std::vector<pollfd>& entries, const std::function<void(const Running&)>& failed = {});

    /// After a signal: SIGCHLD is none; the first is remembered until they have ended, and stop() is called; the next one goes to them
    /// and ends us.
    void signalled(const std::function<void()>& stop);
    /// When all is over: the signal that was remembered ends us. The first status that was not 0.
    [[nodiscard]] cli::Exit end() const;

private:
    const sys::Signals& signals_;
    std::vector<Running> running_;
    int signal_ = 0;
    int status_ = 0;
};

}  // namespace tools::sock
