// SPDX-License-Identifier: MIT
#include "exchange.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "cli/talk.hpp"
#include "ipc/connection.hpp"
#include "ipc/tcp_info.hpp"
#include "sys/error.hpp"
#include "sys/poll.hpp"

namespace tools::sock {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds grace{200};  // after a signal, for what is in hand

/// Errors of a connection, not of what is at its other end here.
bool of_socket(int error) {
    return error == ECONNRESET || error == EPIPE || error == ETIMEDOUT || error == EHOSTUNREACH || error == ENETUNREACH || error == ENETDOWN ||
           error == ECONNABORTED || error == ENOTCONN || error == ESHUTDOWN;
}

/// A descriptor that was handed to us may block, unless each call says that it must not, which splice(2) cannot.
sys::Flow::Tap without_splice(int socket) {
    if ((::fcntl(socket, F_GETFL) & O_NONBLOCK) != 0) return {};
    return [](std::string_view) {};
}

/// The other side of a unix socket has closed both ways: poll(2) tells that of unix sockets, and of no others.
bool hung_up(int socket) {
    int domain = 0;
    socklen_t length = sizeof domain;
    if (::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &length) < 0 || domain != AF_UNIX) return false;
    pollfd entry{socket, 0, 0};
    return ::poll(&entry, 1, 0) == 1 && (entry.revents & POLLHUP) != 0;
}

}  // namespace

void ExchangeOptions::check_exchange() const {
    if (send_only && receive_only) throw cli::Usage("--send-only and --receive-only exclude each other");
    if (linger && receive_only) throw cli::Usage("--linger counts from the end of input, and --receive-only reads none");
}

Exchange::Exchange(const ExchangeOptions& options, int socket, std::string name, bool active, const sys::Deadline& deadline, sys::Signals& signals)
    : options_(options),
      socket_(socket),
      name_(std::move(name)),
      active_(active),
      deadline_(deadline),
      signals_(signals),
      begin_(Clock::now()),
      nowhere_(options.send_only ? sys::open("/dev/null", O_WRONLY) : sys::Fd{}),
      out_(STDIN_FILENO, socket, without_splice(socket)),
      in_(socket, options.send_only ? nowhere_.get() : STDOUT_FILENO, without_splice(socket)),
      sending_(!options.receive_only) {
    // A reset is read off the socket itself, which says more than that nobody reads.
    out_.notice_when_writing();
}

bool Exchange::terminal_input() const { return ::isatty(STDIN_FILENO) == 1; }

/// After a step of what we send.
void Exchange::look_at_output() {
    if (!out_.over()) return;
    sending_ = false;
    if (out_.state() == sys::Flow::State::failed) {
        if (!of_socket(out_.error())) throw sys::Error(out_.error(), fmt::format("standard input: cannot read behind {} bytes", out_.bytes_read()));
        // What the other side has sent before is still there to be read.
        if (error_ == 0) error_ = out_.error();
        return;
    }
    if (!closed_by_) closed_by_ = "us";
    if (options_.linger) linger_ = sys::Deadline::after(options_.linger->length);
    if (!options_.no_half_close && ::shutdown(socket_, SHUT_WR) < 0 && error_ == 0 && errno != ENOTCONN) error_ = errno;
}

/// After a step of what we receive.
void Exchange::look_at_input() {
    if (!first_ && in_.bytes_read() > 0) first_ = Clock::now() - begin_;
    if (!in_.over()) return;
    receiving_ = false;
    if (in_.state() == sys::Flow::State::failed) {
        const bool of_output = in_.error() == EPIPE || !of_socket(in_.error()) || (in_.failed_writing() && in_.error() != ETIMEDOUT);
        if (!of_output && error_ == 0) error_ = in_.error();
        sending_ = false;
        return;
    }
    if (!closed_by_) closed_by_ = "peer";
    // Whoever has closed both ways will never read what comes later; a TCP socket does not tell that.
    if (sending_ && (options_.end_with_peer || options_.receive_only || terminal_input() || hung_up(socket_)))
        sending_ = out_.held().empty() ? false : sending_;
}

/// While only our input is awaited: whoever is gone for good takes nothing more, and poll(2) says so again and again.
void Exchange::look_for_reset() {
    pollfd entry{socket_, 0, 0};
    if (::poll(&entry, 1, 0) != 1 || (entry.revents & (POLLERR | POLLHUP)) == 0) return;
    sending_ = false;
    if (error_ == 0) error_ = ipc::pending_error(socket_);
}

bool Exchange::finished() const {
    if (sending_) return false;
    if (!receiving_) return true;
    // Nothing that comes matters: it ends when all was taken.
    return options_.send_only && error_ == 0 && out_.over() && ipc::unsent(socket_).value_or(0) == 0;
}

