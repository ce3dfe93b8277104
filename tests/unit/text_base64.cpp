// SPDX-License-Identifier: MIT
// text/base64: one text for one string of bytes, both ways.
#include "text/base64.hpp"

#include <gtest/gtest.h>

#include "byte_strings.hpp"

namespace {

TEST(Base64, WritesTheVectorsOfTheStandard) {
    const std::vector<std::pair<std::string, std::string>> vectors{
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(text::to_base64(bytes), text);
        EXPECT_EQ(*text::from_base64(text), bytes);
    }
    EXPECT_EQ(text::to_base64("\xff\xfb\xff"), "//v/");
    EXPECT_EQ(text::to_base64(std::string(3, '\0')), "AAAA");
}

TEST(Base64, ReadsBackWhateverItWrote) {
    const auto holds = [](const std::string& bytes) {
        const auto text = text::to_base64(bytes);
        ASSERT_EQ(text.size(), (bytes.size() + 2) / 3 * 4);
        const auto back = text::from_base64(text);
        ASSERT_TRUE(back);
        ASSERT_EQ(*back, bytes);
    };
    for_all_short_strings(holds);
    for_random_strings(20'000, 100, "", holds);
}

TEST(Base64, TakesNothingThatItWouldNotWrite) {
    const auto holds = [](const std::string& text) {
        const auto bytes = text::from_base64(text);
        if (bytes) {
            ASSERT_EQ(text::to_base64(*bytes), text);
        }
    };
    for_all_short_strings(holds);
    for_random_strings(200'000, 8, "ABgQw/+9==", holds);
    // All groups of four over a small alphabet with padding in every place.
    const std::string alphabet = "AQgB/=";
    for (const char a : alphabet) {
        for (const char b : alphabet) {
            for (const char c : alphabet) {
                for (const char d : alphabet) holds({a, b, c, d});
            }
        }
    }
}

TEST(Base64, RefusesBlanksMissingPaddingAndOtherAlphabets) {
    for (const char* text : {"Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zg==Zg==", "Zm9v\n", "Zm 9", "Zm9-", "Zm9_", "Zh==", "Zm9=", "Z=g=", " Zm9v", "Zm9vZ",
                             "A=AA", "\xc3\xa4\xc3\xa4"}) {
        EXPECT_FALSE(text::from_base64(text)) << text;
    }
    EXPECT_FALSE(text::from_base64(std::string_view{"Zm9\0", 4}));
}

}  // namespace
