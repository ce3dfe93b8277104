// SPDX-License-Identifier: MIT
// byte_strings: many inputs for a property: all of small length, and random ones that are the same in every run.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

/// What numbers, sizes and durations are tried with by hand (and by name): the edges of the integer types, and spellings
/// that some parser somewhere accepts.
inline constexpr std::array boundary_words{"0",
                                           "1",
                                           "4095",
                                           "4096",
                                           "4097",
                                           "2147483647",
                                           "2147483648",
                                           "4294967295",
                                           "4294967296",
                                           "9223372036854775807",
                                           "9223372036854775808",
                                           "18446744073709551615",
                                           "18446744073709551616",
                                           "16E",
                                           "15.9E",
                                           "-1",
                                           "-0",
                                           "+5",
                                           " 1",
                                           "1 ",
                                           "1 K",
                                           "1kk",
                                           "0x",
                                           "0x10",
                                           "010",
                                           "00",
                                           ".5",
                                           "5.",
                                           "1_000",
                                           "1,5",
                                           "1e3",
                                           "NaN",
                                           "nan",
                                           "inf",
                                           "INF",
                                           "infinity",
                                           "\u0661",
                                           "",
                                           "-",
                                           "--1",
                                           "1\n",
                                           "\t1"};

/// All strings of at most two bytes, until an assertion has failed.
template <class Visit>
void for_all_short_strings(Visit visit) {
    visit(std::string{});
    for (int first = 0; first < 256 && !::testing::Test::HasFatalFailure(); ++first) {
        visit(std::string{static_cast<char>(first)});
        for (int second = 0; second < 256 && !::testing::Test::HasFatalFailure(); ++second)
            visit(std::string{static_cast<char>(first), static_cast<char>(second)});
    }
}

/// count strings of up to longest characters of the alphabet (empty: any byte).
template <class Visit>
void for_random_strings(std::size_t count, std::size_t longest, std::string_view alphabet, Visit visit) {
    std::mt19937_64 random{20240229};
    for (std::size_t round = 0; round < count && !::testing::Test::HasFatalFailure(); ++round) {
        std::string text(random() % (longest + 1), '\0');
        for (char& c : text) c = alphabet.empty() ? static_cast<char>(random()) : alphabet[random() % alphabet.size()];
        visit(text);
    }
}
