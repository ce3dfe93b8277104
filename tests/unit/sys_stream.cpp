// SPDX-License-Identifier: MIT
// sys/stream: nothing blocks, and nobody's flags change.
#include "sys/stream.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>

namespace {

using sys::Stream;

bool nonblocking(int fd) { return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0; }

TEST(Stream, OfAnInheritedPipeBlocksNeverAndLeavesItsFlags) {
    const auto pipe = sys::Pipe::create();
    const auto in = Stream::inherited(pipe.read_end.get(), Stream::Way::read);
    const auto out = Stream::inherited(pipe.write_end.get(), Stream::Way::write);
    std::array<char, 8> block{};
    EXPECT_EQ(in.read(block).error, EAGAIN);
    std::size_t written = 0;
    const std::string much(300'000, 'x');
    for (;;) {
        const auto [bytes, error] = out.write(much);
        written += bytes;
        if (error == EAGAIN) break;
        ASSERT_EQ(error, 0);
    }
    EXPECT_EQ(written, 65536U);
    EXPECT_EQ(in.read(block).bytes, 8U);
    EXPECT_FALSE(nonblocking(pipe.read_end.get()));
    EXPECT_FALSE(nonblocking(pipe.write_end.get()));
}

TEST(Stream, TellsTheEndFromNothingYet) {
    auto pipe = sys::Pipe::create();
    const auto in = Stream::inherited(pipe.read_end.get(), Stream::Way::read);
    std::array<char, 8> block{};
    EXPECT_EQ(in.read(block).error, EAGAIN);
    pipe.write_end = {};
    const auto end = in.read(block);
    EXPECT_EQ(end.bytes, 0U);
    EXPECT_EQ(end.error, 0);
}

TEST(Stream, OfASocketUsesTheFlagsOfEachCall) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    const sys::Fd one{ends[0]};
    sys::Fd other{ends[1]};
    const auto stream = Stream::inherited(one.get(), Stream::Way::read);
    std::array<char, 8> block{};
    EXPECT_EQ(stream.read(block).error, EAGAIN);
    EXPECT_FALSE(nonblocking(one.get()));
    other = {};
    // Without SIGPIPE.
    EXPECT_EQ(stream.write("x").error, EPIPE);
}

TEST(Stream, OfAFileGoesOnAtItsOffset) {
    const sys::Fd file{::memfd_create("stream", MFD_CLOEXEC)};
    ASSERT_EQ(::write(file.get(), "abcdef", 6), 6);
    ASSERT_EQ(::lseek(file.get(), 2, SEEK_SET), 2);
    const auto stream = Stream::inherited(file.get(), Stream::Way::read);
    std::array<char, 3> block{};
    EXPECT_EQ(stream.read(block).bytes, 3U);
    EXPECT_EQ(std::string(block.data(), 3), "cde");
    EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), 5);
}

TEST(Stream, OfNothingSaysEbadf) {
    std::array<char, 3> block{};
    const auto stream = Stream::inherited(1'000'000, Stream::Way::read);
    EXPECT_EQ(stream.read(block).error, EBADF);
}

TEST(Stream, OfOurOwnBecomesNonblocking) {
    auto pipe = sys::Pipe::create();
    const auto stream = Stream::own(std::move(pipe.read_end));
    EXPECT_TRUE(nonblocking(stream.fd()));
    EXPECT_FALSE(nonblocking(pipe.write_end.get()));
}

}  // namespace
