// SPDX-License-Identifier: MIT
// receivers: a command for each datagram or record, so many at once.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/exit.hpp"
#include "inbox.hpp"
#include "sys/deadline.hpp"
#include "sys/signals.hpp"

namespace tools::sock {

struct ReceiverSettings {
    const std::vector<std::string>& command;
    std::size_t most;                   ///< at once
    std::uint64_t count;                ///< messages in all
    std::optional<std::string> rescue;  ///< the file for messages whose command fails
};

/// Until the deadline, a signal, `count` messages or the end of all who can send. A message waits in the kernel until a command may be
/// started for it. The first signal ends the receiving, and the commands at work are waited for; the second goes on to them, and is
/// not waited for. over(): when nothing more is received. taken: how many messages there were. The status: that of the first command that did not end with 0.
cli::Exit run_each(Inbox& inbox, const ReceiverSettings& settings, const sys::Deadline& deadline, cli::Exit gave_up, sys::Signals& signals,
                   const std::function<void()>& over, std::uint64_t& taken);

}  // namespace tools::sock
