// SPDX-License-Identifier: MIT
// cli/batch, cli/out: records to standard output, and how far they came when it is full, closed or slow.
#include "cli/batch.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "in_child.hpp"
#include "sys/fd.hpp"
#include "sys/io.hpp"

namespace {

using cli::Framing;

std::string record(Framing framing, std::string_view bytes) {
    std::string text;
    cli::append_record(text, framing, bytes, [&] { return cli::Object{{"message", std::string{bytes}}}; });
    return text;
}

TEST(AppendRecord, PutsWhatTellsRecordsApart) {
    using namespace std::string_literals;
    EXPECT_EQ(record(Framing::lines, "a b"), "a b\n");
    EXPECT_EQ(record(Framing::nul, "a\nb"), "a\nb\0"s);
    EXPECT_EQ(record(Framing::raw, "a"), "a");
    EXPECT_EQ(record(Framing::framed, "abc"), "\0\0\0\3abc"s);
    EXPECT_EQ(record(Framing::framed, std::string(0x10203, 'x')).substr(0, 4), "\0\1\2\3"s);
    EXPECT_EQ(record(Framing::json, "a"), "{\"message\":\"a\"}\n");
}

/// In a child: standard output is this pipe's end; answers what Batch::write came to.
cli::Output write_three(std::size_t& whole, std::size_t size) {
    sys::Signals signals;
    cli::Batch batch{Framing::lines};
    for (const char letter : {'a', 'b', 'c'}) batch.add(std::string(size - 1, letter), [] { return cli::Object{}; });
    EXPECT_EQ(batch.bytes(), 3 * size);
    const auto output = batch.write(signals, whole);
    EXPECT_EQ(batch.bytes(), 0U);
    return output;
}

TEST(Batch, WritesAllOfThem) {
    expect_in_child([] {
        const auto pipe = sys::Pipe::create();
        ::dup2(pipe.write_end.get(), STDOUT_FILENO);
        std::size_t whole = 0;
        const auto output = write_three(whole, 2);
        EXPECT_EQ(output.wait, sys::Wait::done);
        EXPECT_EQ(output.error, 0);
        EXPECT_EQ(whole, 3U);
        std::string got(16, '\0');
        EXPECT_EQ(sys::read_some(pipe.read_end.get(), got, "pipe"), 6U);
        EXPECT_EQ(got.substr(0, 6), "a\nb\nc\n");
    });
}

TEST(Batch, CountsWhatAFullFileTookWhole) {
    expect_in_child([] {
        ::signal(SIGXFSZ, SIG_IGN);
        const auto file = sys::unnamed_file("/tmp");
        const rlimit limit{25, 25};
        ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
        ::dup2(file.get(), STDOUT_FILENO);
        std::size_t whole = 0;
        const auto output = write_three(whole, 10);
        EXPECT_EQ(output.error, EFBIG);
        EXPECT_EQ(output.written, 25U);
        EXPECT_EQ(whole, 2U);
    });
}

TEST(Batch, IsStoppedByASignalWhileNobodyReads) {
    expect_in_child([] {
        const auto pipe = sys::Pipe::create();
        ASSERT_GE(::fcntl(pipe.write_end.get(), F_SETPIPE_SZ, 4096), 4096);
        ::dup2(pipe.write_end.get(), STDOUT_FILENO);
        const pid_t parent = ::getpid();
        // The signal comes when the pipe is full, and not before.
        const pid_t other = ::fork();
        if (other == 0) {
            for (int queued = 0; queued < 4096;) ::ioctl(pipe.read_end.get(), FIONREAD, &queued);
            ::kill(parent, SIGTERM);
            std::_Exit(0);
        }
        std::size_t whole = 0;
        const auto output = write_three(whole, 3000);
        EXPECT_EQ(output.wait, sys::Wait::interrupted);
        EXPECT_EQ(sys::Signals::taken(), SIGTERM);
        EXPECT_EQ(output.written, 4096U);
        EXPECT_EQ(whole, 1U);
        ::waitpid(other, nullptr, 0);
    });
}

TEST(WriteOut, WaitsWhereANonBlockingOutputIsFull) {
    expect_in_child([] {
        auto pipe = sys::Pipe::create();
        ::fcntl(pipe.write_end.get(), F_SETFL, O_NONBLOCK);
        ::dup2(pipe.write_end.get(), STDOUT_FILENO);
        pipe.write_end = {};
        const std::string much(1 << 20, 'x');
        const pid_t reader = ::fork();
        if (reader == 0) {
            ::close(STDOUT_FILENO);
            std::string block(65536, '\0');
            std::size_t all = 0;
            while (const auto count = sys::read_some(pipe.read_end.get(), block, "pipe")) all += count;
            std::_Exit(all == much.size() ? 0 : 1);
        }
        sys::Signals signals;
        const auto output = cli::write_out(much, signals);
        EXPECT_EQ(output.error, 0);
        EXPECT_EQ(output.written, much.size());
        ::close(STDOUT_FILENO);
        int status = -1;
        ::waitpid(reader, &status, 0);
        EXPECT_EQ(status, 0);
    });
}

}  // namespace
