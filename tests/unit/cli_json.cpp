// SPDX-License-Identifier: MIT
// cli/json: what is written can be read back, by us and by anyone.
#include "cli/json.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "byte_strings.hpp"
#include "text/base64.hpp"
#include "text/escape.hpp"

namespace {

using cli::from_json;
using cli::List;
using cli::Object;
using cli::to_json;
using cli::Value;

TEST(Json, WritesOneLineWithItsKeysInOrder) {
    const Object object{{"z", 1}, {"a", nullptr}, {"list", List{true, false, 1.5, "x"}}, {"empty", Object{}}, {"none", List{}}};
    EXPECT_EQ(to_json(object), R"({"z":1,"a":null,"list":[true,false,1.5,"x"],"empty":{},"none":[]})");
    EXPECT_EQ(to_json("line\nquote\"back\\slash\x1b\x01"), R"("line\nquote\"back\\slash\u001b\u0001")");
    EXPECT_EQ(to_json(std::string{"\0", 1}), R"("\u0000")");
    EXPECT_EQ(to_json("gr\u00fc\u00dfe \U0001f600"), "\"gr\u00fc\u00dfe \U0001f600\"");
}

TEST(Json, ReplacesWhatIsNotUtf8) {
    EXPECT_EQ(to_json("a\xffz"), "\"a\ufffdz\"");
    for_all_short_strings([](const std::string& bytes) {
        const auto line = to_json(bytes);
        ASSERT_TRUE(text::is_utf8(line));
        ASSERT_EQ(line.find('\n'), std::string::npos);
        const auto back = from_json(line);
        ASSERT_TRUE(back) << line;
        if (text::is_utf8(bytes)) {
            ASSERT_EQ(*back->text(), bytes);
        }
    });
}

TEST(Json, CarriesAnyBytesBesideTheirText) {
    const auto holds = [](const std::string& bytes) {
        Object object;
        cli::add_bytes(object, "name", bytes);
        const auto back = from_json(to_json(object));
        ASSERT_TRUE(back);
        const auto& read = std::get<Object>(*back);
        ASSERT_EQ(read.size(), 2U);
        const auto* exact = cli::member(read, "name_base64");
        ASSERT_NE(exact, nullptr);
        ASSERT_EQ(exact->is_null(), text::is_utf8(bytes));
        ASSERT_EQ(exact->is_null() ? *cli::member(read, "name")->text() : *text::from_base64(*exact->text()), bytes);
    };
    for_all_short_strings(holds);
    for_random_strings(10'000, 50, "", holds);
}

TEST(Json, KeepsWholeNumbersOf64Bits) {
    for (const std::int64_t number : {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(),
                                      std::int64_t{1} << 53, (std::int64_t{1} << 53) + 1}) {
        EXPECT_EQ(to_json(number), std::to_string(number));
        const auto back = from_json(std::to_string(number));
        ASSERT_TRUE(back);
        ASSERT_NE(back->number(), nullptr);
        EXPECT_EQ(*back->number(), number);
    }
    EXPECT_EQ(to_json(std::uint32_t{0xffffffff}), "4294967295");
}

// A limit of the kernel may be 2^64-1 (msg_qbytes, RLIM_INFINITY): it must not be told as -1.
TEST(Json, DoesNotTurnALargeNumberNegative) {
    EXPECT_EQ(to_json(std::numeric_limits<std::uint64_t>::max()).find('-'), std::string::npos) << to_json(std::numeric_limits<std::uint64_t>::max());
    const auto back = from_json("18446744073709551615");
    ASSERT_TRUE(back);
    EXPECT_TRUE(!back->number() || *back->number() > 0);
}

TEST(Json, WritesNumbersThatAreNoneAsNull) {
    EXPECT_EQ(to_json(std::nan("")), "null");
    EXPECT_EQ(to_json(std::numeric_limits<double>::infinity()), "null");
}

TEST(Json, RefusesWhatIsNotJson) {
    for (const char* text : {"",       " ",         "x",           "nul",      "{",  "}",     "[1,]",  "[1",       "{\"a\"}", "{\"a\":}", "{a:1}",
                             "'a'",    "01",        "+1",          ".5",       "1.", "0x1",   "NaN",   "Infinity", "1 2",     "[] []",    "\"",
                             "\"\n\"", "\"\\x41\"", "\"\\ud800\"", "\"\xff\"", "//", "[1]//", "/**/1", "tru",      "True",    "1e999"}) {
        EXPECT_FALSE(from_json(text)) << text;
    }
    EXPECT_TRUE(from_json("[1").error().starts_with("not a JSON text by column ")) << from_json("[1").error();
    EXPECT_EQ(from_json("\"\x1b[31m").error().find('\x1b'), std::string::npos);
}

TEST(Json, TakesBlanksAround) {
    EXPECT_TRUE(from_json(" [ 1 , 2 ] "));
    EXPECT_TRUE(from_json("{\"a\":1}\r"));
}

TEST(Json, EndsAt64Levels) {
    const auto nested = [](std::size_t depth, char open, char close) { return std::string(depth, open) + std::string(depth, close); };
    EXPECT_TRUE(from_json(nested(1, '[', ']')));
    EXPECT_TRUE(from_json(nested(64, '[', ']')));
    EXPECT_FALSE(from_json(nested(66, '[', ']')));
    EXPECT_FALSE(from_json(nested(1'000'000, '[', ']')));
    EXPECT_FALSE(from_json(std::string(1'000'000, '[')));
    std::string objects;
    for (int level = 0; level < 100'000; ++level) objects += "{\"a\":";
    EXPECT_FALSE(from_json(objects));
    EXPECT_EQ(from_json(nested(1000, '[', ']')).error(), "not JSON that we read: nested over 64 levels");
}

// The header draws the line exactly.
TEST(Json, RefusesThe65thLevel) { EXPECT_FALSE(from_json(std::string(65, '[') + std::string(65, ']'))); }

TEST(Json, TakesTheLastOfEqualKeys) {
    const auto value = from_json(R"({"a":1,"b":2,"a":3})");
    ASSERT_TRUE(value);
    EXPECT_EQ(*cli::member(std::get<Object>(*value), "a")->number(), 3);
    EXPECT_EQ(cli::member(std::get<Object>(*value), "c"), nullptr);
}

TEST(Json, SurvivesAnyLineAndReadsBackWhatItTook) {
    const auto holds = [](const std::string& line) {
        const auto value = from_json(line);
        if (!value) return;
        const auto again = from_json(to_json(*value));
        ASSERT_TRUE(again) << line;
        ASSERT_EQ(to_json(*again), to_json(*value)) << line;
    };
    for_all_short_strings(holds);
    for_random_strings(50'000, 12, "{}[],:\"a1-.e0 tn\\u", holds);
}

}  // namespace
