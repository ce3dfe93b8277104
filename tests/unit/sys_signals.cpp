// SPDX-License-Identifier: MIT
// sys/signals: calls without a timeout end at the deadline or by a signal, also by one that comes just before the call.
#include "sys/signals.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <random>

#include "in_child.hpp"
#include "sys/fd.hpp"

// Each case runs in a child: handlers, masks and what was noted belong to the whole process.
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using sys::Deadline;
using sys::Signals;
using sys::Wait;

/// A call that blocks until a byte is written, and answers 0 or an errno: what msgrcv(2) and flock(2) are to run().
struct Blocking {
    sys::Pipe pipe = sys::Pipe::create();
    int calls = 0;
    int operator()() {
        ++calls;
        char byte = 0;
        return ::read(pipe.read_end.get(), &byte, 1) < 0 ? errno : 0;
    }
};

/// Waits until the process sleeps.
void wait_for_sleep(pid_t pid) {
    const auto stat = "/proc/" + std::to_string(pid) + "/stat";
    for (std::string line; line.find(") S") == std::string::npos;) std::getline(std::ifstream{stat}, line);
}

/// Runs act() in another process while this one sleeps.
template <class Act>
pid_t while_we_sleep(Act act) {
    const pid_t us = ::getpid();
    const pid_t other = ::fork();
    if (other == 0) {
        wait_for_sleep(us);
        act(us);
        std::_Exit(0);
    }
    return other;
}

void reap(pid_t pid) {
    int status = -1;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    EXPECT_EQ(status, 0);
}

template <class Body>
std::chrono::nanoseconds timed(Body body) {
    const auto start = Clock::now();
    body();
    return Clock::now() - start;
}

TEST(SignalsRun, AnswersWithTheCallsOwnResult) {
    expect_in_child([] {
        Signals signals;
        Blocking read;
        ASSERT_EQ(::write(read.pipe.write_end.get(), "x", 1), 1);
        int error = -1;
        EXPECT_EQ(signals.run(Deadline{}, error, std::ref(read)), Wait::done);
        EXPECT_EQ(error, 0);
        EXPECT_EQ(signals.run(Deadline::after(1h), error, [] { return ENOSPC; }), Wait::done);
        EXPECT_EQ(error, ENOSPC);
        EXPECT_EQ(Signals::taken(), 0);
    });
}

TEST(SignalsRun, GivesUpAtTheDeadlineAndNotBefore) {
    expect_in_child([] {
        Signals signals;
        Blocking read;
        int error = -1;
        const auto length = timed([&] { EXPECT_EQ(signals.run(Deadline::after(60ms), error, std::ref(read)), Wait::gave_up); });
        EXPECT_EQ(error, 0);
        EXPECT_GE(length, 60ms);
        EXPECT_LT(length, 3s);
        EXPECT_EQ(Signals::taken(), 0);
    });
}

TEST(SignalsRun, DoesNotBeginWhenTheDeadlineIsPast) {
    expect_in_child([] {
        Signals signals;
        Blocking read;
        int error = -1;
        EXPECT_EQ(signals.run(Deadline::after(0ns), error, std::ref(read)), Wait::gave_up);
        EXPECT_EQ(read.calls, 0);
        EXPECT_EQ(error, 0);
    });
}

TEST(SignalsRun, DoesNotBeginWhenASignalCameBefore) {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGALRM}) {
        expect_in_child([signal] {
            Signals signals;
            Blocking read;
            ::raise(signal);
            int error = -1;
            EXPECT_EQ(signals.run(Deadline{}, error, std::ref(read)), Wait::interrupted);
            EXPECT_EQ(read.calls, 0);
            EXPECT_EQ(error, 0);
            EXPECT_EQ(Signals::taken(), signal);
            EXPECT_EQ(signals.run(Deadline{}, error, std::ref(read)), Wait::interrupted) << "it stays noted";
            EXPECT_EQ(read.calls, 0);
        });
    }
}

