// SPDX-License-Identifier: MIT
// text/suggest: the word that was probably meant, or none.
#include "text/suggest.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "byte_strings.hpp"

namespace {

const std::vector<std::string> verbs{"create", "rm", "ls", "stat", "set", "send", "recv", "peek", "wait", "mv", "limits"};

TEST(Suggest, FindsAWordWithOneSlip) {
    EXPECT_EQ(text::nearest("sned", verbs), "send");     // neighbours swapped
    EXPECT_EQ(text::nearest("crate", verbs), "create");  // a letter missing
    EXPECT_EQ(text::nearest("peeek", verbs), "peek");    // a letter too many
    EXPECT_EQ(text::nearest("recw", verbs), "recv");     // a wrong letter
    EXPECT_EQ(text::nearest("limit", verbs), "limits");
    EXPECT_EQ(text::nearest("/jbos", std::vector<std::string>{"/jobs"}), "/jobs");
}

TEST(Suggest, IsSilentWhenNothingIsNear) {
    EXPECT_EQ(text::nearest("xyzzy", verbs), "");
    EXPECT_EQ(text::nearest("", verbs), "");
    EXPECT_EQ(text::nearest("r", std::vector<std::string>{"q"}), "");
    EXPECT_EQ(text::nearest("destroy", verbs), "");
    EXPECT_EQ(text::nearest("send", {}), "");
}

TEST(Suggest, PrefersTheNearest) {
    const std::vector<std::string> options{"--timeout", "--time", "--tiemout2"};
    EXPECT_EQ(text::nearest("--timeuot", options), "--timeout");
    EXPECT_EQ(text::nearest("--timee", options), "--time");
}

TEST(Suggest, DoesNotSpendTimeOnHugeWords) {
    const std::string huge(100'000, 'a');
    EXPECT_EQ(text::nearest(huge, std::vector<std::string>{huge}), "");
    EXPECT_EQ(text::nearest("a", std::vector<std::string>{huge}), "");
    const std::string longest(64, 'a');
    EXPECT_EQ(text::nearest(longest + "b", std::vector<std::string>{longest}), "");
    EXPECT_EQ(text::nearest(std::string(63, 'a'), std::vector<std::string>{longest}), longest);
}

TEST(Suggest, FindsEveryKnownWordAgainAfterOneRandomSlip) {
    std::mt19937_64 random{1};
    const std::vector<std::string> known{"--nonblock", "--priority", "--timeout"};
    for (int round = 0; round < 5'000; ++round) {
        const auto& word = known[random() % known.size()];
        auto typed = word;
        const auto at = random() % typed.size();
        switch (random() % 3) {
            case 0: typed.erase(at, 1); break;
            case 1: typed.insert(at, 1, static_cast<char>('a' + random() % 26)); break;
            default: typed[at] = static_cast<char>(random()); break;
        }
        ASSERT_EQ(text::nearest(typed, known), word) << typed;
    }
}

TEST(Suggest, AnswersOnlyWithKnownWords) {
    for_random_strings(5'000, 8, "senrcvlim-/", [](const std::string& typed) {
        const auto near = text::nearest(typed, verbs);
        ASSERT_TRUE(near.empty() || std::find(verbs.begin(), verbs.end(), near) != verbs.end());
    });
}

}  // namespace
