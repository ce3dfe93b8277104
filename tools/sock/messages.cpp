// SPDX-License-Identifier: MIT
#include "messages.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "cli/out.hpp"
#include "cli/talk.hpp"
#include "ipc/connection.hpp"
#include "sys/error.hpp"
#include "sys/poll.hpp"

namespace tools::sock {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t most_at_once = 64;
constexpr std::chrono::seconds usual_quiet{1};  // behind the end of input: datagrams have none of their own

std::string counted(std::uint64_t count) { return fmt::format("{} message{}", count, count == 1 ? "" : "s"); }

}  // namespace

Messages::Messages(const ExchangeOptions& options, int socket, std::string name, const sys::Deadline& deadline, sys::Signals& signals)
    : options_(options),
      socket_(socket),
      name_(std::move(name)),
      has_end_(type_of(socket) == SOCK_SEQPACKET),
      deadline_(deadline),
      signals_(signals),
      begin_(Clock::now()),
      input_(sys::Stream::inherited(STDIN_FILENO, sys::Stream::Way::read)),
      buffer_(largest_udp, '\0'),
      inbox_(name_, false),
      delivery_(cli::Framing::raw, {}, signals),
      sending_(!options.receive_only) {
    outbox_.use(sys::duplicate(socket), name_);
    inbox_.add(sys::duplicate(socket));
}

void Messages::restart_clocks(bool received) {
    if (options_.idle_timeout) idle_ = sys::Deadline::after(options_.idle_timeout->length);
    // An end of the other side is waited for so long and no longer; where there is none, until nothing comes any more.
    if (sending_ || options_.receive_only || (has_end_ && received)) return;
    if (options_.linger) linger_ = sys::Deadline::after(options_.linger->length);
    if (!options_.linger && !has_end_) linger_ = sys::Deadline::after(usual_quiet);
}

void Messages::input_ended() {
    sending_ = false;
    if (!closed_by_) closed_by_ = "us";
    restart_clocks(false);
    if (has_end_ && !options_.no_half_close) (void)::shutdown(socket_, SHUT_WR);
}

/// Reads one and sends it, or sends the one that found no room before.
bool Messages::send_one() {
    if (outbox_.held().empty()) {
        const auto got = input_.read(buffer_);
        if (got.error == EAGAIN) return false;
        if (got.error != 0) throw sys::Error(got.error, fmt::format("standard input: cannot read behind {} bytes", bytes_read_));
        if (got.bytes == 0) return input_ended(), true;
        bytes_read_ += got.bytes;
        outbox_.add(std::string_view{buffer_}.substr(0, got.bytes));
    }
    // What comes meanwhile must be taken: the other side may wait for that before it takes anything.
    return outbox_.flush(sys::Deadline::after({}), signals_) == sys::Wait::done;
}

void Messages::other_side_ended() {
    receiving_ = false;
    if (!closed_by_) closed_by_ = "peer";
    pollfd entry{socket_, 0, 0};
    const bool gone = ::poll(&entry, 1, 0) == 1 && (entry.revents & POLLHUP) != 0;
    if (gone || options_.end_with_peer || options_.receive_only || ::isatty(STDIN_FILENO) == 1) sending_ = sending_ && !outbox_.held().empty();
}

bool Messages::receive_some() {
    inbox_.take(taken_, most_at_once);
    if (!taken_.empty() && !first_) first_ = Clock::now() - begin_;
    received_ += taken_.size();
    for (const auto& message : taken_) bytes_received_ += message.bytes.size();
    if (!options_.send_only) delivery_.deliver(taken_);
    if (inbox_.ended()) other_side_ended();
    return !taken_.empty();
}

bool Messages::finished() const {
    if (sending_) return false;
    return !receiving_ || options_.send_only;
}

