// SPDX-License-Identifier: MIT
// text/duration: exact to the nanosecond, or refused.
#include "text/duration.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <optional>
#include <random>

#include "byte_strings.hpp"

namespace {

__extension__ using Wide = unsigned __int128;
constexpr std::int64_t longest = std::numeric_limits<std::int64_t>::max();

std::optional<std::int64_t> parsed(std::string_view text) {
    const auto duration = text::Duration::parse(text);
    return duration ? std::optional<std::int64_t>{duration->length.count()} : std::nullopt;
}

const std::map<std::string, std::uint64_t, std::less<>> units{
    {"", 1'000'000'000},      {"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000},
    {"d", 86'400'000'000'000}};

/// The value as a fraction of whole numbers: exact, or none.
std::optional<std::int64_t> exactly(const std::string& whole, const std::string& fraction, const std::string& unit) {
    Wide value = 0;
    Wide below = 1;
    for (const char c : whole + fraction) value = value * 10 + static_cast<unsigned>(c - '0');
    for (std::size_t at = 0; at < fraction.size(); ++at) below *= 10;
    value *= units.at(unit);
    if (value % below != 0 || value / below > static_cast<Wide>(longest)) return std::nullopt;
    return static_cast<std::int64_t>(value / below);
}

TEST(Duration, KnowsItsUnits) {
    EXPECT_EQ(parsed("7"), 7'000'000'000);
    EXPECT_EQ(parsed("7ns"), 7);
    EXPECT_EQ(parsed("7us"), 7'000);
    EXPECT_EQ(parsed("7ms"), 7'000'000);
    EXPECT_EQ(parsed("7s"), 7'000'000'000);
    EXPECT_EQ(parsed("7m"), 420'000'000'000);
    EXPECT_EQ(parsed("7h"), 25'200'000'000'000);
    EXPECT_EQ(parsed("7d"), 604'800'000'000'000);
    EXPECT_EQ(parsed("1.5s"), 1'500'000'000);
    EXPECT_EQ(parsed("0.25"), 250'000'000);
    EXPECT_EQ(parsed("1.5d"), 129'600'000'000'000);
    EXPECT_EQ(parsed("0"), 0);
    EXPECT_EQ(parsed("0.0s"), 0);
    EXPECT_EQ(parsed("007"), 7'000'000'000);
}

TEST(Duration, TakesTheBoundaryWordsThatAreDurationsAndNoOther) {
    const std::map<std::string, std::int64_t> taken{{"0", 0},
                                                    {"1", 1'000'000'000},
                                                    {"4095", 4'095'000'000'000},
                                                    {"4096", 4'096'000'000'000},
                                                    {"4097", 4'097'000'000'000},
                                                    {"2147483647", 2'147'483'647'000'000'000},
                                                    {"2147483648", 2'147'483'648'000'000'000},
                                                    {"4294967295", 4'294'967'295'000'000'000},
                                                    {"4294967296", 4'294'967'296'000'000'000},
                                                    {"010", 10'000'000'000},
                                                    {"00", 0}};
    for (const std::string word : boundary_words) {
        const auto known = taken.find(word);
        EXPECT_EQ(parsed(word), known == taken.end() ? std::nullopt : std::optional{known->second}) << word;
    }
}

TEST(Duration, EndsAtTheLongestThatTheClockHolds) {
    EXPECT_EQ(parsed("9223372036854775807ns"), longest);
    EXPECT_FALSE(parsed("9223372036854775808ns"));
    EXPECT_EQ(parsed("9223372036.854775807s"), longest);
    EXPECT_FALSE(parsed("9223372036.854775808s"));
    EXPECT_EQ(parsed("106751d"), 106'751 * 86'400'000'000'000);
    EXPECT_FALSE(parsed("106752d"));
    EXPECT_FALSE(parsed("18446744073709551616ns"));
    EXPECT_FALSE(parsed("340282366920938463463374607431768211456d"));
    EXPECT_FALSE(parsed(std::string(100'000, '9')));
    EXPECT_NE(text::Duration::parse("106752d").error().find("292 years"), std::string::npos);
}

TEST(Duration, RefusesWhatIsFinerThanANanosecond) {
    EXPECT_EQ(parsed("0.000000001s"), 1);
    EXPECT_FALSE(parsed("0.0000000001s"));
    EXPECT_FALSE(parsed("1.5ns"));
    EXPECT_EQ(parsed("1.0ns"), 1);
    EXPECT_EQ(parsed("1.50000000000000000000000000000000000000000000000000s"), 1'500'000'000);
    EXPECT_FALSE(parsed("1.05ns")) << "a zero first does not make it finer";
    EXPECT_FALSE(parsed("0.00000000001s"));
    EXPECT_EQ(parsed("0.00000000000000000000s"), 0);
    EXPECT_EQ(text::Duration::parse("1.5ns").error(), "1.5ns is finer than a nanosecond");
    EXPECT_FALSE(parsed("0." + std::string(10'000, '0') + "1s"));
}

// 0.00000000005 m is 3 ns exactly, although a tenth of the last whole digit's worth, 0.6 ns, is not whole.
TEST(Duration, TakesAFractionThatComesToWholeNanoseconds) {
    EXPECT_EQ(parsed("0.00000000005m"), 3);
    EXPECT_EQ(parsed("0.00000000025h"), 900);
    EXPECT_EQ(parsed("0.000000000000125d"), std::nullopt);
    EXPECT_EQ(parsed("0.0000000000125d"), 1080);
    EXPECT_EQ(parsed("0.00000000000125d"), 108);
}

TEST(Duration, RefusesEveryOtherSpelling) {
    for (const char* word : {"1S", "1sec", "1 s", "s",    "1.s", ".5s",  "1..5s", "1.5.5", "1m30s", "1h30",   "1w",
                             "1y", "-1s",  "+1s", "1e3s", "1s ", "1msx", "1Ms",   "0x1s",  "1µs",   "forever"}) {
        EXPECT_FALSE(parsed(word)) << word;
    }
    EXPECT_EQ(text::Duration::parse("1w\x1b").error(), "'1w\\x1b' is not a duration such as 500ms, 1.5s, 2m, 1h or 1d");
}

TEST(Duration, AgreesWithExactFractions) {
    std::mt19937_64 random{17};
    const auto digits = [&](std::size_t least, std::size_t most) {
        std::string text(least + random() % (most - least + 1), '0');
        for (char& c : text) c = static_cast<char>('0' + random() % 10);
        return text;
    };
    for (int round = 0; round < 50'000; ++round) {
        const auto whole = digits(1, 12);
        const auto fraction = digits(0, 9);
        const auto unit = std::next(units.begin(), static_cast<long>(random() % units.size()))->first;
        const auto word = whole + (fraction.empty() ? "" : "." + fraction) + unit;
        ASSERT_EQ(parsed(word), exactly(whole, fraction, unit)) << word;
    }
}

TEST(Duration, SpellsWhatItReadsBack) {
    const auto spelled = [](std::int64_t length) { return spell(text::Duration{std::chrono::nanoseconds{length}}); };
    EXPECT_EQ(spelled(0), "0s");
    EXPECT_EQ(spelled(1), "1ns");
    EXPECT_EQ(spelled(1'500'000'000), "1.5s");
    EXPECT_EQ(spelled(1'500'000), "1.5ms");
    EXPECT_EQ(spelled(90'000'000'000), "90s");
    EXPECT_EQ(spelled(120'000'000'000), "2m");
    EXPECT_EQ(spelled(86'400'000'000'000), "1d");
    EXPECT_EQ(spelled(longest), "9223372036.854775807s");
    std::mt19937_64 random{4};
    for (int round = 0; round < 50'000; ++round) {
        const auto length = static_cast<std::int64_t>(random() >> (1 + random() % 63));
        ASSERT_EQ(parsed(spelled(length)), length) << spelled(length);
    }
}

TEST(Duration, SurvivesEveryShortStringAndRandomBytes) {
    const auto visit = [](const std::string& text) {
        const auto length = parsed(text);
        if (length) {
            ASSERT_EQ(parsed(spell(text::Duration{std::chrono::nanoseconds{*length}})), length);
        }
    };
    for_all_short_strings(visit);
    for_random_strings(50'000, 12, "0123456789.nusmhd", visit);
}

}  // namespace
