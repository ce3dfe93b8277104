// SPDX-License-Identifier: MIT
// transfer: messages from one queue to another, none lost on the way; shared by mv and set.
#pragma once

#include <cstdint>
#include <functional>

#include "delivery.hpp"
#include "ipc/mq.hpp"
#include "sys/deadline.hpp"
#include "sys/signals.hpp"

namespace tools::mq {

/// How a transfer ended, and how far it got.
struct Transferred {
    std::uint64_t messages = 0;
    sys::Wait end = sys::Wait::done;  ///< done: the source is empty, or `most` were moved
};

/// Moves what is in `from`, at most `most` messages, to `to`, waiting for room until the deadline. A message that cannot be
/// sent goes back to `from`, behind those of its priority; none is taken while there is seen to be no room. label: the number that a message gets in the other
/// queue. Throws sys::Error of either queue, after the message in hand was put back.
Transferred transfer(ipc::Mq& from, ipc::Mq& to, const std::function<long(const ipc::Message&)>& label, std::uint64_t most, const sys::Deadline& deadline,
                     sys::Signals& signals, Rescue& rescue);

}  // namespace tools::mq
