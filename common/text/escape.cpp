// SPDX-License-Identifier: MIT
#include "text/escape.hpp"

#include <fmt/core.h>

#include <charconv>

namespace text {

std::size_t utf8_length(std::string_view text) {
    if (text.empty()) return 0;
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xc2 && first < 0xe0 ? 2 : (first & 0xf0) == 0xe0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t at = 1; at < length; ++at) {
        if ((byte(at) & 0xc0) != 0x80) return 0;
    }
    const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
    const bool surrogate = first == 0xed && byte(1) >= 0xa0;
    const bool beyond = first == 0xf4 && byte(1) >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto length = utf8_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string escape(std::string_view raw) {
    std::string out;
    out.reserve(raw.size());
    while (!raw.empty()) {
        const auto length = utf8_length(raw);
        const auto first = static_cast<unsigned char>(raw.front());
        // U+0080 to U+009F, the C1 controls, are 0xc2 followed by 0x80 to 0x9f.
        const bool c1 = length == 2 && first == 0xc2 && static_cast<unsigned char>(raw[1]) < 0xa0;
        if (first == '\\') {
            out += "\\\\";
        } else if (length == 0 || first < 0x20 || first == 0x7f) {
            out += fmt::format("\\x{:02x}", first);
        } else if (c1) {
            out += fmt::format("\\xc2\\x{:02x}", static_cast<unsigned char>(raw[1]));
        } else {
            out += raw.substr(0, length);
        }
        raw.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

Parsed<std::string> unescape(std::string_view escaped) {
    std::string out;
    for (std::size_t at = 0; at < escaped.size(); ++at) {
        if (escaped[at] != '\\') {
            out += escaped[at];
            continue;
        }
        if (escaped.substr(at, 2) == "\\\\") {
            out += '\\';
            at += 1;
            continue;
        }
        const auto hex = escaped.substr(at).size() >= 4 && escaped[at + 1] == 'x' ? escaped.substr(at + 2, 2) : std::string_view{};
        unsigned value = 0;
        const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
        if (hex.empty() || error != std::errc{} || end != hex.data() + 2) {
            return std::unexpected(fmt::format("'{}': a backslash is written \\\\, any other byte \\xHH", escape(escaped)));
        }
        out += static_cast<char>(value);
        at += 3;
    }
    return out;
}

}  // namespace text
