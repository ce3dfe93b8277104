// SPDX-License-Identifier: MIT
// number: whole_number and number_or_hex take what their rule says, with the right value
#include "text/number.hpp"

#include "fuzz.hpp"

namespace {
__extension__ using Wide = unsigned __int128;

/// The value of digits alone; false: there are others, or none.
bool value_of(std::string_view text, unsigned base, Wide& value) {
    value = 0;
    if (text.empty()) return false;
    for (const char c : text) {
        const unsigned digit = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                               : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a') + 10
                               : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A') + 10
                                                      : 99;
        if (digit >= base) return false;
        value = value >> 100 != 0 ? value : value * base + digit;  // large enough to be refused anyhow
    }
    return true;
}
}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    // The first byte chooses the range.
    const std::uint64_t high = data[0] % 4 == 0 ? ~std::uint64_t{0} : data[0] % 4 == 1 ? 0xffffffff : data[0] % 4 == 2 ? 32767 : 5;
    const std::uint64_t low = data[0] / 4 % 4;
    const auto text = text_of(data + 1, size - 1);
    Wide value = 0;
    const bool decimal = value_of(text, 10, value) && (text.size() == 1 || text.front() != '0');
    const auto number = text::whole_number(text, low, high);
    must(number.has_value() == (decimal && value >= low && value <= high), "whole_number takes its range and no more");
    if (number) must(*number == static_cast<std::uint64_t>(value), "whole_number's value");
    if (!number) must(harmless(number.error()), "whole_number's message");

    const bool prefixed = text.starts_with("0x");
    const bool hex = prefixed && value_of(text.substr(2), 16, value);
    const auto either = text::number_or_hex(text, high);
    must(either.has_value() == ((hex || (!prefixed && decimal)) && value <= high), "number_or_hex takes its range and no more");
    if (either) must(*either == static_cast<std::uint64_t>(value), "number_or_hex's value");
    if (!either) must(harmless(either.error()), "number_or_hex's message");
    return 0;
}
