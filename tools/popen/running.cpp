// SPDX-License-Identifier: MIT
#include "running.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "cli/exit.hpp"
#include "cli/talk.hpp"
#include "ipc/pipe.hpp"
#include "sys/error.hpp"
#include "sys/poll.hpp"
#include "text/escape.hpp"
#include "text/number.hpp"

namespace tools::popen {
namespace {

using namespace std::chrono_literals;

constexpr auto settle_time = 2s;

/// All that can be passed on. Those of a fault stay with us, SIGPIPE and SIGXFSZ tell of our own writes, and the last one
/// is the timer of sys::Signals.
sigset_t passed_on() {
    sigset_t all;
    ::sigfillset(&all);
    for (const int signal : {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGRTMAX}) ::sigdelset(&all, signal);
    return all;
}

bool same_file(int one, int other) {
    struct stat first {};
    struct stat second {};
    return ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/// At most this much of it can have been written before a moment.
std::size_t capacity_of(const sys::Stream& source) { return ipc::pipe_capacity(source.fd()).value_or(1 << 16); }

bool ignored(int signal) {
    struct sigaction action {};
    ::sigaction(signal, nullptr, &action);
    return action.sa_handler == SIG_IGN;
}

}  // namespace

sys::Child start_child(const sys::Spawn& spawn) {
    try {
        return sys::Child::start(spawn);
    } catch (const sys::Error& failure) {
        throw StartFailure{failure};
    }
}

int become(int argc, char** argv) {
    cli::speak_as("popen", "run");
    const auto number = [&](int at) { return argc > at ? text::whole_number(argv[at], 0, 1U << 30).value_or(0) : 0; };
    const int death = static_cast<int>(number(2));
    if (argc < 6) return static_cast<int>(cli::Exit::usage);
    if (number(4) != 0) {
        struct sigaction action {};
        action.sa_handler = SIG_IGN;
        ::sigaction(SIGCHLD, &action, nullptr);
    }
    if (death != 0) {
        ::prctl(PR_SET_PDEATHSIG, death);
        // It may have died before it could be asked for.
        if (::getppid() != static_cast<pid_t>(number(3))) sys::end_by(death);
    }
    try {
        sys::become({argv + 5, argv + argc});
    } catch (const sys::Error& failure) {
        cli::complain(failure.what());
        return static_cast<int>(cli::exit_for_start(failure.number()));
    }
}

Running::Running(const Plan& plan) : plan_(plan), signals_(passed_on()) {}

int Running::handed_on(sys::Fd fd) {
    handed_.push_back(std::move(fd));
    return handed_.back().get();
}

std::optional<Lines> Running::lines(const std::optional<std::string>& tag, bool shared) const {
    if (!plan_.by_line()) return std::nullopt;
    return Lines{tag.value_or(""), plan_.clock, shared};
}

void Running::connect_terminal(sys::Spawn& spawn) {
    const bool interactive = ::isatty(STDIN_FILENO) == 1;
    sys::Pty::Shape shape;
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (const auto size = sys::window_size(fd); size) {
            shape.size = *size;
            break;
        }
    }
    if (interactive) {
        raw_.emplace(STDIN_FILENO);
        (void)raw_->enter();
    }
    shape.echo = interactive;
    shape.carriage = interactive && raw_->entered();
    pty_ = sys::Pty::open(shape);
    spawn.terminal = pty_->path;
    spawn.own_session = true;
    if (interactive) {
        to_command_ = pump_.add_outlet(sys::Stream::own(sys::duplicate(pty_->master.get())), true);
        in_ = pump_.add_inlet(sys::Stream::inherited(STDIN_FILENO, sys::Stream::Way::read), to_command_);
    } else if (!plan_.writes) {
        spawn.descriptors.push_back({handed_on(sys::duplicate(STDIN_FILENO)), STDIN_FILENO});
    }
    if (!plan_.merge && ::isatty(STDERR_FILENO) != 1) {
        spawn.descriptors.push_back({handed_on(sys::duplicate(STDERR_FILENO)), STDERR_FILENO});
    }
    to_output_ = pump_.add_outlet(sys::Stream::inherited(STDOUT_FILENO, sys::Stream::Way::write), false);
    out_ = pump_.add_inlet(sys::Stream::own(sys::duplicate(pty_->master.get())), to_output_, lines(plan_.tag, true));
    out_->terminal = true;
}

void Running::connect_output(sys::Spawn& spawn) {
    // Two pipes also for one output where their lines are to be told apart.
    const bool two = plan_.by_line() && !(plan_.merge && !plan_.tag_error);
    const bool one_output = plan_.merge || same_file(STDOUT_FILENO, STDERR_FILENO);
    auto pipe = sys::Pipe::create();
    output_ = ipc::pipe_identity(pipe.read_end.get(), "a pipe");
    to_output_ = pump_.add_outlet(sys::Stream::inherited(STDOUT_FILENO, sys::Stream::Way::write), false);
    out_ = pump_.add_inlet(sys::Stream::own(std::move(pipe.read_end)), to_output_, lines(plan_.tag, two && one_output));
    const int end = handed_on(std::move(pipe.write_end));
    spawn.descriptors.push_back({end, STDOUT_FILENO});
    if (!two) {
        if (plan_.merge) spawn.descriptors.push_back({end, STDERR_FILENO});
        return;
    }
    pipe = sys::Pipe::create();
    to_error_ = one_output ? to_output_ : pump_.add_outlet(sys::Stream::inherited(STDERR_FILENO, sys::Stream::Way::write), false);
    err_ = pump_.add_inlet(sys::Stream::own(std::move(pipe.read_end)), to_error_, lines(plan_.tag_error ? plan_.tag_error : plan_.tag, one_output));
    spawn.descriptors.push_back({handed_on(std::move(pipe.write_end)), STDERR_FILENO});
}

void Running::connect(sys::Spawn& spawn) {
    if (plan_.pty) connect_terminal(spawn);
    if (plan_.writes && !in_) {
        auto pipe = sys::Pipe::create();
        to_command_ = pump_.add_outlet(sys::Stream::own(std::move(pipe.write_end)), true);
        in_ = pump_.add_inlet(sys::Stream::inherited(STDIN_FILENO, sys::Stream::Way::read), to_command_);
        spawn.descriptors.push_back({handed_on(std::move(pipe.read_end)), STDIN_FILENO});
    }
    if (plan_.pty) return;
    if (plan_.reads || plan_.by_line()) {
        connect_output(spawn);
    } else if (plan_.merge) {
        spawn.descriptors.push_back({handed_on(sys::duplicate(STDOUT_FILENO)), STDERR_FILENO});
    }
}

Outcome Running::run() {
    sys::Spawn spawn;
    // posix_spawn(3) can neither ask for a signal at our death nor leave SIGCHLD ignored, which we must not.
    if (const bool child_ignored = ignored(SIGCHLD); plan_.die_with_parent || child_ignored) {
        spawn.words = {"/proc/self/exe", become_word, std::to_string(plan_.die_with_parent ? plan_.signal : 0), std::to_string(::getpid()),
                       child_ignored ? "1" : "0"};
    }
    spawn.words.insert(spawn.words.end(), plan_.words.begin(), plan_.words.end());
    spawn.mask = &signals_.outside();
    spawn.own_group = !plan_.foreground;
    connect(spawn);
    signals_.listen();
    if (plan_.subreaper) ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    child_ = start_child(spawn);
    handed_.clear();
    if (pty_) pty_->slave = {};
    while (!finished()) wait_once();

    Outcome outcome;
    if (has_tty_) sys::give_foreground(tty_.get(), ::getpgrp());
    if (raw_) raw_->leave();
    if (!ended_) ended_ = child_->wait();
    outcome.ended = *ended_;
    outcome.pid = child_->pid();
    outcome.wall = end_ - begin_;
    account(outcome);
    return outcome;
}

bool Running::finished() const {
    if (!over_) return false;
    return abandoned_ || (!pump_.busy() && (reaped_all_ || !plan_.subreaper || !plan_.wait_all));
}

sys::Deadline Running::next_moment() const {
    if (over_ && !settle_.never()) return settle_;
    if (!kill_at_.never() && !killed_) return kill_at_;
    return timed_out_ ? sys::Deadline{} : plan_.limit;
}

void Running::wait_once() {
    if (in_ && in_->source && !has_tty_ && !over_ && sys::in_background(STDIN_FILENO)) {
        // SIGTTIN is held back, and a read would only fail: stop as any other program does.
        suspend(SIGTTIN, false);
        if (sys::in_background(STDIN_FILENO)) pump_.end(*in_);
    }
    std::vector<pollfd> entries;
    if (!over_) entries.push_back({child_->fd(), POLLIN, 0});
    pump_.suspend_on = raw_ && raw_->entered() && !over_ ? sys::suspend_character(pty_->master.get()) : std::nullopt;
    // ^Z is the terminal's only while the command itself is in front: a shell in there has jobs of its own.
    if (pump_.suspend_on && ::tcgetpgrp(pty_->master.get()) != child_->pid()) pump_.suspend_on.reset();
    pump_.ask(entries);
    if (finished()) return;
    const auto wait = sys::poll(entries, next_moment(), &signals_);
    if (wait == sys::Wait::gave_up) moment_came();
    if (wait == sys::Wait::done) pump_.move(entries);
    take_signals();
    if (pty_ && in_ && in_->error != 0 && !hung_up_) {
        // Our terminal is gone, and so is the command's.
        hung_up_ = true;
        tell(SIGHUP);
        tell(SIGCONT);
    }
    if (pump_.suspend_asked) {
        pump_.suspend_asked = false;
        child_->signal_group(SIGSTOP);
        suspend(SIGTSTP, false);
    }
    if (wait == sys::Wait::done && !over_ && entries.front().revents != 0) command_ended();
}

void Running::moment_came() {
    if (over_ && !settle_.never()) {
        abandoned_ = true;
    } else if (!kill_at_.never() && !killed_) {
        killed_ = true;
        tell(SIGKILL);
    } else {
        timed_out_ = true;
        tell(plan_.signal);
        tell(SIGCONT);  // a stopped command gets no other signal
        if (plan_.kill_after) kill_at_ = sys::Deadline::after(*plan_.kill_after);
        if (over_) settle_ = plan_.kill_after ? kill_at_ : sys::Deadline::after(settle_time);
    }
}

/// While the command is not collected its number is its own; afterwards only as long as a member of its group is our child.
void Running::tell(int signal) const {
    siginfo_t info{};
    if (ended_ && ::waitid(P_PGID, static_cast<id_t>(child_->pid()), &info, WEXITED | WNOHANG | WNOWAIT) < 0) return;
    if (plan_.foreground && !pty_) {
        child_->signal(signal);
    } else {
        child_->signal_group(signal);
    }
}

void Running::take_signals() {
    (void)signals_.caught();
    for (int signal = sys::Signals::taken(); signal != 0; signal = sys::Signals::taken()) {
        sys::Signals::forget(signal);
        take_signal(signal);
    }
}

void Running::take_signal(int signal) {
    const bool of_terminal = signal == SIGINT || signal == SIGQUIT || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU || signal == SIGWINCH;
    if (signal == SIGCHLD) {
        if (!over_) command_stopped(child_->stopped());
        if (plan_.subreaper) reap();
    } else if (signal == SIGWINCH && pty_) {
        for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
            if (const auto size = sys::window_size(fd); size) return sys::set_window_size(pty_->master.get(), *size);
        }
    } else if (signal == SIGTSTP && pty_) {
        tell(SIGSTOP);
        suspend(SIGTSTP, false);
    } else if (over_) {
        // It ended, and we deliver the rest: whoever asks us to end now means it.
        if (signal == SIGHUP || signal == SIGINT || signal == SIGQUIT || signal == SIGTERM) abandoned_ = true, forwarded_ = signal;
    } else if (!plan_.foreground || pty_ || !of_terminal) {
        // In our own group the terminal has sent those to the command as well.
        tell(signal);
        if (signal != SIGCONT && signal != SIGTSTP && signal != SIGWINCH) forwarded_ = signal;
    }
}

