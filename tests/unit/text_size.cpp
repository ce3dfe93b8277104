// SPDX-License-Identifier: MIT
// text/size: bytes with the suffixes of util-linux.
#include "text/size.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <optional>

#include "byte_strings.hpp"

namespace {

constexpr auto largest = std::numeric_limits<std::uint64_t>::max();

std::optional<std::uint64_t> parsed(std::string_view text) {
    const auto size = text::Size::parse(text);
    return size ? std::optional{size->bytes} : std::nullopt;
}

TEST(Size, KnowsItsSuffixes) {
    std::uint64_t binary = 1;
    std::uint64_t decimal = 1;
    for (const char letter : std::string{"KMGTPE"}) {
        binary *= 1024;
        decimal *= 1000;
        const std::string one{'1', letter};
        EXPECT_EQ(parsed(one), binary);
        EXPECT_EQ(parsed(one + "iB"), binary);
        EXPECT_EQ(parsed(one + "B"), decimal);
        EXPECT_EQ(parsed("7" + one.substr(1) + "B"), 7 * decimal);
    }
    EXPECT_EQ(parsed("64k"), 65536U);
    EXPECT_EQ(parsed("64kB"), 64000U);
    EXPECT_EQ(parsed("1kiB"), 1024U);
    EXPECT_EQ(parsed("0E"), 0U);
}

TEST(Size, TakesTheBoundaryWordsThatAreSizesAndNoOther) {
    const std::map<std::string, std::uint64_t> taken{{"0", 0},
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
    for (const std::string word : boundary_words) {
        const auto known = taken.find(word);
        EXPECT_EQ(parsed(word), known == taken.end() ? std::nullopt : std::optional{known->second}) << word;
    }
}

TEST(Size, IsCheckedForOverflowAtEverySuffix) {
    EXPECT_EQ(parsed("15E"), 15ULL << 60);
    EXPECT_FALSE(parsed("16E"));
    EXPECT_EQ(parsed("16383P"), 16383ULL << 50);
    EXPECT_FALSE(parsed("16384P"));
    EXPECT_EQ(parsed("18EB"), 18'000'000'000'000'000'000ULL);
    EXPECT_FALSE(parsed("19EB"));
    EXPECT_EQ(parsed("18014398509481983K"), 18014398509481983ULL << 10);
    EXPECT_FALSE(parsed("18014398509481984K"));
    EXPECT_FALSE(parsed("18446744073709551615K"));
    EXPECT_EQ(text::Size::parse("16E").error(), "16E is over the largest size, 18446744073709551615 bytes");
    EXPECT_NE(text::Size::parse(std::string(50, '9')).error().find("over the largest size"), std::string::npos);
}

TEST(Size, RefusesEveryOtherSpelling) {
    for (const char* word :
         {"K", "kB", "1b", "1B", "1m", "1g", "1KB ", "1Kb", "1KI", "1Ki", "1KiBs", "1.5K", "1Z", "1Y", "0x1K", "1 KiB", "K1", "1K1", "1KK", "1,000", "01K"}) {
        EXPECT_FALSE(parsed(word)) << word;
    }
}

// The reason given must be the true one: twenty digits that begin with a zero are not too large.
TEST(Size, DoesNotCallAPaddedNumberTooLarge) {
    const auto size = text::Size::parse("00000000000000000001");
    ASSERT_FALSE(size);
    EXPECT_EQ(size.error(), "'00000000000000000001' is not a size such as 4096, 64K, 1MiB or 2GB");
}

TEST(Size, AgreesWithTheRuleOnRandomWords) {
    __extension__ using Wide = unsigned __int128;
    for_random_strings(100'000, 8, "0123456789kKMEiB", [](const std::string& word) {
        const auto end = std::min(word.find_first_not_of("0123456789"), word.size());
        const auto digits = word.substr(0, end);
        const auto suffix = word.substr(end);
        const std::map<std::string, Wide> units{{"", 1},
                                                {"k", 1024},
                                                {"K", 1024},
                                                {"kiB", 1024},
                                                {"KiB", 1024},
                                                {"kB", 1000},
                                                {"KB", 1000},
                                                {"M", 1048576},
                                                {"MiB", 1048576},
                                                {"MB", 1000000},
                                                {"E", Wide{1} << 60},
                                                {"EiB", Wide{1} << 60},
                                                {"EB", Wide{1000000000} * 1000000000}};
        std::optional<std::uint64_t> right;
        if (!digits.empty() && (digits == "0" || digits.front() != '0') && units.contains(suffix)) {
            Wide value = 0;
            for (const char c : digits) value = value * 10 + static_cast<unsigned>(c - '0');
            value *= units.at(suffix);
            if (value <= largest) right = static_cast<std::uint64_t>(value);
        }
        ASSERT_EQ(parsed(word), right) << word;
    });
}

TEST(HumanSize, IsShortAndRoundedToOneDecimal) {
    EXPECT_EQ(text::human_size(0), "0");
    EXPECT_EQ(text::human_size(1023), "1023");
    EXPECT_EQ(text::human_size(1024), "1K");
    EXPECT_EQ(text::human_size(1536), "1.5K");
    EXPECT_EQ(text::human_size(8192), "8K");
    EXPECT_EQ(text::human_size(1ULL << 60), "1E");
    EXPECT_EQ(text::human_size(3ULL << 40), "3T");
    EXPECT_EQ(text::human_size(largest), "16.0E");
}

// One byte less than a mebibyte rounds to the mebibyte, not to 1024 kibibytes.
TEST(HumanSize, GoesOnToTheNextUnitWhenItRoundsUpToIt) {
    for (int power = 2; power <= 6; ++power) {
        const auto spelled = text::human_size((1ULL << (10 * power)) - 1);
        EXPECT_EQ(spelled.find("1024"), std::string::npos) << spelled;
    }
}

TEST(HumanSize, OfAWholeNumberOfUnitsIsReadBack) {
    for (const auto unit : {1ULL << 10, 1ULL << 20, 1ULL << 30, 1ULL << 40, 1ULL << 50}) {
        for (std::uint64_t count = 1; count < 1024; ++count) ASSERT_EQ(parsed(text::human_size(count * unit)), count * unit);
    }
}

}  // namespace
