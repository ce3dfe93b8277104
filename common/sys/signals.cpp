// SPDX-License-Identifier: MIT
#include "sys/signals.hpp"

#include <ctime>

#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdint>

#include "sys/error.hpp"

namespace sys {
namespace {

constexpr std::array ending{SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGXFSZ};
constexpr timespec again{0, 5'000'000};  // between two tries to reach a call that was entered too late

// A handler can reach nothing but these. The timer is our own (timer_create(2)), so that an alarm(2) set before exec stays.
std::atomic<std::uint64_t> noted{0};  // bit N-1: signal N
std::uint64_t pending_seen = 0;       // of those: noted by caught(), and still pending then
timer_t timer{};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "a handler may use it");

std::uint64_t bit(int signal) { return std::uint64_t{1} << (signal - 1); }

int timer_signal() { return SIGRTMAX; }

void note(int signal) {
    if (signal == timer_signal()) return;
    noted.fetch_or(bit(signal));
    const itimerspec soon{again, again};
    ::timer_settime(timer, 0, &soon, nullptr);  // async-signal-safe: signal-safety(7)
}

/// These only ever say that a write failed, which the write's own answer (EPIPE, EFBIG) says better: they stay held.
bool tells_of_a_write(int signal) { return signal == SIGPIPE || signal == SIGXFSZ; }

bool is_ignored(int signal) {
    struct sigaction action {};
    ::sigaction(signal, nullptr, &action);
    return action.sa_handler == SIG_IGN;
}

sigset_t set_of(std::initializer_list<int> signals) {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : signals) ::sigaddset(&set, signal);
    return set;
}

}  // namespace

Signals::Signals(std::initializer_list<int> more) : Signals(set_of(more)) {}

Signals::Signals(const sigset_t& more) : held_(more) {
    for (const int signal : ending) ::sigaddset(&held_, signal);
    ::sigprocmask(SIG_BLOCK, &held_, &outside_);
    while_waiting_ = outside_;
    for (const int signal : {SIGPIPE, SIGXFSZ}) ::sigaddset(&while_waiting_, signal);
}

int Signals::taken() {
    const auto bits = noted.load();
    const auto ends = bits & ~bit(SIGCHLD);
    return ends != 0 ? std::countr_zero(ends) + 1 : bits != 0 ? SIGCHLD : 0;
}

void Signals::forget(int signal) {
    noted.fetch_and(~bit(signal));
    if ((pending_seen & bit(signal)) == 0) return;
    pending_seen &= ~bit(signal);
    // It was noted while it was held back: let in later, it would be told a second time.
    const auto only = set_of({signal});
    constexpr timespec now{};
    (void)::sigtimedwait(&only, nullptr, &now);
}

int Signals::caught() {
    if (taken() != 0) return taken();
    sigset_t pending;
    ::sigpending(&pending);
    for (int signal = 1; signal < NSIG; ++signal) {
        if (tells_of_a_write(signal) || ::sigismember(&held_, signal) != 1 || ::sigismember(&pending, signal) != 1) continue;
        // One that the caller ignores (nohup, background jobs) stays pending while it is blocked, and means nothing.
        if (signal != SIGCHLD && is_ignored(signal)) continue;
        noted.fetch_or(bit(signal));
        pending_seen |= bit(signal);
    }
    return taken();
}

void Signals::listen() {
    if (listening_) return;
    listening_ = true;
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = timer_signal();
    if (::timer_create(CLOCK_MONOTONIC, &event, &timer) < 0) throw Error(errno, "cannot create a timer");

    struct sigaction action {};
    action.sa_handler = note;
    ::sigfillset(&action.sa_mask);
    child_ignored_ = is_ignored(SIGCHLD);
    for (int signal = 1; signal < NSIG; ++signal) {
        if (tells_of_a_write(signal) || ::sigismember(&held_, signal) != 1) continue;
        // An ignored SIGCHLD would reap our children before we can ask for their status.
        if (signal == SIGCHLD || !is_ignored(signal)) ::sigaction(signal, &action, nullptr);
    }
    ::sigaction(timer_signal(), &action, nullptr);
}

void Signals::begin(const Deadline& deadline) {
    listen();
    if (!deadline.never()) {
        constexpr long long second = 1'000'000'000;
        const long long left = deadline.left().count();
        const itimerspec until{again, {static_cast<time_t>(left / second), static_cast<long>(left % second) + (left == 0 ? 1 : 0)}};
        ::timer_settime(timer, 0, &until, nullptr);
    }
    sigset_t open = held_;
    for (const int signal : {SIGPIPE, SIGXFSZ}) ::sigdelset(&open, signal);
    ::sigaddset(&open, timer_signal());
    ::sigprocmask(SIG_UNBLOCK, &open, nullptr);
}

void Signals::end() {
    ::sigprocmask(SIG_BLOCK, &held_, nullptr);
    disarm();
}

void Signals::disarm() {
    const itimerspec none{};
    ::timer_settime(timer, 0, &none, nullptr);
}

void Signals::release() {
    if (listening_) {
        // After an exec a disposition is the default or to ignore, and those that were ignored were left alone.
        struct sigaction action {};
        for (int signal = 1; signal < NSIG; ++signal) {
            if (tells_of_a_write(signal) || ::sigismember(&held_, signal) != 1 || is_ignored(signal)) continue;
            action.sa_handler = signal == SIGCHLD && child_ignored_ ? SIG_IGN : SIG_DFL;
            ::sigaction(signal, &action, nullptr);
        }
        listening_ = false;
        ::timer_delete(timer);
    }
    ::sigprocmask(SIG_SETMASK, &outside_, nullptr);
}

void stop_by(int signal) {
    struct sigaction action {};
    struct sigaction before {};
    action.sa_handler = SIG_DFL;
    ::sigaction(signal, &action, &before);
    sigset_t only;
    sigset_t mask;
    ::sigemptyset(&only);
    ::sigaddset(&only, signal);
    (void)::raise(signal);
    ::sigprocmask(SIG_UNBLOCK, &only, &mask);
    ::sigprocmask(SIG_SETMASK, &mask, nullptr);
    ::sigaction(signal, &before, nullptr);
}

void end_by(int signal) {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    ::sigaction(signal, &action, nullptr);
    sigset_t only;
    ::sigemptyset(&only);
    ::sigaddset(&only, signal);
    (void)::raise(signal);
    ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
}

}  // namespace sys
