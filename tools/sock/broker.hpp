// SPDX-License-Identifier: MIT
// broker: everyone who is connected hears what the others send.
#pragma once

#include "cli/exit.hpp"
#include "server.hpp"
#include "sys/deadline.hpp"

namespace tools::sock {

struct BrokerSettings {
    bool chat;         ///< whole lines, with who said them
    std::size_t most;  ///< at once
};

/// Until the deadline or a signal. Nothing is kept for those who come later; who does not read what it is sent is dropped, and that is said.
cli::Exit serve_broker(Server& server, const BrokerSettings& settings, const sys::Deadline& deadline, cli::Exit gave_up, sys::Signals& signals);

}  // namespace tools::sock
