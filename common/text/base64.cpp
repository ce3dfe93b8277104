// SPDX-License-Identifier: MIT
#include "text/base64.hpp"

#include <cstdint>

namespace text {
namespace {
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

std::string to_base64(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto part = bytes.substr(at, 3);
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i) group = group << 8 | (i < part.size() ? static_cast<unsigned char>(part[i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i) out += i <= part.size() ? alphabet[group >> (18 - 6 * i) & 63] : '=';
    }
    return out;
}

Parsed<std::string> from_base64(std::string_view text) {
    const auto wrong = [] { return std::unexpected("not base64"); };
    if (text.size() % 4 != 0) return wrong();
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += 4) {
        const bool last = at + 4 == text.size();
        const std::size_t padding = !last || text[at + 3] != '=' ? 0 : text[at + 2] == '=' ? 2 : 1;
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const auto value = i < 4 - padding ? alphabet.find(text[at + i]) : 0;
            if (value == std::string_view::npos) return wrong();
            group = group << 6 | static_cast<std::uint32_t>(value);
        }
        // Bits under the padding must be zero, so that one text has one meaning.
        if (padding != 0 && (group & ((1U << (8 * padding)) - 1)) != 0) return wrong();
        for (std::size_t i = 0; i < 3 - padding; ++i) out += static_cast<char>(group >> (16 - 8 * i) & 255);
    }
    return out;
}

}  // namespace text
