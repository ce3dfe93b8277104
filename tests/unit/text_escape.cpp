// SPDX-License-Identifier: MIT
// text/escape: what is printed can be read back, and can do nothing to a terminal.
#include "text/escape.hpp"

#include <gtest/gtest.h>

#include "byte_strings.hpp"

namespace {

/// The promise of the header about what comes out.
bool is_harmless(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x20 || byte == 0x7f) return false;
        if (byte == 0xc2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0) return false;
    }
    return text::is_utf8(text);
}

void holds(const std::string& raw) {
    const auto escaped = text::escape(raw);
    ASSERT_TRUE(is_harmless(escaped)) << escaped;
    const auto back = text::unescape(escaped);
    ASSERT_TRUE(back) << escaped;
    ASSERT_EQ(*back, raw);
}

TEST(Escape, IsUndoneByUnescapeForEveryShortStringAndRandomOnes) {
    for_all_short_strings(holds);
    for_random_strings(50'000, 40, "", holds);
    for_random_strings(50'000, 12, "\\x0aAfF\xc2\x80\x9f\xe2\x82\xac\xed\xa0\xf0\x9f\n", holds);
}

TEST(Escape, LeavesReadableTextAlone) {
    for (const char* text : {"", "/jobs", "a b", "gr\u00fc\u00dfe \u20ac \U0001f600", "%s %n", "'\"`$"}) EXPECT_EQ(text::escape(text), text);
}

TEST(Escape, ShowsControlCharactersAndForeignBytesInHexadecimal) {
    EXPECT_EQ(text::escape("\x1b[31m\n"), "\\x1b[31m\\x0a");
    EXPECT_EQ(text::escape("back\\slash"), "back\\\\slash");
    EXPECT_EQ(text::escape("\x7f"), "\\x7f");
    EXPECT_EQ(text::escape("\u0085"), "\\xc2\\x85");
    EXPECT_EQ(text::escape("\u00a0"), "\u00a0");
    EXPECT_EQ(text::escape("\xff\xfe"), "\\xff\\xfe");
    EXPECT_EQ(text::escape(std::string_view{"\0a", 2}), "\\x00a");
    EXPECT_EQ(text::escape("\xe2\x82"), "\\xe2\\x82");
    EXPECT_EQ(text::escape("\xed\xa0\x80"), "\\xed\\xa0\\x80");
}

TEST(Unescape, TakesEitherCaseOfDigits) {
    EXPECT_EQ(*text::unescape("\\x4A\\x4a\\\\"), "JJ\\");
    EXPECT_EQ(*text::unescape("\\x00"), std::string(1, '\0'));
    EXPECT_EQ(*text::unescape("plain\nraw"), "plain\nraw");
}

TEST(Unescape, RefusesEveryOtherBackslash) {
    for (const char* text : {"\\", "a\\", "\\n", "\\x", "\\x1", "\\xg0", "\\x0g", "\\x 1", "\\x-1", "\\x+1", "\\X41", "\\u0041", "\\101", "\\x1\\", "\\\\\\"}) {
        EXPECT_FALSE(text::unescape(text)) << text;
    }
    EXPECT_EQ(text::unescape("\\n").error(), "'\\\\n': a backslash is written \\\\, any other byte \\xHH");
}

TEST(Unescape, NeverReadsPastTheEnd) {
    // Each view ends before more digits that must not be looked at.
    const std::string all = "\\x41424344";
    for (std::size_t length = 1; length < 4; ++length) EXPECT_FALSE(text::unescape(std::string_view{all}.substr(0, length)));
    EXPECT_EQ(*text::unescape(std::string_view{all}.substr(0, 4)), "A");
}

/// RFC 3629 by its table of code points, not by bit tricks.
std::string encode(unsigned point) {
    std::string out;
    const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | (point >> shift & 0x3f)); };
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xc0 | point >> 6);
        tail(0);
    } else if (point < 0x10000) {
        out += static_cast<char>(0xe0 | point >> 12);
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xf0 | point >> 18);
        tail(12);
        tail(6);
        tail(0);
    }
    return out;
}

TEST(Utf8, KnowsEveryCodePointAndNoSurrogate) {
    for (unsigned point = 0; point <= 0x110400; ++point) {
        const auto bytes = encode(point);
        const bool valid = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
        ASSERT_EQ(text::utf8_length(bytes), valid ? bytes.size() : 0) << std::hex << point;
    }
}

TEST(Utf8, RefusesOverlongCutAndLonelyBytes) {
    for (const char* bytes : {"\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                              "\xf5\x80\x80\x80", "\x80", "\xbf", "\xfe", "\xff", "\xc2", "\xe2\x82", "\xf0\x9f\x98", "\xe2\x28\xa1"}) {
        EXPECT_EQ(text::utf8_length(bytes), 0U);
        EXPECT_FALSE(text::is_utf8(bytes));
    }
    EXPECT_EQ(text::utf8_length(""), 0U);
    EXPECT_TRUE(text::is_utf8(""));
}

}  // namespace
