// SPDX-License-Identifier: MIT
#include "text/number.hpp"

#include <fmt/core.h>

#include <charconv>

#include "text/escape.hpp"

namespace text {
namespace {

/// All of the text as a number in the given base, or nothing when it has other characters or does not fit.
std::errc digits(std::string_view text, int base, std::uint64_t& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{}) return error;
    return end == text.data() + text.size() ? std::errc{} : std::errc::invalid_argument;
}

}  // namespace

Parsed<std::uint64_t> whole_number(std::string_view text, std::uint64_t low, std::uint64_t high) {
    std::uint64_t value = 0;
    const bool padded = text.size() > 1 && text.front() == '0';
    const auto error = padded ? std::errc::invalid_argument : digits(text, 10, value);
    if (error == std::errc::invalid_argument) {
        return std::unexpected(fmt::format("'{}' is not a whole number such as {}", escape(text), low == 0 ? 10 : low));
    }
    if (error != std::errc{} || value < low || value > high) {
        return std::unexpected(fmt::format("{} is not in the range {} to {}", escape(text), low, high));
    }
    return value;
}

Parsed<std::uint64_t> number_or_hex(std::string_view text, std::uint64_t high) {
    if (!text.starts_with("0x")) return whole_number(text, 0, high);
    std::uint64_t value = 0;
    const auto error = digits(text.substr(2), 16, value);
    if (error == std::errc::invalid_argument) {
        return std::unexpected(fmt::format("'{}' is not a number such as 1234 or 0x4d2", escape(text)));
    }
    if (error != std::errc{} || value > high) {
        return std::unexpected(fmt::format("{} is over the largest, {:#x}", escape(text), high));
    }
    return value;
}

}  // namespace text
