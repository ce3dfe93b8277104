// SPDX-License-Identifier: MIT
// sys/fd: one owner, and never the number of a standard descriptor.
#include "sys/fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "in_child.hpp"
#include "sys/error.hpp"

namespace {

bool is_open(int number) { return ::fcntl(number, F_GETFD) >= 0; }
bool closes_on_exec(int number) { return (::fcntl(number, F_GETFD) & FD_CLOEXEC) != 0; }

TEST(Fd, ClosesWhatItOwnsOnce) {
    int number = -1;
    {
        const auto null = sys::open("/dev/null", O_RDONLY);
        number = null.get();
        EXPECT_TRUE(null);
        EXPECT_TRUE(is_open(number));
    }
    EXPECT_FALSE(is_open(number));
}

TEST(Duplicate, IsTheSameFileUnderANumberAboveTheStandardOnes) {
    const auto pipe = sys::Pipe::create();
    const auto copy = sys::duplicate(pipe.write_end.get());
    EXPECT_GE(copy.get(), 3);
    EXPECT_TRUE(closes_on_exec(copy.get()));
    ASSERT_EQ(::write(copy.get(), "x", 1), 1);
    char byte = 0;
    EXPECT_EQ(::read(pipe.read_end.get(), &byte, 1), 1);
}

TEST(Duplicate, NamesWhatIsNotOpen) {
    try {
        (void)sys::duplicate(1000, "fd:1000: cannot use");
        FAIL();
    } catch (const sys::Error& failure) {
        EXPECT_EQ(failure.number(), EBADF);
        EXPECT_STREQ(failure.what(), "fd:1000: cannot use: Bad file descriptor");
    }
}

TEST(Fd, MovesAndGivesAway) {
    auto first = sys::open("/dev/null", O_RDONLY);
    const int number = first.get();
    sys::Fd second{std::move(first)};
    EXPECT_EQ(second.get(), number);
    sys::Fd third;
    EXPECT_FALSE(third);
    third = std::move(second);
    EXPECT_EQ(third.get(), number);
    EXPECT_EQ(third.release(), number);
    EXPECT_FALSE(third);
    EXPECT_TRUE(is_open(number));
    const sys::Fd owner{number};
}

TEST(Fd, IsNeverAStandardDescriptorWhereTheseAreClosed) {
    for (int closed = 0; closed < 8; ++closed) {
        expect_in_child([closed] {
            // The output of a failed expectation must have somewhere to go that is not among the numbers tried.
            for (int number = 0; number < 3; ++number) {
                if ((closed >> number & 1) != 0) ::close(number);
            }
            const auto null = sys::open("/dev/null", O_RDWR);
            const auto pipe = sys::Pipe::create();
            const sys::Fd taken{::open("/dev/zero", O_RDONLY | O_CLOEXEC)};
            for (const int number : {null.get(), pipe.read_end.get(), pipe.write_end.get(), taken.get()}) {
                EXPECT_GE(number, 3);
                EXPECT_TRUE(closes_on_exec(number));
            }
            for (int number = 0; number < 3; ++number) EXPECT_EQ(is_open(number), (closed >> number & 1) == 0);
            EXPECT_EQ(::write(pipe.write_end.get(), "x", 1), 1);
            char byte = 0;
            EXPECT_EQ(::read(pipe.read_end.get(), &byte, 1), 1);
            EXPECT_EQ(byte, 'x');
        });
    }
}

TEST(Fd, IsEmptyWithTheReasonWhenItCannotBeMovedUp) {
    expect_in_child([] {
        ::close(0);
        const rlimit three{3, 3};
        ::setrlimit(RLIMIT_NOFILE, &three);
        errno = 0;
        const sys::Fd refused{::open("/dev/null", O_RDONLY)};
        EXPECT_FALSE(refused);
        EXPECT_TRUE(errno == EMFILE || errno == EINVAL) << errno;
        EXPECT_FALSE(is_open(0));
        EXPECT_THROW(sys::open("/dev/null", O_RDONLY), sys::Error);
    });
}

TEST(Fd, OpenNamesThePathEscaped) {
    try {
        (void)sys::open("/no\nsuch/file", O_RDONLY);
        FAIL();
    } catch (const sys::Error& failure) {
        EXPECT_STREQ(failure.what(), "/no\\x0asuch/file: cannot open: No such file or directory");
        EXPECT_EQ(failure.number(), ENOENT);
    }
}

TEST(Fd, PipesRunOutWithTheErrno) {
    expect_in_child([] {
        const rlimit few{4, 4};
        ::setrlimit(RLIMIT_NOFILE, &few);
        try {
            const auto one = sys::Pipe::create();
            const auto two = sys::Pipe::create();
            ADD_FAILURE();
        } catch (const sys::Error& failure) {
            EXPECT_EQ(failure.number(), EMFILE);
        }
    });
}

}  // namespace