void Running::command_ended() {
    over_ = true;
    end_ = std::chrono::steady_clock::now();
    if (plan_.subreaper) {
        ended_ = child_->wait();
        reap();
    }
    if (in_) pump_.end(*in_);
    if (to_command_) {
        // What stands in the pipe is nobody's now, unless a descendant reads on.
        const int pipe = to_command_->sink ? to_command_->sink.fd() : to_command_->rest.get();
        if (const auto left = ipc::pipe_queued(pipe); left && !pty_ && !plan_.wait_all) to_command_->written -= std::min(*left, to_command_->written);
        if (!plan_.wait_all && to_command_->error == 0) to_command_->error = EPIPE;
    }
    if (forwarded_ != 0 || timed_out_) settle_ = sys::Deadline::after(settle_time);
    if (plan_.wait_all) return;
    for (auto* inlet : {out_, err_}) {
        if (inlet && inlet->source) pump_.take_rest(*inlet, capacity_of(inlet->source));
    }
}

/// A command in a group of its own that wants the terminal gets it, if it is ours to give.
void Running::command_stopped(int signal) {
    if (signal != SIGTSTP && signal != SIGTTIN && signal != SIGTTOU) return;
    if (pty_) return;
    if (!tty_) tty_ = sys::Fd{::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)};
    if (!tty_) return;
    if (signal != SIGTSTP && !plan_.foreground && sys::in_foreground(tty_.get())) {
        sys::give_foreground(tty_.get(), child_->pid());
        has_tty_ = true;
        child_->signal_group(SIGCONT);
        return;
    }
    suspend(signal, has_tty_);
}

