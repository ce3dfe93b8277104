// SPDX-License-Identifier: MIT
// text/signal: names and numbers of signals, and back.
#include "text/signal.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace {

int number_of(std::string_view text) {
    const auto signal = text::Signal::parse(text);
    return signal ? signal->number : -1;
}

TEST(Signal, IsReadByNameWithOrWithoutSigInAnyCase) {
    for (const char* word : {"TERM", "SIGTERM", "term", "sigterm", "SigTerm", "15"}) EXPECT_EQ(number_of(word), SIGTERM) << word;
    EXPECT_EQ(number_of("0"), 0);
    EXPECT_EQ(number_of("CLD"), SIGCHLD);
    EXPECT_EQ(number_of("IOT"), SIGABRT);
    EXPECT_EQ(number_of("POLL"), SIGIO);
}

TEST(Signal, IsReadAsARealTimeSignal) {
    EXPECT_EQ(number_of("RTMIN"), SIGRTMIN);
    EXPECT_EQ(number_of("rtmin+3"), SIGRTMIN + 3);
    EXPECT_EQ(number_of("RTMAX"), SIGRTMAX);
    EXPECT_EQ(number_of("SIGRTMAX-1"), SIGRTMAX - 1);
    EXPECT_EQ(number_of("64"), 64);
}

TEST(Signal, RefusesWhatIsNone) {
    for (const char* word : {"", "SIG", "NOSUCH", "-1", "+1", "65", "32", "33", "015", "RTMIN-1", "RTMIN+", "RTMIN+31", "RTMAX+1", "RTMAX-99", "TERM ", " TERM",
                             "99999999999999999999"}) {
        EXPECT_EQ(number_of(word), -1) << word;
    }
    EXPECT_NE(text::Signal::parse("TEM\n").error().find("'TEM\\x0a' is not a signal"), std::string::npos);
}

TEST(Signal, IsSpelledAsItIsRead) {
    for (int number = 0; number <= 64; ++number) {
        if (number == 32 || number == 33) continue;
        EXPECT_EQ(number_of(text::spell({number})), number);
    }
    EXPECT_EQ(text::spell({SIGTERM}), "TERM");
    EXPECT_EQ(text::spell({SIGRTMIN + 2}), "RTMIN+2");
}

}  // namespace
