// SPDX-License-Identifier: MIT
// poll: waiting for descriptors, with a deadline and signals let in.
#pragma once

#include <poll.h>

#include <span>

#include "sys/deadline.hpp"
#include "sys/signals.hpp"

namespace sys {

/// ppoll(2) until one entry has events (done), the deadline passes (gave_up) or, with signals, one comes (interrupted).
/// Unlike epoll it takes plain files, which are always ready. Throws Error (EINVAL over RLIMIT_NOFILE entries, ENOMEM).
Wait poll(std::span<pollfd> entries, const Deadline& deadline, Signals* signals = nullptr);

}  // namespace sys
