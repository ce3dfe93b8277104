// SPDX-License-Identifier: MIT
#include "text/size.hpp"

#include <fmt/core.h>

#include <limits>

#include "text/escape.hpp"
#include "text/number.hpp"

namespace text {

namespace {
constexpr std::string_view letters = "KMGTPE";
}

Parsed<Size> Size::parse(std::string_view text) {
    const auto wrong = [&] { return std::unexpected(fmt::format("'{}' is not a size such as 4096, 64K, 1MiB or 2GB", escape(text))); };
    const auto end = text.find_first_not_of("0123456789");
    auto suffix = end == std::string_view::npos ? std::string_view{} : text.substr(end);

    std::uint64_t unit = 1;
    if (!suffix.empty()) {
        const char letter = suffix.front() == 'k' ? 'K' : suffix.front();
        const auto power = letters.find(letter);
        suffix.remove_prefix(1);
        const bool decimal = suffix == "B";
        if (power == std::string_view::npos || !(suffix.empty() || decimal || suffix == "iB")) return wrong();
        for (std::size_t step = 0; step <= power; ++step) unit *= decimal ? 1000 : 1024;
    }
    constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
    const auto digits = text.substr(0, end);
    const auto number = whole_number(digits, 0, largest);
    const bool padded = digits.size() > 1 && digits.front() == '0';
    if (digits.empty() || padded) return wrong();
    if (!number || *number > largest / unit) return std::unexpected(fmt::format("{} is over the largest size, {} bytes", escape(text), largest));
    return Size{*number * unit};
}

std::string Size::out_of_range(std::string_view text, std::uint64_t low, std::uint64_t high) {
    return fmt::format("{} is not in the range {} to {} bytes", escape(text), low, high);
}

std::string human_size(std::uint64_t bytes) {
    std::uint64_t unit = 1;
    std::size_t power = 0;
    while (power < letters.size() && bytes / unit >= 1024) {
        unit *= 1024;
        ++power;
    }
    if (power == 0) return fmt::format("{}", bytes);
    if (bytes % unit == 0) return fmt::format("{}{}", bytes / unit, letters[power - 1]);
    // What would round up to 1024.0 is 1.0 of the next unit.
    if (power < letters.size() && static_cast<double>(bytes) / static_cast<double>(unit) >= 1023.95) {
        unit *= 1024;
        ++power;
    }
    return fmt::format("{:.1f}{}", static_cast<double>(bytes) / static_cast<double>(unit), letters[power - 1]);
}

}  // namespace text
