// SPDX-License-Identifier: MIT
// deadline: the moment when waiting ends, fixed once, on the monotonic clock.
#pragma once

#include <chrono>
#include <optional>

namespace sys {

/// Steps of the wall clock do not move it, and a call that is interrupted does not stretch it.
class Deadline {
public:
    /// Never.
    Deadline() = default;

    /// From now, 0 or more; a length that the clock cannot hold is never.
    static Deadline after(std::chrono::nanoseconds length);

    [[nodiscard]] bool never() const { return !moment_; }
    [[nodiscard]] bool past() const;
    /// Time left, 0 or more; the largest value when never().
    [[nodiscard]] std::chrono::nanoseconds left() const;
    /// For poll(2): milliseconds, rounded up so that it does not return early; -1 when never.
    [[nodiscard]] int poll_timeout() const;

private:
    using Clock = std::chrono::steady_clock;
    std::optional<Clock::time_point> moment_;
};

}  // namespace sys
