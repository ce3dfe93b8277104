// SPDX-License-Identifier: MIT
// duration: 500ms, 1.5s, 2m, 1h, 1d; a bare number is seconds.
#pragma once

#include <chrono>

#include "text/word.hpp"

namespace text {

/// A length of time, 0 to 2^63-1 ns (about 292 years), exact to the nanosecond.
struct Duration {
    std::chrono::nanoseconds length{0};
    static constexpr Word word{"DURATION"};
    /// Digits, optionally a point and more digits, optionally one unit of ns us ms s m h d. Finer than a nanosecond is an error.
    static Parsed<Duration> parse(std::string_view text);
};

/// The shortest exact spelling that parse() reads back: 1500 ms is "1.5s".
std::string spell(Duration duration);

}  // namespace text
