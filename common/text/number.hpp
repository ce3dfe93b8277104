// SPDX-License-Identifier: MIT
// number: whole numbers, decimal, checked for range; nothing is clamped or guessed.
#pragma once

#include <cstdint>
#include <string_view>

#include "text/word.hpp"

namespace text {

/// Decimal digits only: no sign, no blank, no leading zero but "0" itself. Range low to high, both included.
Parsed<std::uint64_t> whole_number(std::string_view text, std::uint64_t low, std::uint64_t high);

/// Like whole_number, or hexadecimal digits after 0x, either case. Range 0 to high.
Parsed<std::uint64_t> number_or_hex(std::string_view text, std::uint64_t high);

/// A number that knows its range, Low to High, both included.
template <std::uint64_t Low, std::uint64_t High>
struct Number {
    static constexpr std::uint64_t lowest = Low;
    static constexpr std::uint64_t highest = High;
    std::uint64_t value = Low;
    static constexpr Word word{"NUMBER"};
    static Parsed<Number> parse(std::string_view text) {
        const auto number = whole_number(text, Low, High);
        if (!number) return std::unexpected(number.error());
        return Number{*number};
    }
};

}  // namespace text