TEST(SignalsRun, EndsByASignalDuringTheCall) {
    expect_in_child([] {
        Signals signals;
        Blocking read;
        int error = -1;
        const auto other = while_we_sleep([](pid_t us) { ::kill(us, SIGTERM); });
        EXPECT_EQ(signals.run(Deadline{}, error, std::ref(read)), Wait::interrupted);
        EXPECT_EQ(Signals::taken(), SIGTERM);
        EXPECT_EQ(error, 0);
        reap(other);
    });
}

// The signal is delivered after run() has looked and before the call blocks: only a second knock can end the call.
TEST(SignalsRun, EndsBySignalThatComesJustBeforeTheCallTwoHundredTimes) {
    expect_in_child([] {
        Signals signals;
        Blocking read;
        for (int round = 0; round < 200; ++round) {
            int error = -1;
            const auto length = timed([&] {
                EXPECT_EQ(signals.run(Deadline{}, error,
                                      [&] {
                                          ::raise(SIGTERM);
                                          return read();
                                      }),
                          Wait::interrupted);
            });
            ASSERT_EQ(error, 0);
            ASSERT_LT(length, 2s);
            ASSERT_EQ(Signals::taken(), SIGTERM);
            Signals::forget(SIGTERM);
            ASSERT_EQ(Signals::taken(), 0);
        }
        EXPECT_EQ(read.calls, 200);
    });
}

TEST(SignalsRun, EndsAtADeadlineThatPassesJustBeforeTheCallTwoHundredTimes) {
    expect_in_child([] {
        Signals signals;
        Blocking read;
        for (int round = 0; round < 200; ++round) {
            int error = -1;
            const auto deadline = Deadline::after(200us);
            const auto call = [&] {
                // Past the deadline, and past the first ring of the timer as well.
                while (!deadline.past()) continue;
                return read();
            };
            const auto length = timed([&] { EXPECT_EQ(signals.run(deadline, error, call), Wait::gave_up); });
            ASSERT_LT(length, 2s);
            ASSERT_EQ(error, 0);
        }
    });
}

TEST(SignalsRun, LosesNoSignalWhateverTheMomentItComes) {
    expect_in_child([] {
        Signals signals;
        Blocking read;
        const auto ask = sys::Pipe::create();
        const pid_t us = ::getpid();
        const pid_t other = ::fork();
        if (other == 0) {
            // One signal for each byte, after a random little while.
            std::mt19937 random{5};
            for (char byte = 0; ::read(ask.read_end.get(), &byte, 1) == 1 && byte == 'g';) {
                for (auto spin = random() % 64; spin > 0; --spin) ::sched_yield();
                ::kill(us, SIGINT);
            }
            std::_Exit(0);
        }
        for (int round = 0; round < 200; ++round) {
            ASSERT_EQ(::write(ask.write_end.get(), "g", 1), 1);
            int error = -1;
            ASSERT_EQ(signals.run(Deadline::after(20s), error, std::ref(read)), Wait::interrupted) << round;
            Signals::forget(SIGINT);
        }
        ASSERT_EQ(::write(ask.write_end.get(), "e", 1), 1);
        reap(other);
    });
}

TEST(SignalsRun, GoesOnThroughAStormOfOtherSignals) {
    expect_in_child([] {
        struct sigaction action {};
        action.sa_handler = [](int) {};
        ::sigaction(SIGUSR1, &action, nullptr);  // without SA_RESTART: every one ends the call with EINTR
        Signals signals;
        Blocking read;
        const auto other = while_we_sleep([&](pid_t us) {
            for (int count = 0; count < 3000; ++count) {
                ::kill(us, SIGUSR1);
                ::sched_yield();  // so that the call is entered again between two signals, also on one busy processor
            }
            (void)!::write(read.pipe.write_end.get(), "x", 1);
        });
        int error = -1;
        EXPECT_EQ(signals.run(Deadline{}, error, std::ref(read)), Wait::done);
        EXPECT_EQ(error, 0);
        EXPECT_GT(read.calls, 1) << "not one call was interrupted";
        EXPECT_EQ(Signals::taken(), 0);
        reap(other);
    });
}

