// SPDX-License-Identifier: MIT
// sys/flow: bytes moved between descriptors of all kinds without blocking.
#include "sys/flow.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "sys/io.hpp"

namespace {

using sys::Flow;

/// Bytes that repeat at no power of two, so that a lost or doubled block shows.
std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t at = 0; at < size; ++at) bytes[at] = static_cast<char>(at % 251 ^ at / 251);
    return bytes;
}

std::string all_of(int descriptor) {
    std::string all;
    std::array<char, 65536> block{};
    for (;;) {
        const auto count = sys::read_some(descriptor, block, "the sink");
        if (count == 0) return all;
        all.append(block.data(), count);
    }
}

Flow::State drive(Flow& flow, std::uint64_t most = Flow::no_limit) {
    for (;;) {
        flow.step(most);
        if (flow.over()) return flow.state();
        std::vector<pollfd> entries;
        flow.add_to(entries);
        if (!entries.empty()) (void)sys::poll(entries, {});
    }
}

std::string through_pipes(const std::string& bytes, Flow::Tap tap = {}, std::uint64_t most = Flow::no_limit) {
    auto in = sys::Pipe::create();
    auto out = sys::Pipe::create();
    std::thread source{[&] {
        EXPECT_EQ(sys::write_all(in.write_end.get(), bytes).error, 0);
        in.write_end = {};
    }};
    std::string result;
    std::thread sink{[&] { result = all_of(out.read_end.get()); }};
    {
        Flow flow{in.read_end.get(), out.write_end.get(), std::move(tap)};
        EXPECT_EQ(drive(flow, most), Flow::State::ended);
        EXPECT_EQ(flow.bytes_read(), bytes.size());
        EXPECT_EQ(flow.bytes_written(), bytes.size());
    }
    EXPECT_EQ(::fcntl(out.write_end.get(), F_GETFL) & O_NONBLOCK, 0) << "the flag is not ours to set";
    out.write_end = {};
    source.join();
    sink.join();
    return result;
}

TEST(Flow, MovesEveryByteBetweenPipesAndGrowsThem) {
    const auto bytes = pattern(9'000'001);
    EXPECT_EQ(through_pipes(bytes), bytes);
}

TEST(Flow, ShowsEveryByteToATap) {
    const auto bytes = pattern(3'000'001);
    std::string seen;
    EXPECT_EQ(through_pipes(bytes, [&](std::string_view piece) { seen += piece; }), bytes);
    EXPECT_EQ(seen, bytes);
}

TEST(Flow, MovesNoMoreThanItIsAllowed) {
    auto in = sys::Pipe::create();
    auto out = sys::Pipe::create();
    ASSERT_EQ(sys::write_all(in.write_end.get(), "0123456789").error, 0);
    Flow flow{in.read_end.get(), out.write_end.get()};
    EXPECT_EQ(flow.step(4), Flow::State::moved);
    EXPECT_EQ(flow.bytes_written(), 4U);
    std::array<char, 16> block{};
    EXPECT_EQ(::read(out.read_end.get(), block.data(), block.size()), 4);
    EXPECT_EQ(flow.step(100), Flow::State::moved);
    EXPECT_EQ(flow.step(100), Flow::State::wants_input);
}

TEST(Flow, SaysWhichEndItWaitsFor) {
    for (const bool tapped : {false, true}) {
        auto in = sys::Pipe::create();
        auto out = sys::Pipe::create();
        Flow flow{in.read_end.get(), out.write_end.get(), tapped ? Flow::Tap{[](std::string_view) {}} : Flow::Tap{}};
        EXPECT_EQ(flow.step(), Flow::State::wants_input);
        ASSERT_EQ(sys::write_all(out.write_end.get(), pattern(65536)).error, 0);
        ASSERT_EQ(sys::write_all(in.write_end.get(), "more").error, 0);
        while (flow.step() == Flow::State::moved) {}
        EXPECT_EQ(flow.state(), Flow::State::wants_output);
    }
}

TEST(Flow, SeesAtOnceThatTheReaderIsGone) {
    auto in = sys::Pipe::create();
    auto out = sys::Pipe::create();
    Flow flow{in.read_end.get(), out.write_end.get()};
    EXPECT_EQ(flow.step(), Flow::State::wants_input);
    out.read_end = {};
    std::vector<pollfd> entries;
    flow.add_to(entries);
    EXPECT_EQ(sys::poll(entries, sys::Deadline::after(std::chrono::seconds(5))), sys::Wait::done);
}

TEST(Flow, FailsWhereTheOutputTakesNothing) {
    ::signal(SIGPIPE, SIG_IGN);
    auto in = sys::Pipe::create();
    auto out = sys::Pipe::create();
    out.read_end = {};
    ASSERT_EQ(sys::write_all(in.write_end.get(), "bytes").error, 0);
    Flow flow{in.read_end.get(), out.write_end.get()};
    EXPECT_EQ(drive(flow), Flow::State::failed);
    EXPECT_EQ(flow.error(), EPIPE);
    EXPECT_TRUE(flow.failed_writing());

    const sys::Fd full{::open("/dev/full", O_WRONLY | O_CLOEXEC)};
    Flow other{in.read_end.get(), full.get()};
    EXPECT_EQ(drive(other), Flow::State::failed);
    EXPECT_EQ(other.error(), ENOSPC);
}

TEST(Flow, WritesToFilesThatAreAppendedTo) {
    std::string path = "/tmp/flow.XXXXXX";
    const sys::Fd made{::mkostemp(path.data(), O_CLOEXEC)};
    const sys::Fd appended{::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC)};
    ::unlink(path.c_str());
    auto in = sys::Pipe::create();
    ASSERT_EQ(sys::write_all(in.write_end.get(), "one two").error, 0);
    in.write_end = {};
    Flow flow{in.read_end.get(), appended.get()};
    EXPECT_EQ(drive(flow), Flow::State::ended);
    EXPECT_EQ(flow.bytes_written(), 7U);
    ::lseek(made.get(), 0, SEEK_SET);
    EXPECT_EQ(all_of(made.get()), "one two");
}

TEST(Flow, MovesBetweenSocketsAndFiles) {
    const auto bytes = pattern(2'000'003);
    const sys::Fd from{::memfd_create("from", MFD_CLOEXEC)};
    const sys::Fd to{::memfd_create("to", MFD_CLOEXEC)};
    ASSERT_EQ(sys::write_all(from.get(), bytes).error, 0);
    ::lseek(from.get(), 0, SEEK_SET);
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    sys::Fd near{ends[0]};
    const sys::Fd far{ends[1]};
    std::thread other{[&] {
        Flow flow{from.get(), near.get()};
        EXPECT_EQ(drive(flow), Flow::State::ended);
        near = {};
    }};
    Flow flow{far.get(), to.get()};
    EXPECT_EQ(drive(flow), Flow::State::ended);
    other.join();
    ::lseek(to.get(), 0, SEEK_SET);
    EXPECT_EQ(all_of(to.get()), bytes);
}

}  // namespace
