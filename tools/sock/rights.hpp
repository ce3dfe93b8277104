// SPDX-License-Identifier: MIT
// rights: open descriptors passed over a unix socket (SCM_RIGHTS).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sys/deadline.hpp"
#include "sys/fd.hpp"
#include "sys/signals.hpp"

namespace tools::sock {

constexpr std::size_t most_descriptors = 253;  // SCM_MAX_FD, include/net/scm.h

/// Sends the bytes, one at least, and the descriptors with the first of them. Throws Error (ETOOMANYREFS, EPIPE, ...).
sys::Wait send_descriptors(int socket, std::string_view bytes, std::span<const int> descriptors, const sys::Deadline& deadline, sys::Signals& signals);

struct Received {
    std::string bytes;
    std::vector<sys::Fd> descriptors;
    bool ended = false;  ///< the other side has closed and sent nothing
};

/// One message. Throws Error: EMSGSIZE where the kernel had to drop descriptors (there were more than RLIMIT_NOFILE lets us have).
sys::Wait receive_descriptors(int socket, const sys::Deadline& deadline, sys::Signals& signals, Received& into);

}  // namespace tools::sock