Exchange::Why Exchange::wait(bool moved) {
    std::vector<pollfd> entries;
    if (sending_) out_.add_to(entries);
    if (receiving_) in_.add_to(entries);
    // While only our input is awaited, the other side of a unix socket may go for good.
    if (sending_ && !receiving_) entries.push_back({socket_, 0, 0});
    auto until = deadline_;
    auto why = Why::deadline;
    const auto sooner = [&](const sys::Deadline& other, Why reason) {
        if (other.left() < until.left()) {
            until = other;
            why = reason;
        }
    };
    if (!linger_.never()) sooner(linger_, Why::linger);
    if (options_.idle_timeout) sooner(idle_, Why::idle);
    const bool looks_again = options_.send_only && !sending_;
    const auto limit = moved         ? sys::Deadline::after({})
                       : looks_again ? sys::Deadline::after(std::min<std::chrono::nanoseconds>(std::chrono::milliseconds{5}, until.left()))
                                     : until;
    const auto how = sys::poll(entries, limit, &signals_);
    if (how == sys::Wait::interrupted) return Why::signal;
    if (sending_ && !receiving_) look_for_reset();
    return how == sys::Wait::gave_up && until.past() ? why : Why::done;
}

Exchange::Why Exchange::move() {
    if (options_.idle_timeout) idle_ = sys::Deadline::after(options_.idle_timeout->length);
    while (!finished()) {
        bool moved = false;
        if (sending_) moved = out_.step() == sys::Flow::State::moved;
        if (sending_) look_at_output();
        if (receiving_) moved = in_.step() == sys::Flow::State::moved || moved;
        if (receiving_) look_at_input();
        if (moved && options_.idle_timeout) idle_ = sys::Deadline::after(options_.idle_timeout->length);
        if (signals_.caught() != 0) return Why::signal;
        if ((moved && !deadline_.past()) || finished()) continue;
        if (const auto why = wait(moved); why != Why::done) return why;
    }
    return Why::done;
}

Moved Exchange::moved() const {
    Moved moved{out_.bytes_written(), in_.bytes_written(), {}, first_, closed_by_, error_, {}, {}};
    if (const auto info = ipc::tcp_info(socket_)) {
        // The SYN of the side that has connected is counted as a byte, and so is the end.
        const std::uint64_t extra = active_ ? 1 : 0;
        const auto taken = static_cast<std::uint64_t>(info->bytes_acknowledged);
        moved.taken = std::min(moved.sent, taken - std::min(taken, extra));
    } else if (const auto left = left_ ? left_ : ipc::unsent(socket_); left && (*left == 0 && error_ == 0)) {
        moved.taken = moved.sent;
    }
    return moved;
}

/// One line with all that is known of what was lost.
cli::Exit Exchange::complain_of_loss(std::string_view reason, cli::Exit status) {
    const auto all = moved();
    auto words = fmt::format("{}: {}: {} bytes sent", name_, reason, all.sent);
    if (all.taken) words += fmt::format(", {} of them acknowledged", *all.taken);
    if (!all.taken && all.sent > 0) words += ", not all of them taken";
    words += fmt::format(", {} received", all.received);
    if (!out_.held().empty()) words += fmt::format("; {} bytes of input read and not sent", out_.held().size());
    if (!in_.held().empty()) words += fmt::format("; {} bytes received and not written", in_.held().size());
    cli::complain(words);
    return status;
}

cli::Exit Exchange::finish(Why why) {
    if (in_.state() == sys::Flow::State::failed && error_ == 0) {
        // Standard output takes no more. With SIGPIPE as it usually is, that ends us as it ends everyone.
        if (in_.error() == EPIPE) sys::end_by(SIGPIPE);
        throw sys::Error(in_.error(), fmt::format("standard output: cannot write behind {} bytes", in_.bytes_written()));
    }
    switch (why) {
        case Why::deadline: return complain_of_loss("gave up: the time is over", cli::Exit::gave_up);
        case Why::idle: return complain_of_loss(fmt::format("gave up: nothing moved for {}", text::spell(*options_.idle_timeout)), cli::Exit::gave_up);
        case Why::linger:
            return complain_of_loss(fmt::format("gave up: the other side did not end within {}", text::spell(*options_.linger)), cli::Exit::gave_up);
        case Why::signal:
        case Why::done: break;
    }
    if (why == Why::signal) {
        (void)in_.deliver_held(sys::Deadline::after(grace));
        (void)out_.deliver_held(sys::Deadline::after(grace));
        const auto all = moved();
        if (!in_.held().empty() || !out_.held().empty() || (all.taken && *all.taken < all.sent))
            (void)complain_of_loss(fmt::format("ended by signal {}", sys::Signals::taken()), cli::Exit::ok);
        return cli::Exit::ok;
    }
    if (error_ == 0) {
        const auto& until = linger_.left() < deadline_.left() ? linger_ : deadline_;
        const auto wait = ipc::until_taken(socket_, until, signals_, error_);
        if (wait == sys::Wait::interrupted) return finish(Why::signal);
        if (wait == sys::Wait::gave_up) return finish(linger_.past() ? Why::linger : Why::deadline);
    }
    if (error_ != 0) return complain_of_loss(error_ == EPIPE ? "closed by the other side" : sys::error_text(error_), cli::Exit::gone);
    if (!out_.held().empty()) return complain_of_loss("closed by the other side", cli::Exit::gone);
    return cli::Exit::ok;
}

cli::Exit Exchange::run(const std::function<void()>& cleanup) {
    const auto status = finish(move());
    if (const int signal = sys::Signals::taken(); signal != 0) {
        if (cleanup) cleanup();
        sys::end_by(signal);
    }
    return status;
}

}  // namespace tools::sock