TEST(SignalsRun, IsNotStretchedByAStorm) {
    expect_in_child([] {
        struct sigaction action {};
        action.sa_handler = [](int) {};
        ::sigaction(SIGUSR1, &action, nullptr);
        Signals signals;
        Blocking read;
        const pid_t us = ::getpid();
        const pid_t storm = ::fork();
        if (storm == 0) {
            while (::getppid() == us) {
                ::kill(us, SIGUSR1);
                ::usleep(100);
            }
            std::_Exit(0);
        }
        int error = -1;
        const auto length = timed([&] { EXPECT_EQ(signals.run(Deadline::after(100ms), error, std::ref(read)), Wait::gave_up); });
        EXPECT_GE(length, 100ms);
        EXPECT_LT(length, 3s);
        ::kill(storm, SIGKILL);
        int status = 0;
        while (::waitpid(storm, &status, 0) < 0 && errno == EINTR) continue;
    });
}

TEST(SignalsRun, GoesOnAfterStopAndContinue) {
    expect_in_child([] {
        Signals signals;
        Blocking read;
        const auto other = while_we_sleep([&](pid_t us) {
            ::kill(us, SIGSTOP);
            const auto stat = "/proc/" + std::to_string(us) + "/stat";
            for (std::string line; line.find(") T") == std::string::npos;) std::getline(std::ifstream{stat}, line);
            ::kill(us, SIGCONT);
            wait_for_sleep(us);
            (void)!::write(read.pipe.write_end.get(), "x", 1);
        });
        int error = -1;
        EXPECT_EQ(signals.run(Deadline::after(20s), error, std::ref(read)), Wait::done);
        EXPECT_EQ(error, 0);
        reap(other);
    });
}

TEST(SignalsRun, IsInterruptedByAChildsEndWhenAskedFor) {
    expect_in_child([] {
        Signals signals{SIGCHLD};
        Blocking read;
        int error = -1;
        const auto other = while_we_sleep([](pid_t) {});
        EXPECT_EQ(signals.run(Deadline{}, error, std::ref(read)), Wait::interrupted);
        EXPECT_EQ(Signals::taken(), SIGCHLD);
        reap(other);
        Signals::forget(SIGCHLD);
        EXPECT_EQ(Signals::taken(), 0);
        ::raise(SIGCHLD);
        ::raise(SIGTERM);
        EXPECT_EQ(signals.caught(), SIGTERM) << "what ends the program comes first";
        Signals::forget(SIGTERM);
        EXPECT_EQ(Signals::taken(), SIGCHLD);
    });
}

TEST(SignalsRun, LeavesAnIgnoredSignalIgnored) {
    expect_in_child([] {
        ::signal(SIGHUP, SIG_IGN);  // as nohup(1) does
        Signals signals;
        Blocking read;
        const auto other = while_we_sleep([&](pid_t us) {
            ::kill(us, SIGHUP);
            (void)!::write(read.pipe.write_end.get(), "x", 1);
        });
        int error = -1;
        EXPECT_EQ(signals.run(Deadline{}, error, std::ref(read)), Wait::done);
        EXPECT_EQ(Signals::taken(), 0);
        reap(other);
        ::raise(SIGHUP);
        EXPECT_EQ(signals.caught(), 0);
        EXPECT_EQ(signals.run(Deadline::after(20ms), error, std::ref(read)), Wait::gave_up);
    });
}

