// SPDX-License-Identifier: MIT
// size: a size is digits times a power of 1024 or 1000, or it is refused
#include "text/size.hpp"

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    __extension__ using Wide = unsigned __int128;
    const auto text = text_of(data, size);
    const auto parsed = text::Size::parse(text);
    if (!parsed) {
        must(harmless(parsed.error()), "the message");
        // What must not be refused: digits without a leading zero that fit.
        const bool digits = !text.empty() && text.size() < 20 && text.find_first_not_of("0123456789") == std::string_view::npos;
        must(!digits || (text.size() > 1 && text.front() == '0'), "a plain number of bytes is a size");
        return 0;
    }
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    must(end > 0 && end <= 20, "a size begins with digits");
    Wide value = 0;
    for (const char c : text.substr(0, end)) value = value * 10 + static_cast<unsigned>(c - '0');
    const auto suffix = text.substr(end);
    const Wide step = suffix.size() == 2 ? 1000 : 1024;
    const auto power = suffix.empty() ? 0 : suffix.front() == 'k' ? 1 : std::string_view{" KMGTPE"}.find(suffix.front());
    must(power != std::string_view::npos, "the suffix is known");
    for (std::size_t at = 0; at < power; ++at) value *= step;
    must(suffix.size() < 2 || suffix.substr(1) == "B" || suffix.substr(1) == "iB", "the suffix is whole");
    must(value == parsed->bytes, "the value");
    const auto human = text::human_size(parsed->bytes);
    must(!human.empty() && human.size() <= 7, "the spelling for people is short");
    return 0;
}
