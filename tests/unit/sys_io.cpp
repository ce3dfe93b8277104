// SPDX-License-Identifier: MIT
// sys/io: everything is written and read, whatever flags the descriptor came with.
#include "sys/io.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <random>

#include "in_child.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace {

std::string random_bytes(std::size_t size) {
    std::mt19937 random{static_cast<unsigned>(size)};
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    return bytes;
}

void set_nonblocking(int fd) { ASSERT_EQ(::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK), 0); }

/// Starts a process that reads all of the pipe in small pieces and answers 0 when these are the bytes.
pid_t start_slow_reader(sys::Pipe& pipe, const std::string& right) {
    const pid_t reader = ::fork();
    if (reader != 0) {
        pipe.read_end = sys::Fd{};
        return reader;
    }
    pipe.write_end = sys::Fd{};
    std::string got;
    std::array<char, 777> piece;
    for (ssize_t count = 0; (count = ::read(pipe.read_end.get(), piece.data(), piece.size())) > 0;) got.append(piece.data(), static_cast<std::size_t>(count));
    std::_Exit(got == right ? 0 : 1);
}

int status_of(pid_t pid) {
    int status = -1;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    return status;
}

TEST(WriteAll, DeliversEveryByteThroughANonblockingPipeToASlowReader) {
    const auto bytes = random_bytes(1 << 20);
    auto pipe = sys::Pipe::create();
    set_nonblocking(pipe.write_end.get());
    const auto reader = start_slow_reader(pipe, bytes);
    const auto written = sys::write_all(pipe.write_end.get(), bytes);
    EXPECT_EQ(written.bytes, bytes.size());
    EXPECT_EQ(written.error, 0);
    EXPECT_NE(::fcntl(pipe.write_end.get(), F_GETFL) & O_NONBLOCK, 0) << "the flag belongs to all who share the pipe";
    pipe.write_end = sys::Fd{};
    EXPECT_EQ(status_of(reader), 0);
}

TEST(WriteAll, GoesOnThroughAStormOfSignals) {
    expect_in_child([] {
        struct sigaction action {};
        action.sa_handler = [](int) {};
        ::sigaction(SIGUSR1, &action, nullptr);  // without SA_RESTART: calls answer EINTR, writes come back short
        const auto bytes = random_bytes(1 << 20);
        auto pipe = sys::Pipe::create();
        const auto reader = start_slow_reader(pipe, bytes);
        const pid_t storm = ::fork();
        if (storm == 0) {
            pipe.write_end = sys::Fd{};  // or the reader would wait for us as well
            while (::kill(::getppid(), SIGUSR1) == 0 && ::getppid() != 1) ::usleep(50);
            std::_Exit(0);
        }
        const auto written = sys::write_all(pipe.write_end.get(), bytes);
        EXPECT_EQ(written.bytes, bytes.size());
        EXPECT_EQ(written.error, 0);
        pipe.write_end = sys::Fd{};
        int status = -1;
        while (::waitpid(reader, &status, 0) < 0) EXPECT_EQ(errno, EINTR);
        EXPECT_EQ(status, 0);
        ::kill(storm, SIGKILL);
        while (::waitpid(storm, &status, 0) < 0) EXPECT_EQ(errno, EINTR);
    });
}

TEST(WriteAll, SaysHowFarItGot) {
    const auto full = sys::open("/dev/full", O_WRONLY);
    const auto refused = sys::write_all(full.get(), "x");
    EXPECT_EQ(refused.bytes, 0U);
    EXPECT_EQ(refused.error, ENOSPC);
    EXPECT_EQ(sys::write_all(-1, "x").error, EBADF);
    EXPECT_EQ(sys::write_all(-1, "").error, 0);
    expect_in_child([] {
        ::signal(SIGPIPE, SIG_IGN);
        auto pipe = sys::Pipe::create();
        pipe.read_end = sys::Fd{};
        EXPECT_EQ(sys::write_all(pipe.write_end.get(), "x").error, EPIPE);
    });
    expect_in_child([] {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{1000, 1000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const sys::Fd file{::open(::testing::TempDir().c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600)};
        const auto written = sys::write_all(file.get(), std::string(4096, 'x'));
        EXPECT_EQ(written.bytes, 1000U);
        EXPECT_EQ(written.error, EFBIG);
    });
}

TEST(ReadSome, WaitsWhereTheDescriptorSaysTryAgain) {
    auto pipe = sys::Pipe::create();
    set_nonblocking(pipe.read_end.get());
    const pid_t writer = ::fork();
    if (writer == 0) {
        // Only once the reader sleeps in its wait is there anything to read.
        const auto stat = "/proc/" + std::to_string(::getppid()) + "/stat";
        for (std::string line; line.find(") S") == std::string::npos;) std::getline(std::ifstream{stat}, line);
        std::_Exit(::write(pipe.write_end.get(), "late", 4) == 4 ? 0 : 1);
    }
    std::array<char, 16> into;
    EXPECT_EQ(sys::read_some(pipe.read_end.get(), into, "the pipe"), 4U);
    EXPECT_EQ(std::string_view(into.data(), 4), "late");
    EXPECT_EQ(status_of(writer), 0);
    pipe.write_end = sys::Fd{};
    EXPECT_EQ(sys::read_some(pipe.read_end.get(), into, "the pipe"), 0U);
}

TEST(ReadSome, NamesWhatCouldNotBeRead) {
    std::array<char, 16> into;
    try {
        (void)sys::read_some(-1, into, "standard input");
        FAIL();
    } catch (const sys::Error& failure) {
        EXPECT_STREQ(failure.what(), "standard input: cannot read: Bad file descriptor");
    }
    const auto directory = sys::open("/", O_RDONLY);
    EXPECT_THROW((void)sys::read_some(directory.get(), into, "/"), sys::Error);
}

TEST(ReadFile, ReadsAllOfASmallFileAndNothingOfAMissingOne) {
    std::ifstream reference{"/proc/self/mountinfo"};
    const std::string right{std::istreambuf_iterator<char>{reference}, {}};
    EXPECT_EQ(sys::read_file(AT_FDCWD, "/proc/self/mountinfo"), right);
    errno = 0;
    EXPECT_EQ(sys::read_file(AT_FDCWD, "/proc/no such file"), "");
    EXPECT_EQ(errno, ENOENT);
}

TEST(ReadFile, DoesNotHangAtAFifo) {
    std::string directory = ::testing::TempDir() + "fifoXXXXXX";
    ASSERT_NE(::mkdtemp(directory.data()), nullptr);
    const auto fifo = directory + "/fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_EQ(sys::read_file(AT_FDCWD, fifo.c_str()), "");
    ::unlink(fifo.c_str());
    ::rmdir(directory.c_str());
}

}  // namespace
