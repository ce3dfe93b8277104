// SPDX-License-Identifier: MIT
// sys/deadline: arithmetic at both ends of the clock.
#include "sys/deadline.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <thread>

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using sys::Deadline;

TEST(Deadline, ThatWasNotSetIsNever) {
    const Deadline never;
    EXPECT_TRUE(never.never());
    EXPECT_FALSE(never.past());
    EXPECT_EQ(never.left(), nanoseconds::max());
    EXPECT_EQ(never.poll_timeout(), -1);
}

TEST(Deadline, OfZeroIsPastAtOnce) {
    const auto now = Deadline::after(0ns);
    EXPECT_FALSE(now.never());
    EXPECT_TRUE(now.past());
    EXPECT_EQ(now.left(), 0ns);
    EXPECT_EQ(now.poll_timeout(), 0);
}

TEST(Deadline, ThatTheClockCannotHoldIsNever) {
    EXPECT_TRUE(Deadline::after(nanoseconds::max()).never());
    const auto until_the_end = std::chrono::steady_clock::time_point::max() - std::chrono::steady_clock::now();
    EXPECT_TRUE(Deadline::after(until_the_end + 1s).never());
    const auto far = Deadline::after(until_the_end - 1h);
    EXPECT_FALSE(far.never());
    EXPECT_FALSE(far.past());
    EXPECT_GT(far.left(), until_the_end - 2h);
}

TEST(Deadline, NeverHasLessThanNothingLeft) {
    const auto soon = Deadline::after(1us);
    while (!soon.past()) std::this_thread::yield();
    for (int round = 0; round < 1000; ++round) ASSERT_EQ(soon.left(), 0ns);
    EXPECT_EQ(soon.poll_timeout(), 0);
}

TEST(Deadline, RoundsMillisecondsUpSoThatPollIsNotEarly) {
    EXPECT_EQ(Deadline::after(1h).poll_timeout(), 3'600'000);
    for (int round = 0; round < 1000; ++round) {
        const auto deadline = Deadline::after(500us);
        const auto timeout = deadline.poll_timeout();
        ASSERT_TRUE(timeout == 1 || deadline.past()) << timeout;
    }
}

TEST(Deadline, OverTheLargestPollTimeoutIsThatTimeout) {
    EXPECT_EQ(Deadline::after(24h * 25).poll_timeout(), std::numeric_limits<int>::max());
    EXPECT_EQ(Deadline::after(24h * 365 * 200).poll_timeout(), std::numeric_limits<int>::max());
}

TEST(Deadline, CountsDownForEveryLength) {
    std::mt19937_64 random{3};
    for (int round = 0; round < 10'000; ++round) {
        const nanoseconds length{static_cast<std::int64_t>(random() >> (1 + random() % 63))};
        const auto deadline = Deadline::after(length);
        if (deadline.never()) continue;
        const auto first = deadline.left();
        const auto second = deadline.left();
        ASSERT_LE(first, length);
        ASSERT_LE(second, first);
        ASSERT_GE(second, 0ns);
        ASSERT_GE(deadline.poll_timeout(), 0);
    }
}

}  // namespace
