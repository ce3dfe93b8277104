// SPDX-License-Identifier: MIT
#include "sys/poll.hpp"

#include <cerrno>

#include "sys/error.hpp"

namespace sys {

Wait poll(std::span<pollfd> entries, const Deadline& deadline, Signals* signals) {
    if (signals) signals->listen();
    for (;;) {
        if (signals && Signals::taken() != 0) return Wait::interrupted;
        const auto left = deadline.left().count();
        const timespec time{static_cast<time_t>(left / 1'000'000'000), static_cast<long>(left % 1'000'000'000)};
        const int count = ::ppoll(entries.data(), entries.size(), deadline.never() ? nullptr : &time, signals ? &signals->while_waiting() : nullptr);
        const int error = errno;
        if (signals && count < 0 && error == EINTR) Signals::disarm();
        if (count > 0) return Wait::done;
        if (count < 0 && error != EINTR) throw Error(error, "cannot wait for descriptors");
        if (count == 0 && deadline.past()) return Wait::gave_up;
    }
}

}  // namespace sys
