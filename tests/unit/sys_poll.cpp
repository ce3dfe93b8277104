// SPDX-License-Identifier: MIT
// sys/poll: descriptors, the deadline and signals, whichever is first.
#include "sys/poll.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <vector>

#include "in_child.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using sys::Deadline;
using sys::Signals;
using sys::Wait;

Wait wait_for(int fd, const Deadline& deadline, short* got = nullptr, Signals* signals = nullptr) {
    pollfd entry{fd, POLLIN, 0};
    const auto wait = sys::poll({&entry, 1}, deadline, signals);
    if (got) *got = entry.revents;
    return wait;
}

TEST(Poll, SeesWhatIsReadyAlsoWhenTheDeadlineIsPast) {
    const auto pipe = sys::Pipe::create();
    EXPECT_EQ(wait_for(pipe.read_end.get(), Deadline::after(0ns)), Wait::gave_up);
    ASSERT_EQ(::write(pipe.write_end.get(), "x", 1), 1);
    short got = 0;
    EXPECT_EQ(wait_for(pipe.read_end.get(), Deadline::after(0ns), &got), Wait::done);
    EXPECT_EQ(got, POLLIN);
    EXPECT_EQ(wait_for(pipe.read_end.get(), Deadline{}), Wait::done);
}

TEST(Poll, GivesUpAtTheDeadlineAndNotBefore) {
    const auto pipe = sys::Pipe::create();
    for (const auto length : {1ns, 100'000ns, 1'500'000ns, 40'000'000ns}) {
        const auto start = Clock::now();
        EXPECT_EQ(wait_for(pipe.read_end.get(), Deadline::after(length)), Wait::gave_up);
        EXPECT_GE(Clock::now() - start, length);
        EXPECT_LT(Clock::now() - start, length + 3s);
    }
}

TEST(Poll, WithoutEntriesOnlyWaits) { EXPECT_EQ(sys::poll({}, Deadline::after(1ms)), Wait::gave_up); }

TEST(Poll, TakesPlainFilesAndClosedDescriptorsAsReady) {
    const auto file = sys::open("/proc/self/exe", O_RDONLY);
    EXPECT_EQ(wait_for(file.get(), Deadline{}), Wait::done);
    short got = 0;
    EXPECT_EQ(wait_for(1'000'000, Deadline{}, &got), Wait::done);
    EXPECT_EQ(got, POLLNVAL);
    auto pipe = sys::Pipe::create();
    pipe.write_end = sys::Fd{};
    EXPECT_EQ(wait_for(pipe.read_end.get(), Deadline{}, &got), Wait::done);
    EXPECT_EQ(got, POLLHUP);
}

TEST(Poll, SaysTheErrnoWhenThereAreTooManyEntries) {
    expect_in_child([] {
        const rlimit few{10, 10};
        ::setrlimit(RLIMIT_NOFILE, &few);
        std::vector<pollfd> many(11, pollfd{-1, 0, 0});
        try {
            (void)sys::poll(many, Deadline{});
            ADD_FAILURE();
        } catch (const sys::Error& failure) {
            EXPECT_EQ(failure.number(), EINVAL);
        }
    });
}

TEST(Poll, IsInterruptedByASignalBeforeAndDuring) {
    expect_in_child([] {
        Signals signals;
        const auto pipe = sys::Pipe::create();
        ::raise(SIGTERM);
        EXPECT_EQ(wait_for(pipe.read_end.get(), Deadline{}, nullptr, &signals), Wait::interrupted);
        EXPECT_EQ(Signals::taken(), SIGTERM);
        Signals::forget(SIGTERM);

        const pid_t us = ::getpid();
        const pid_t other = ::fork();
        if (other == 0) {
            const auto stat = "/proc/" + std::to_string(us) + "/stat";
            for (std::string line; line.find(") S") == std::string::npos;) std::getline(std::ifstream{stat}, line);
            ::kill(us, SIGINT);
            std::_Exit(0);
        }
        EXPECT_EQ(wait_for(pipe.read_end.get(), Deadline::after(20s), nullptr, &signals), Wait::interrupted);
        EXPECT_EQ(Signals::taken(), SIGINT);
        int status = -1;
        while (::waitpid(other, &status, 0) < 0) EXPECT_EQ(errno, EINTR);
    });
}

TEST(Poll, LosesNoSignalInTwoHundredRounds) {
    expect_in_child([] {
        Signals signals;
        const auto pipe = sys::Pipe::create();
        const auto ask = sys::Pipe::create();
        const pid_t us = ::getpid();
        const pid_t other = ::fork();
        if (other == 0) {
            for (char byte = 0; ::read(ask.read_end.get(), &byte, 1) == 1 && byte == 'g';) ::kill(us, SIGTERM);
            std::_Exit(0);
        }
        for (int round = 0; round < 200; ++round) {
            ASSERT_EQ(::write(ask.write_end.get(), "g", 1), 1);
            ASSERT_EQ(wait_for(pipe.read_end.get(), Deadline::after(20s), nullptr, &signals), Wait::interrupted) << round;
            Signals::forget(SIGTERM);
        }
        ASSERT_EQ(::write(ask.write_end.get(), "e", 1), 1);
        int status = -1;
        while (::waitpid(other, &status, 0) < 0) EXPECT_EQ(errno, EINTR);
    });
}

// The handler's timer, which knocks again at calls that were entered too late, must not go on for the rest of the run.
TEST(Poll, LeavesNoTimerRunningAfterAnInterruption) {
    expect_in_child([] {
        Signals signals;
        const auto pipe = sys::Pipe::create();
        ::raise(SIGTERM);
        EXPECT_EQ(wait_for(pipe.read_end.get(), Deadline{}, nullptr, &signals), Wait::interrupted);
        Signals::forget(SIGTERM);
        const timespec while_of_it{0, 60'000'000};
        EXPECT_EQ(::nanosleep(&while_of_it, nullptr), 0) << "interrupted by our own timer";
    });
}

TEST(Poll, WithoutSignalsGoesOnThroughInterruptions) {
    expect_in_child([] {
        struct sigaction action {};
        action.sa_handler = [](int) {};
        ::sigaction(SIGUSR1, &action, nullptr);
        const auto pipe = sys::Pipe::create();
        const pid_t us = ::getpid();
        const pid_t other = ::fork();
        if (other == 0) {
            for (int count = 0; count < 500; ++count) {
                ::kill(us, SIGUSR1);
                ::usleep(20);
            }
            std::_Exit(::write(pipe.write_end.get(), "x", 1) == 1 ? 0 : 1);
        }
        EXPECT_EQ(wait_for(pipe.read_end.get(), Deadline::after(20s)), Wait::done);
        int status = -1;
        while (::waitpid(other, &status, 0) < 0) EXPECT_EQ(errno, EINTR);
        EXPECT_EQ(status, 0);
    });
}

}  // namespace
