// SPDX-License-Identifier: MIT
// text/mode: permissions, octal and symbolic.
#include "text/mode.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "byte_strings.hpp"

namespace {

/// The bits that the word makes of `before`; none: refused.
std::optional<unsigned> applied(std::string_view word, unsigned before = 0) {
    const auto mode = text::Mode::parse(word);
    return mode ? std::optional{mode->applied_to(before)} : std::nullopt;
}

TEST(Mode, TakesOctalUpTo777AndIgnoresWhatWasThere) {
    EXPECT_EQ(applied("0", 0777), 0U);
    EXPECT_EQ(applied("640"), 0640U);
    EXPECT_EQ(applied("0640", 0111), 0640U);
    EXPECT_EQ(applied("777"), 0777U);
    EXPECT_EQ(applied("00000000000000000000000000000000777"), 0777U);
    for (unsigned bits = 0; bits <= 0777; ++bits) {
        std::string word;
        for (unsigned rest = bits; rest != 0; rest /= 8) word.insert(word.begin(), static_cast<char>('0' + rest % 8));
        ASSERT_EQ(applied("0" + word, ~bits), bits);
    }
}

TEST(Mode, RefusesOctalThatIsTooLargeInsteadOfWrapping) {
    EXPECT_FALSE(applied("1000"));
    EXPECT_FALSE(applied("4755"));
    EXPECT_FALSE(applied("77777777777777777777777777777777"));
    EXPECT_FALSE(applied("40000000000"));  // 2^32: zero, if it wrapped
    EXPECT_EQ(text::Mode::parse("1777").error(), "mode 1777 is over 0777");
}

TEST(Mode, AppliesSymbolicClausesInOrder) {
    EXPECT_EQ(applied("u=rw,g=r"), 0640U);
    EXPECT_EQ(applied("u=rw", 0777), 0677U);
    EXPECT_EQ(applied("a=r", 0777), 0444U);
    EXPECT_EQ(applied("ugo=rwx"), 0777U);
    EXPECT_EQ(applied("go-rwx", 0777), 0700U);
    EXPECT_EQ(applied("g+w", 0640), 0660U);
    EXPECT_EQ(applied("o=", 0777), 0770U);
    EXPECT_EQ(applied("u=", 0777), 0077U);
    EXPECT_EQ(applied("a=rwx,o-w,o-x"), 0774U);
    EXPECT_EQ(applied("u+rr", 0), 0400U);
    EXPECT_EQ(applied("uu=r"), 0400U);
    EXPECT_EQ(applied("u+x,u-x", 0644), 0644U);
}

TEST(Mode, TouchesNothingAbove777) {
    EXPECT_EQ(applied("u+r", 0104000), 0400U);
    EXPECT_EQ(text::Mode{}.applied_to(07640), 0640U);
}

TEST(Mode, RefusesEveryOtherSpelling) {
    for (const char* word : {"",      ",",    "u=rw,", ",u=rw", "u=rw,,g=r", "+x", "=r",    "rw",    "u",    "u=rws", "u=t",   "u+X",        "u=g",
                             "u=r-w", "u==r", "z=r",   "U=r",   "u=R",       "8",  "0o640", "0x1ff", "-644", "6 4 0", "u = r", "-rw-r-----", "u=rw g=r"}) {
        EXPECT_FALSE(applied(word)) << word;
    }
    for (const std::string word : boundary_words) {
        const bool octal = !word.empty() && word.size() < 4 && word.find_first_not_of("01234567") == std::string::npos;
        EXPECT_EQ(applied(word).has_value(), octal) << word;
    }
}

TEST(Mode, GivesPermissionBitsOnlyWhateverIsTyped) {
    const auto visit = [](const std::string& word) {
        const auto bits = applied(word, 0640);
        if (bits) {
            ASSERT_EQ(*bits & ~0777U, 0U) << word;
        }
        // The result depends on the text alone.
        ASSERT_EQ(bits, applied(word, 0640));
    };
    for_all_short_strings(visit);
    for_random_strings(50'000, 12, "ugoa=+-rwx,07", visit);
}

}  // namespace
