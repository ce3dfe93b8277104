// SPDX-License-Identifier: MIT
// verbs: all verbs of sock; each is in the file of its name.
#pragma once

#include "cli/verb.hpp"

namespace tools::sock {

extern const cli::Verb connect, listen, pair, relay, wait;
extern const cli::Verb send, recv, call, send_fd, recv_fd, peer, raw, ls, stat, kill;

}  // namespace tools::sock
