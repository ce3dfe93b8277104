// SPDX-License-Identifier: MIT
#include "text/duration.hpp"

#include <fmt/core.h>

#include <array>
#include <cstdint>
#include <limits>

#include "text/escape.hpp"

namespace text {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t nanoseconds;
};
constexpr std::uint64_t second = 1'000'000'000;
constexpr std::array units{Unit{"d", 86400 * second}, Unit{"h", 3600 * second}, Unit{"m", 60 * second}, Unit{"s", second},
                           Unit{"ms", 1'000'000},     Unit{"us", 1'000},        Unit{"ns", 1}};

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Parsed<Duration> Duration::parse(std::string_view text) {
    const auto wrong = [&] { return std::unexpected(fmt::format("'{}' is not a duration such as 500ms, 1.5s, 2m, 1h or 1d", escape(text))); };

    std::size_t end = 0;
    while (end < text.size() && is_digit(text[end])) ++end;
    const auto whole = text.substr(0, end);
    std::string_view fraction;
    if (end < text.size() && text[end] == '.') {
        const auto start = ++end;
        while (end < text.size() && is_digit(text[end])) ++end;
        fraction = text.substr(start, end - start);
        if (fraction.empty()) return wrong();
    }
    if (whole.empty()) return wrong();

    const auto name = end == text.size() ? std::string_view{"s"} : text.substr(end);
    std::uint64_t unit = 0;
    for (const auto& known : units) {
        if (known.name == name) unit = known.nanoseconds;
    }
    if (unit == 0) return wrong();

    // 128 bits hold any 64-bit count of the largest unit, so only the end result needs a range check.
    __extension__ using Wide = unsigned __int128;
    constexpr auto largest = static_cast<Wide>(std::numeric_limits<std::int64_t>::max());
    const auto too_long = [&] { return std::unexpected(fmt::format("{} is over the longest duration, 292 years", escape(text))); };
    Wide total = 0;
    for (const char c : whole) {
        total = total * 10 + static_cast<Wide>(c - '0');
        if (total > largest) return too_long();
    }
    total *= unit;
    // unit * fraction / 10^n must come out whole. A day has 16 factors of two and 11 of five, so that more digits than 16
    // (without zeros at the end) never do, and fewer fit.
    while (fraction.ends_with('0')) fraction.remove_suffix(1);
    constexpr std::size_t most_digits = 16;
    Wide part = unit;
    Wide scale = 1;
    std::uint64_t digits = 0;
    for (const char c : fraction.substr(0, most_digits)) {
        digits = digits * 10 + static_cast<std::uint64_t>(c - '0');
        scale *= 10;
    }
    part *= digits;
    if (fraction.size() > most_digits || part % scale != 0) return std::unexpected(fmt::format("{} is finer than a nanosecond", escape(text)));
    total += part / scale;
    if (total > largest) return too_long();
    return Duration{std::chrono::nanoseconds{static_cast<std::int64_t>(total)}};
}

std::string spell(Duration duration) {
    const auto total = static_cast<std::uint64_t>(duration.length.count());
    for (const auto& unit : units) {
        if (total >= unit.nanoseconds && total % unit.nanoseconds == 0) return fmt::format("{}{}", total / unit.nanoseconds, unit.name);
        // Seconds and finer have decimal fractions that parse() takes back exactly; a minute is not a power of ten.
        if (unit.nanoseconds <= second && unit.nanoseconds > 1 && total >= unit.nanoseconds) {
            std::uint64_t rest = total % unit.nanoseconds;
            std::string digits;
            for (auto scale = unit.nanoseconds / 10; rest != 0; scale /= 10) {
                digits += static_cast<char>('0' + rest / scale);
                rest %= scale;
            }
            return fmt::format("{}.{}{}", total / unit.nanoseconds, digits, unit.name);
        }
    }
    return "0s";
}

}  // namespace text
