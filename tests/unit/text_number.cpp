// SPDX-License-Identifier: MIT
// text/number: nothing but decimal digits, and nothing out of range.
#include "text/number.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <optional>

#include "byte_strings.hpp"

namespace {

constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
__extension__ using Wide = unsigned __int128;

/// The rule of the header, written a second time: the value, if the text is one.
std::optional<std::uint64_t> by_the_rule(std::string_view text, std::uint64_t low, std::uint64_t high) {
    if (text.empty() || text.size() > 30 || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    Wide value = 0;
    for (const char c : text) value = value * 10 + static_cast<unsigned>(c - '0');
    if (value < low || value > high) return std::nullopt;
    return static_cast<std::uint64_t>(value);
}

std::optional<std::uint64_t> parsed(std::string_view text, std::uint64_t low = 0, std::uint64_t high = largest) {
    const auto number = text::whole_number(text, low, high);
    return number ? std::optional{*number} : std::nullopt;
}

TEST(Number, TakesTheBoundaryWordsThatAreNumbersAndNoOther) {
    const std::map<std::string, std::uint64_t> numbers{{"0", 0},
                                                       {"1", 1},
                                                       {"4095", 4095},
                                                       {"4096", 4096},
                                                       {"4097", 4097},
                                                       {"2147483647", 2147483647U},
                                                       {"2147483648", 2147483648U},
                                                       {"4294967295", 4294967295U},
                                                       {"4294967296", 4294967296U},
                                                       {"9223372036854775807", 9223372036854775807U},
                                                       {"9223372036854775808", 9223372036854775808U},
                                                       {"18446744073709551615", largest}};
    std::size_t taken = 0;
    for (const std::string word : boundary_words) {
        const auto number = parsed(word);
        const auto known = numbers.find(word);
        EXPECT_EQ(number.has_value(), known != numbers.end()) << word;
        if (number && known != numbers.end()) {
            EXPECT_EQ(*number, known->second);
            ++taken;
        }
    }
    EXPECT_EQ(taken, numbers.size());
}

TEST(Number, HoldsToItsRangeAtBothEnds) {
    EXPECT_FALSE(parsed("4", 5, 7));
    EXPECT_EQ(parsed("5", 5, 7), 5U);
    EXPECT_EQ(parsed("7", 5, 7), 7U);
    EXPECT_FALSE(parsed("8", 5, 7));
    EXPECT_FALSE(parsed("99999999999999999999999999999999", 5, 7));
}

TEST(Number, SaysTheRangeThatWasMissed) {
    EXPECT_EQ(text::whole_number("32768", 0, 32767).error(), "32768 is not in the range 0 to 32767");
    EXPECT_EQ(text::whole_number("ten", 0, 32767).error(), "'ten' is not a whole number such as 10");
    EXPECT_EQ(text::whole_number("0", 1, 9).error(), "0 is not in the range 1 to 9");
}

TEST(Number, AgreesWithTheRuleOnEveryShortStringAndManyLongOnes) {
    for_all_short_strings([](const std::string& text) { ASSERT_EQ(parsed(text), by_the_rule(text, 0, largest)); });
    for_random_strings(50'000, 22, "0123456789", [](const std::string& text) { ASSERT_EQ(parsed(text), by_the_rule(text, 0, largest)) << text; });
    for_random_strings(50'000, 6, "0123456789+- x.eE\n", [](const std::string& text) { ASSERT_EQ(parsed(text, 7, 7000), by_the_rule(text, 7, 7000)) << text; });
}

TEST(Number, NeverPutsForeignControlCharactersIntoItsMessage) {
    for_all_short_strings([](const std::string& text) {
        const auto number = text::number_or_hex(text, 100);
        if (!number) {
            ASSERT_EQ(number.error().find_first_of(std::string_view{"\0\n\r\t\x1b\x7f", 6}), std::string::npos);
        }
    });
}

TEST(NumberOrHex, TakesBothSpellingsUpToItsLimit) {
    EXPECT_EQ(*text::number_or_hex("1234", 0xffffffff), 1234U);
    EXPECT_EQ(*text::number_or_hex("0x4d2", 0xffffffff), 0x4d2U);
    EXPECT_EQ(*text::number_or_hex("0x4D2", 0xffffffff), 0x4d2U);
    EXPECT_EQ(*text::number_or_hex("0x0000000000000000000004d2", 0xffffffff), 0x4d2U);
    EXPECT_EQ(*text::number_or_hex("0xffffffff", 0xffffffff), 0xffffffffU);
    EXPECT_EQ(*text::number_or_hex("0xffffffffffffffff", largest), largest);
    EXPECT_EQ(*text::number_or_hex("0", 5), 0U);
}

TEST(NumberOrHex, RefusesWhatIsNeither) {
    for (const char* word :
         {"0x", "0X4d2", "0x-1", "0x+1", "0x 1", "x4d2", "4d2", "-1", "0x1g", "0x1 ", "0x100000000", "4294967296", "0x10000000000000000", "010", "", "0x0x1"}) {
        EXPECT_FALSE(text::number_or_hex(word, 0xffffffff)) << word;
    }
    EXPECT_EQ(text::number_or_hex("0x10000000000000000", 0xff).error(), "0x10000000000000000 is over the largest, 0xff");
}

TEST(NumberType, KnowsItsOwnRange) {
    using Priority = text::Number<0, 32767>;
    EXPECT_EQ(Priority::parse("32767")->value, 32767U);
    EXPECT_FALSE(Priority::parse("32768"));
    using Count = text::Number<1, 10>;
    EXPECT_FALSE(Count::parse("0"));
    EXPECT_EQ(Count{}.value, 1U);
}

}  // namespace
