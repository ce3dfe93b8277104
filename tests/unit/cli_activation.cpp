// SPDX-License-Identifier: MIT
// cli/activation: what sd_listen_fds(3) says is believed only when it is about us, and forgotten then.
#include "cli/activation.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "in_child.hpp"
#include "sys/error.hpp"

namespace {

void say(const std::string& pid, const char* count, const char* names) {
    ::setenv("LISTEN_PID", pid.c_str(), 1);
    ::setenv("LISTEN_FDS", count, 1);
    ::setenv("LISTEN_FDNAMES", names, 1);
}

TEST(Activation, IsOnlyForTheProcessThatItNames) {
    say("1", "1", "web");
    EXPECT_THROW((void)cli::activated(""), sys::Error);
    EXPECT_EQ(::secure_getenv("LISTEN_FDS"), nullptr);
    EXPECT_THROW((void)cli::activated(""), sys::Error);
    for (const char* count : {"0", "-1", "x", "", "99999"}) {
        say(std::to_string(::getpid()), count, "");
        EXPECT_THROW((void)cli::activated(""), sys::Error) << count;
    }
}

TEST(Activation, FindsTheDescriptorByNameAndKeepsItFromCommands) {
    expect_in_child([] {
        const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        ASSERT_EQ(::dup2(null, 3), 3);
        ASSERT_EQ(::dup2(null, 4), 4);
        say(std::to_string(::getpid()), "2", "one:two");
        EXPECT_EQ(cli::activated("two"), 4);
        EXPECT_EQ(::fcntl(3, F_GETFD), FD_CLOEXEC);
        EXPECT_EQ(::secure_getenv("LISTEN_FDNAMES"), nullptr);
        say(std::to_string(::getpid()), "2", "one:two");
        EXPECT_EQ(cli::activated(""), 3);
        say(std::to_string(::getpid()), "2", "one:two");
        EXPECT_THROW((void)cli::activated("three"), sys::Error);
        cli::announce_activation();
        EXPECT_EQ(::secure_getenv("LISTEN_PID"), std::to_string(::getpid()));
        EXPECT_STREQ(::secure_getenv("LISTEN_FDS"), "1");
    });
}

}  // namespace
