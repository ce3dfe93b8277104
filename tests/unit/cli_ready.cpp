// SPDX-License-Identifier: MIT
// cli/ready: who is told that something is ready.
#include "cli/ready.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "in_child.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace {

TEST(Ready, ReadinessIsOneNewline) {
    expect_in_child([] {
        ::unsetenv("NOTIFY_SOCKET");
        auto pipe = sys::Pipe::create();
        cli::ReadyOptions options;
        options.check_ready();
        options.tell_ready();
        options.ready_fd = {static_cast<std::uint64_t>(pipe.write_end.get())};
        options.check_ready();
        options.tell_ready();
        char bytes[2];
        EXPECT_EQ(::read(pipe.read_end.get(), bytes, 2), 1);
        EXPECT_EQ(bytes[0], '\n');
        options.ready_fd = {999};
        EXPECT_THROW(options.check_ready(), cli::Usage);
        EXPECT_THROW(options.tell_ready(), sys::Error);
    });
}

TEST(Ready, ASocketThatNobodyListensOnIsNoFailure) {
    expect_in_child([] {
        for (const char* socket : {"/no/such/socket", "@no such socket", ""}) {
            ::setenv("NOTIFY_SOCKET", socket, 1);
            cli::ReadyOptions{}.tell_ready();
        }
    });
}

}  // namespace
