// SPDX-License-Identifier: MIT
#include "sessions.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "cli/talk.hpp"
#include "sys/error.hpp"
#include "sys/poll.hpp"
#include "sys/stream.hpp"

namespace tools::sock {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint64_t kinds = 4;
constexpr std::size_t few = 32;                         // so many may have large pipes
constexpr std::chrono::milliseconds connect_again{10};  // the queue of a unix listener was full
constexpr double burst = 0.1;                           // seconds of a rate that may come at once

bool blocks(int socket) { return (::fcntl(socket, F_GETFL) & O_NONBLOCK) == 0; }

}  // namespace

Sessions::Sessions(const SessionSettings& settings, Server* server, const ipc::Address& target, std::vector<ipc::Endpoint> endpoints, sys::Signals& signals)
    : settings_(settings),
      server_(server),
      listening_(server != nullptr),
      target_(target),
      endpoints_(std::move(endpoints)),
      signals_(signals),
      events_(::epoll_create1(EPOLL_CLOEXEC)),
      refilled_(Clock::now()) {
    if (!events_) throw sys::Error(errno, "cannot watch descriptors");
    if (listening_) watch_listener();
}

void Sessions::watch_listener() const {
    std::uint64_t number = 0;
    for (const auto& socket : server_->listener().sockets()) watch(socket.get(), Watched::listener, number++);
}

