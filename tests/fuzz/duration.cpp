// SPDX-License-Identifier: MIT
// duration: exact in nanoseconds, and spelled so that it reads back
#include "text/duration.hpp"

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    __extension__ using Wide = unsigned __int128;
    const auto text = text_of(data, size);
    const auto parsed = text::Duration::parse(text);
    if (!parsed) {
        must(harmless(parsed.error()), "the message");
        return 0;
    }
    const auto length = parsed->length.count();
    must(length >= 0, "no duration is negative");
    const auto spelled = text::spell(*parsed);
    const auto again = text::Duration::parse(spelled);
    must(again && again->length == parsed->length, "what is spelled reads back");

    const auto end = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto digits = text.substr(0, end);
    const auto unit = text.substr(end);
    const auto point = digits.find('.');
    const auto whole = digits.substr(0, point);
    const auto fraction = point == std::string_view::npos ? std::string_view{} : digits.substr(point + 1);
    must(!whole.empty() && (point == std::string_view::npos || !fraction.empty()), "digits stand on both sides of the point");
    if (whole.size() + fraction.size() > 24 || fraction.size() > 18) return 0;  // so that 128 bits hold what follows
    const Wide scale = unit.empty() || unit == "s" ? 1'000'000'000
                       : unit == "ns"              ? 1
                       : unit == "us"              ? 1'000
                       : unit == "ms"              ? 1'000'000
                       : unit == "m"               ? 60'000'000'000
                       : unit == "h"               ? 3'600'000'000'000
                       : unit == "d"               ? 86'400'000'000'000
                                                   : 0;
    must(scale != 0, "the unit is known");
    Wide value = 0;
    Wide below = 1;
    for (const char c : whole) value = value * 10 + static_cast<unsigned>(c - '0');
    for (const char c : fraction) {
        value = value * 10 + static_cast<unsigned>(c - '0');
        below *= 10;
    }
    must(value * scale == static_cast<Wide>(length) * below, "the value is exact");
    return 0;
}
