// SPDX-License-Identifier: MIT
// handlers: a process for each connection, so many at once.
#pragma once

#include <poll.h>

#include <optional>
#include <string>
#include <vector>

#include "cli/exit.hpp"
#include "server.hpp"
#include "sys/child.hpp"
#include "sys/deadline.hpp"

namespace tools::sock {

struct HandlerSettings {
    const std::vector<std::string>& command;
    std::size_t most;                    ///< at once
    std::optional<std::uint64_t> count;  ///< connections in all
};

/// Serves until the deadline, a signal, or all have been served. The first signal ends the listening, and those who are being
/// served are waited for; the second goes on to their commands, and is not waited for. The status: that of the first command that did not end with 0.
cli::Exit serve_each(Server& server, const HandlerSettings& settings, const sys::Deadline& deadline, cli::Exit gave_up, sys::Signals& signals);

}  // namespace tools::sock