Messages::Why Messages::wait(bool moved) {
    const bool holds = !outbox_.held().empty();
    const short events = static_cast<short>((receiving_ ? POLLIN : 0) | (holds ? POLLOUT : 0));
    std::vector<pollfd> entries{{socket_, events, 0}, {options_.send_only ? -1 : STDOUT_FILENO, 0, 0}};
    if (sending_ && !holds) entries.push_back({input_.fd(), POLLIN, 0});
    auto until = deadline_;
    auto why = Why::deadline;
    if (linger_.left() < until.left()) until = linger_, why = Why::linger;
    if (idle_.left() < until.left()) until = idle_, why = Why::idle;
    const auto how = sys::poll(entries, moved ? sys::Deadline::after({}) : until, &signals_);
    if (how == sys::Wait::interrupted) return Why::signal;
    if ((entries[1].revents & POLLERR) != 0) cli::output_failed(EPIPE, signals_);
    if (!receiving_ && (entries[0].revents & (POLLHUP | POLLERR)) != 0) sending_ = false;
    return how == sys::Wait::gave_up && until.past() ? why : Why::done;
}

Messages::Why Messages::move() {
    restart_clocks(false);
    while (!finished()) {
        const bool sent = sending_ && send_one();
        const bool received = receiving_ && receive_some();
        if (sent || received) restart_clocks(received);
        if (signals_.caught() != 0) return Why::signal;
        if (((sent || received) && !deadline_.past()) || finished()) continue;
        if (const auto why = wait(sent || received); why != Why::done) return why;
    }
    return Why::done;
}

Moved Messages::moved() const {
    std::uint64_t held = 0;
    for (const auto& message : outbox_.held()) held += message.size();
    Moved moved{bytes_read_ - held, bytes_received_, {}, first_, closed_by_, error_, outbox_.sent(), received_};
    if (const auto left = ipc::unsent(socket_); has_end_ && left && *left == 0 && error_ == 0) moved.taken = moved.sent;
    return moved;
}

cli::Exit Messages::complain_of(std::string_view reason, cli::Exit status) const {
    auto words = fmt::format("{}; {} sent, {} received", reason, counted(outbox_.sent()), received_);
    if (!outbox_.held().empty()) words += fmt::format("; one of {} bytes read and not sent", outbox_.held().front().size());
    cli::complain(words);
    return status;
}

cli::Exit Messages::finish(Why why) {
    const auto gave_up = [&](std::string_view reason) { return complain_of(fmt::format("{}: gave up: {}", name_, reason), cli::Exit::gave_up); };
    if (why == Why::deadline) return gave_up("the time is over");
    if (why == Why::idle) return gave_up("nothing moved for " + text::spell(*options_.idle_timeout));
    if (why == Why::linger && has_end_) return gave_up("the other side did not end within " + text::spell(*options_.linger));
    if (why == Why::signal) return outbox_.held().empty() ? cli::Exit::ok : complain_of(name_ + ": ended by a signal", cli::Exit::ok);
    if (has_end_) {
        if (const auto wait = ipc::until_taken(socket_, deadline_, signals_, error_); wait != sys::Wait::done)
            return finish(wait == sys::Wait::interrupted ? Why::signal : Why::deadline);
    } else {
        error_ = outbox_.complaint();
    }
    if (error_ == 0 && outbox_.held().empty()) return cli::Exit::ok;
    return complain_of(fmt::format("{}: {}", name_, error_ != 0 ? sys::error_text(error_) : "closed by the other side"), cli::Exit::gone);
}

cli::Exit Messages::run() {
    auto status = cli::Exit::ok;
    try {
        status = finish(move());
    } catch (const sys::Error& failure) {
        error_ = failure.number();
        status = complain_of(failure.what(), cli::exit_for(error_));
        if (!failure.hint().empty()) cli::hint(failure.hint());
    }
    if (const auto dropped = inbox_.dropped(); dropped > 0) cli::complain(fmt::format("{}: {} dropped: there was no room", name_, counted(dropped)));
    if (const int signal = sys::Signals::taken(); signal != 0) sys::end_by(signal);
    return status;
}

}  // namespace tools::sock