void Sessions::watch(int socket, Watched what, std::uint64_t number) const {
    epoll_event event{};
    // By edges, so that a side that cannot move is not told of again and again; a listener by level.
    event.events = what == Watched::listener ? EPOLLIN : static_cast<std::uint32_t>(EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
    event.data.u64 = number * kinds + static_cast<std::uint64_t>(what);
    if (::epoll_ctl(events_.get(), EPOLL_CTL_ADD, socket, &event) < 0 && (errno != EEXIST || ::epoll_ctl(events_.get(), EPOLL_CTL_MOD, socket, &event) < 0))
        throw sys::Error(errno, "cannot watch a socket");
}

void Sessions::add(Side here, Side there, std::string here_name, std::string there_name) {
    const auto number = ++numbered_;
    auto session = std::make_unique<Session>(Ends{number, std::move(here_name), std::move(there_name)}, std::move(here), std::move(there), pool_);
    // A descriptor that was handed to us may block, unless each call says that it must not: recv(2) and send(2) can.
    if (!settings_.traffic && (blocks(session->here().socket.get()) || blocks(session->there().socket.get()))) {
        session->out().tap([](std::string_view) {});
        session->back().tap([](std::string_view) {});
    }
    if (settings_.traffic) {
        session->out().tap([this, raw = session.get()](std::string_view bytes) { settings_.traffic->show(raw->ends(), true, bytes); });
        session->back().tap([this, raw = session.get()](std::string_view bytes) { settings_.traffic->show(raw->ends(), false, bytes); });
    }
    if (settings_.descriptors) {
        session->out().carry_descriptors();
        session->back().carry_descriptors();
    }
    watch(session->here().socket.get(), Watched::here, number);
    watch(session->there().socket.get(), Watched::there, number);
    make_ready(*session);
    sessions_.emplace(number, std::move(session));
}

void Sessions::let_in() {
    while (listening_) {
        auto guest = server_->admit(sessions_.size() + arriving_.size(), settings_.most, "joined");
        if (!guest) break;
        begin(std::move(*guest));
        if (!settings_.count || numbered_ < *settings_.count) continue;
        server_->close();
        listening_ = false;
    }
    // By level, it would be told of again and again.
    if (!listening_ || !server_->full()) return;
    for (const auto& socket : server_->listener().sockets()) (void)::epoll_ctl(events_.get(), EPOLL_CTL_DEL, socket.get(), nullptr);
}

void Sessions::make_room() {
    if (!listening_ || !server_->full()) return;
    server_->make_room();
    watch_listener();
}

void Sessions::begin(Guest guest) {
    const auto number = ++numbered_;
    auto& arriving = *arriving_.emplace(number, std::make_unique<Arriving>(number, std::move(guest), target_, endpoints_)).first->second;
    follow(arriving, arriving.next());
}

void Sessions::follow(Arriving& arriving, Arriving::Way way) {
    switch (way) {
        case Arriving::Way::there: return arrived(arriving);
        case Arriving::Way::closed: return turned_away(arriving);
        case Arriving::Way::on_it: return watch(arriving.socket(), Watched::arriving, arriving.number());
        case Arriving::Way::again: return;
    }
}

void Sessions::arrived(Arriving& arriving) {
    const auto number = arriving.number();
    auto joined = arriving.take();
    arriving_.erase(number);
    // The number it got when it came in.
    const auto last = std::exchange(numbered_, number - 1);
    add({std::move(joined.here)}, {std::move(joined.there)}, std::move(joined.here_name), std::move(joined.there_name));
    numbered_ = last;
}

void Sessions::turned_away(Arriving& arriving) {
    cli::note(fmt::format("turned away {}: {}: cannot connect: {}", arriving.peer(), target_.spelled(), sys::error_text(arriving.error())));
    arriving.reset();
    arriving_.erase(arriving.number());
    make_room();
}

void Sessions::knock_again() {
    std::vector<Arriving*> again;
    for (const auto& [number, arriving] : arriving_) {
        if (arriving->knocks_again()) again.push_back(arriving.get());
    }
    for (auto* arriving : again) follow(*arriving, arriving->next());
}

void Sessions::make_ready(Session& session) {
    if (session.in_line()) return;
    session.set_in_line(true);
    ready_.push_back(session.number());
}

void Sessions::look(std::uint64_t key, std::uint32_t events) {
    const auto number = key / kinds;
    switch (static_cast<Watched>(key % kinds)) {
        case Watched::listener: return let_in();
        case Watched::arriving: {
            const auto found = arriving_.find(number);
            if (found == arriving_.end() || (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return;
            return follow(*found->second, found->second->answered());
        }
        case Watched::here:
        case Watched::there: {
            const auto found = sessions_.find(number);
            if (found == sessions_.end()) return;
            auto& side = static_cast<Watched>(key % kinds) == Watched::here ? found->second->here() : found->second->there();
            if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) side.readable = true;
            if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) side.writable = true;
            return make_ready(*found->second);
        }
    }
}

void Sessions::end(Session& session) {
    there_ += session.out().bytes_out();
    back_ += session.back().bytes_out();
    if (session.failed()) {
        if (error_ == 0) error_ = session.failure();
        cli::complain(session.account());
        session.reset();
    }
    if (settings_.over) settings_.over(session);
    sessions_.erase(session.number());
    make_room();
}

/// Everyone who can move something moves one piece.
void Sessions::turn() {
    for (auto left = ready_.size(); left > 0 && (!settings_.rate || allowed_ >= portion()); --left) {
        const auto number = ready_.front();
        ready_.pop_front();
        const auto found = sessions_.find(number);
        if (found == sessions_.end()) continue;
        auto& session = *found->second;
        session.set_in_line(false);
        const auto most = settings_.rate ? static_cast<std::uint64_t>(portion()) : sys::Growth::largest;
        const auto moved = session.step(most, sessions_.size() <= few);
        if (settings_.rate) allowed_ -= static_cast<double>(moved);
        if (session.over())
            end(session);
        else if (session.can_move())
            make_ready(session);
    }
}

/// So many bytes are worth a turn.
double Sessions::portion() const { return std::max(1.0, static_cast<double>(*settings_.rate) * burst / 4); }

void Sessions::refill() {
    const auto now = Clock::now();
    const auto rate = static_cast<double>(*settings_.rate);
    allowed_ = std::min(allowed_ + std::chrono::duration<double>{now - refilled_}.count() * rate, std::max(1.0, rate * burst));
    refilled_ = now;
}

void Sessions::end_idle() {
    const auto now = Clock::now();
    if (now < nobody_idle_until_) return;
    // What moves later is idle later: until the first of these times nobody need be looked at.
    nobody_idle_until_ = now + settings_.idle->length;
    std::vector<Session*> idle;
    for (const auto& [number, session] : sessions_) {
        const auto until = session->last_moved() + settings_.idle->length;
        if (until <= now)
            idle.push_back(session.get());
        else
            nobody_idle_until_ = std::min(nobody_idle_until_, until);
    }
    for (auto* session : idle) {
        session->note_end("nothing moved for " + text::spell(*settings_.idle));
        cli::note(fmt::format("{}; nothing moved for {}", session->account(), text::spell(*settings_.idle)));
        if (error_ == 0) error_ = ETIMEDOUT;
        session->reset();
        end(*session);
    }
}

sys::Deadline Sessions::next_look(const sys::Deadline& deadline) const {
    auto left = deadline.left();
    if (!ready_.empty()) {
        const auto missing = settings_.rate ? std::max(0.0, portion() - allowed_) : 0.0;
        const std::chrono::duration<double> pause{settings_.rate ? missing / static_cast<double>(*settings_.rate) : 0.0};
        left = std::min(left, std::chrono::duration_cast<std::chrono::nanoseconds>(pause));
    }
    if (settings_.idle && !sessions_.empty()) {
        const auto now = Clock::now();
        left = std::min<std::chrono::nanoseconds>(left, std::max(nobody_idle_until_, now) - now);
    }
    for (const auto& [number, arriving] : arriving_) {
        if (arriving->knocks_again()) left = std::min<std::chrono::nanoseconds>(left, connect_again);
    }
    return sys::Deadline::after(left);
}

sys::Wait Sessions::run(const sys::Deadline& deadline) {
    std::array<epoll_event, 256> events{};
    let_in();
    for (;;) {
        if (settings_.rate) refill();
        turn();
        if (!listening_ && sessions_.empty() && arriving_.empty()) return sys::Wait::done;
        std::array<pollfd, 1> entry{{{events_.get(), POLLIN, 0}}};
        const auto wait = sys::poll(entry, next_look(deadline), &signals_);
        if (wait == sys::Wait::interrupted) {
            if (sys::Signals::taken() != SIGUSR1) return wait;
            sys::Signals::forget(SIGUSR1);
            account();
        }
        if (deadline.past()) return sys::Wait::gave_up;
        const int count = wait == sys::Wait::done ? ::epoll_wait(events_.get(), events.data(), static_cast<int>(events.size()), 0) : 0;
        for (int at = 0; at < count; ++at) look(events[static_cast<std::size_t>(at)].data.u64, events[static_cast<std::size_t>(at)].events);
        knock_again();
        if (settings_.idle) end_idle();
    }
}

void Sessions::reset_all() {
    for (const auto& [number, session] : sessions_) session->reset();
}

void Sessions::account() const {
    auto there = there_;
    auto back = back_;
    for (const auto& [number, session] : sessions_) {
        cli::complain(session->account());
        there += session->out().bytes_out();
        back += session->back().bytes_out();
    }
    cli::complain(fmt::format("{} connections so far, {} now; {} bytes there, {} back; {} turned away", numbered_, sessions_.size(), there, back,
                              server_ ? server_->refused() : 0));
}

}  // namespace tools::sock
