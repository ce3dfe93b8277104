// SPDX-License-Identifier: MIT
#include "sys/deadline.hpp"

#include <algorithm>
#include <limits>

namespace sys {

using std::chrono::nanoseconds;

Deadline Deadline::after(nanoseconds length) {
    Deadline deadline;
    const auto now = Clock::now();
    if (length <= Clock::time_point::max() - now) deadline.moment_ = now + length;
    return deadline;
}

bool Deadline::past() const { return moment_ && Clock::now() >= *moment_; }

nanoseconds Deadline::left() const {
    if (!moment_) return nanoseconds::max();
    return std::max(nanoseconds{0}, nanoseconds{*moment_ - Clock::now()});
}

int Deadline::poll_timeout() const {
    if (!moment_) return -1;
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left()).count();
    return static_cast<int>(std::min<decltype(milliseconds)>(milliseconds, std::numeric_limits<int>::max()));
}

}  // namespace sys
