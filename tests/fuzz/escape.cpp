// SPDX-License-Identifier: MIT
// escape: undone by unescape for all bytes, and harmless on a terminal
#include "text/escape.hpp"

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto raw = text_of(data, size);
    const auto escaped = text::escape(raw);
    must(harmless(escaped), "no control character");
    must(text::is_utf8(escaped), "valid UTF-8");
    for (std::size_t at = 0; at + 1 < escaped.size(); ++at) {
        must(static_cast<unsigned char>(escaped[at]) != 0xc2 || static_cast<unsigned char>(escaped[at + 1]) >= 0xa0, "no C1 control");
    }
    const auto back = text::unescape(escaped);
    must(back && *back == raw, "unescape(escape(x)) == x");

    // The other way round: what can be unescaped has one canonical spelling.
    if (const auto bytes = text::unescape(raw)) {
        const auto again = text::unescape(text::escape(*bytes));
        must(again && *again == *bytes, "the canonical spelling means the same");
    } else {
        must(harmless(bytes.error()), "the message");
    }
    must(text::utf8_length(raw) <= std::min<std::size_t>(raw.size(), 4), "no length past the end");
    return 0;
}