TEST(Signals, AreHeldBackAndCaughtWhenAskedFor) {
    expect_in_child([] {
        Signals signals;
        EXPECT_EQ(signals.caught(), 0);
        ::raise(SIGTERM);
        EXPECT_EQ(Signals::taken(), 0) << "nobody has asked";
        EXPECT_EQ(signals.caught(), SIGTERM);
        EXPECT_EQ(Signals::taken(), SIGTERM);
    });
}

TEST(Signals, ForgetOneThatWasCaughtWhileHeldBack) {
    EXPECT_EXIT(
        {
            sys::Signals signals{SIGUSR1};
            signals.listen();
            ::raise(SIGUSR1);
            if (signals.caught() != SIGUSR1) std::_Exit(1);
            sys::Signals::forget(SIGUSR1);
            if (signals.caught() != 0) std::_Exit(2);
            // One that comes later is told.
            ::raise(SIGUSR1);
            std::_Exit(signals.caught() == SIGUSR1 ? 0 : 3);
        },
        testing::ExitedWithCode(0), "");
}

TEST(Signals, DoNotCountThePipeSignalOfAWriteThatAnsweredItself) {
    expect_in_child([] {
        Signals signals;
        auto pipe = sys::Pipe::create();
        pipe.read_end = sys::Fd{};
        EXPECT_EQ(::write(pipe.write_end.get(), "x", 1), -1);
        EXPECT_EQ(errno, EPIPE);
        EXPECT_EQ(signals.caught(), 0);
    });
}

TEST(Signals, ReleaseLetsAHeldSignalEndTheProcess) {
    const int status = in_child([] {
        Signals signals;
        ::raise(SIGTERM);
        signals.release();
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

TEST(Signals, ReleaseGivesBackTheMaskThatWas) {
    expect_in_child([] {
        sigset_t before;
        ::sigprocmask(SIG_SETMASK, nullptr, &before);
        Signals signals;
        Blocking read;
        int error = 0;
        EXPECT_EQ(signals.run(Deadline::after(1ms), error, std::ref(read)), Wait::gave_up);
        signals.release();
        sigset_t after;
        ::sigprocmask(SIG_SETMASK, nullptr, &after);
        for (int signal = 1; signal < NSIG; ++signal) EXPECT_EQ(::sigismember(&after, signal), ::sigismember(&before, signal)) << signal;
        for (int signal = 1; signal < NSIG; ++signal) EXPECT_EQ(::sigismember(&signals.outside(), signal), ::sigismember(&before, signal)) << signal;
    });
}

// header: "Lets everything through again, with the dispositions that were there."
TEST(Signals, ReleaseGivesBackTheDispositionsThatWere) {
    const int status = in_child([] {
        Signals signals;
        signals.listen();
        signals.release();
        ::raise(SIGTERM);
    });
    ASSERT_TRUE(WIFSIGNALED(status)) << "it lived on, with status " << WEXITSTATUS(status);
    EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

TEST(Signals, EndByShowsTheParentTheTruth) {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGALRM}) {
        const int status = in_child([signal] {
            Signals signals;
            signals.listen();
            ::raise(signal);
            sys::end_by(signal);
        });
        ASSERT_TRUE(WIFSIGNALED(status)) << signal;
        EXPECT_EQ(WTERMSIG(status), signal);
    }
    const int status = in_child([] {
        const rlimit none{0, 0};
        ::setrlimit(RLIMIT_CORE, &none);
        Signals signals;
        sys::end_by(SIGQUIT);
    });
    EXPECT_EQ(WTERMSIG(status), SIGQUIT);
}

TEST(Signals, LeaveAnAlarmThatWasSetBeforeAlone) {
    expect_in_child([] {
        ::alarm(1000);
        Signals signals;
        Blocking read;
        int error = 0;
        EXPECT_EQ(signals.run(Deadline::after(1ms), error, std::ref(read)), Wait::gave_up);
        const auto left = ::alarm(0);
        EXPECT_GE(left, 990U);
        EXPECT_LE(left, 1000U);
    });
}

}  // namespace