/// The shell that started us sees us stop, and continues us; then the command goes on.
void Running::suspend(int signal, bool whole_group) {
    if (raw_) raw_->leave();
    if (has_tty_) sys::give_foreground(tty_.get(), ::getpgrp());
    // The terminal told the command's group only; the others of our pipeline are to stop as well.
    if (whole_group) ::kill(0, signal);
    sys::stop_by(signal);
    sys::Signals::forget(signal);
    if (raw_) (void)raw_->enter();
    if (has_tty_ && sys::in_foreground(tty_.get())) sys::give_foreground(tty_.get(), child_->pid());
    if (!plan_.foreground || pty_) child_->signal_group(SIGCONT);
    sys::Signals::forget(SIGCONT);
}

void Running::reap() {
    for (;;) {
        siginfo_t info{};
        if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0) {
            reaped_all_ = errno == ECHILD;
            return;
        }
        if (info.si_pid == 0 || (info.si_pid == child_->pid() && !ended_)) return;
        (void)::waitid(P_PID, static_cast<id_t>(info.si_pid), &info, WEXITED | WNOHANG);
    }
}

void Running::account(Outcome& outcome) {
    outcome.timed_out = timed_out_;
    outcome.killed = killed_;
    outcome.forwarded = forwarded_;
    outcome.abandoned = abandoned_;
    const auto in_hand = [](const Outlet* outlet) { return outlet ? outlet->pending.size() : 0; };
    const auto held = [](const Inlet* inlet) { return inlet && inlet->lines ? inlet->lines->held() : 0; };
    for (const auto& [inlet, outlet, name] : {std::tuple{out_, to_output_, "standard output"}, std::tuple{err_, to_error_, "standard error"}}) {
        if (!inlet) continue;
        if (inlet->error != 0) throw sys::Error(inlet->error, fmt::format("{}: cannot read from the command", name));
        const auto lost = in_hand(outlet) + held(inlet);
        const bool refused = outlet->error != 0 && outlet->error != EPIPE && outlet->error != EINTR;
        if (refused) {
            outcome.output_error = outlet->error;
            cli::complain(fmt::format("{}: cannot write: {}; {} bytes read from the command, {} delivered", name, sys::error_text(outlet->error), inlet->taken,
                                      outlet->written));
        } else if (lost != 0 && outlet->error != EPIPE) {
            cli::complain(fmt::format("{}: {} bytes read from the command, {} delivered", name, inlet->taken, outlet->written));
        } else if (outlet->error == EPIPE) {
            outcome.output_error = EPIPE;
        }
    }
    if (out_) outcome.bytes_out = out_->taken;
    if (err_) outcome.bytes_error = err_->taken;
    if ((out_ && out_->still_open) || (err_ && err_->still_open)) name_holders();
    if (!in_ || pty_) return;
    if (in_->error != 0) throw sys::Error(in_->error, "standard input: cannot read");
    outcome.bytes_in = to_command_->written;
    const auto left = in_->taken - to_command_->written;
    if (left == 0 || ::lseek(STDIN_FILENO, -static_cast<off_t>(left), SEEK_CUR) >= 0) return;
    cli::note(fmt::format("standard input: {} bytes read, {} taken by the command", in_->taken, to_command_->written));
}

void Running::name_holders() const {
    std::string who;
    for (const auto& pipe : ipc::list_pipes(false).pipes) {
        if (pipe.identity != output_ || pipe.identity.inode == 0) continue;
        for (const auto& holder : pipe.holders) {
            if (holder.writes) who += fmt::format("{}process {} ({})", who.empty() ? "" : ", ", holder.pid, text::escape(holder.command));
        }
    }
    cli::note(fmt::format("the command ended, but {} still has its output open; --wait-all waits for that", who.empty() ? "a process that it started" : who));
}

}  // namespace tools::popen
