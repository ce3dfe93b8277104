// SPDX-License-Identifier: MIT
#include "flows.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "cli/talk.hpp"
#include "ipc/connection.hpp"
#include "outbox.hpp"
#include "sys/error.hpp"
#include "sys/poll.hpp"
#include "sys/trace.hpp"

namespace tools::sock {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t batch = 64;
constexpr std::size_t largest = 65536;  // of IP; a unix datagram is asked for its size

/// From the address that it was sent to: of a machine with several, the sender expects the answer from that one.
socklen_t add_source(cmsghdr& header, const ipc::Endpoint& to) {
    const auto fill = [&](int level, int type, const auto& info) {
        header.cmsg_level = level;
        header.cmsg_type = type;
        header.cmsg_len = CMSG_LEN(sizeof info);
        std::memcpy(CMSG_DATA(&header), &info, sizeof info);
        return static_cast<socklen_t>(CMSG_SPACE(sizeof info));
    };
    if (to.family() == AF_INET) return fill(IPPROTO_IP, IP_PKTINFO, in_pktinfo{.ipi_spec_dst = reinterpret_cast<const sockaddr_in&>(to.storage).sin_addr});
    if (to.family() == AF_INET6) return fill(IPPROTO_IPV6, IPV6_PKTINFO, in6_pktinfo{.ipi6_addr = reinterpret_cast<const sockaddr_in6&>(to.storage).sin6_addr});
    return 0;
}

}  // namespace

std::string Flow::account() const {
    auto words = fmt::format("{} - {}: ", ends.here, ends.there);
    if (error != 0) words += sys::error_text(error) + ": ";
    words += fmt::format("{} messages there, {} back", out.messages, back.messages);
    if (lost > 0) words += fmt::format("; {} bytes not delivered", lost);
    return words;
}

cli::Object Flow::facts() const {
    const auto length = std::chrono::duration<double>{Clock::now() - begin}.count();
    return {{"connection", ends.number},
            {"from", ends.here},
            {"to", ends.there},
            {"seconds", std::round(length * 1e6) / 1e6},
            {"bytes_there", out.bytes},
            {"bytes_back", back.bytes},
            {"messages_there", out.messages},
            {"messages_back", back.messages},
            {"undelivered", lost},
            {"error", error != 0 ? cli::Value{sys::error_text(error)} : cli::Value{nullptr}}};
}

Flows::Flows(const FlowSettings& settings, Inbox& inbox, const ipc::Address& target, std::vector<ipc::Endpoint> endpoints, sys::Signals& signals)
    : settings_(settings),
      inbox_(inbox),
      target_(target),
      endpoints_(std::move(endpoints)),
      signals_(signals),
      events_(::epoll_create1(EPOLL_CLOEXEC)),
      buffer_(largest, '\0') {
    if (!events_) throw sys::Error(errno, "cannot watch descriptors");
}

void Flows::join(sys::Fd here, sys::Fd there, std::string here_name, std::string there_name) {
    here_ = std::move(here);
    const auto place = flows_.insert(flows_.end(), Flow{.ends = {++numbered_, std::move(here_name), std::move(there_name)}, .through = here_.get()});
    place->there = std::move(there);
    place->begin = place->last_moved = Clock::now();
    watch(place);
}

void Flows::watch(Place place) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = place->ends.number;
    if (::epoll_ctl(events_.get(), EPOLL_CTL_ADD, place->there.get(), &event) < 0) throw sys::Error(errno, "cannot watch a socket");
    by_number_.emplace(place->ends.number, place);
}

/// A socket for one more sender. Throws Error.
sys::Fd Flows::open_there() const {
    for (const auto& endpoint : endpoints_) {
        try {
            auto socket = ipc::open_socket(target_, endpoint, ipc::Purpose::to_connect);
            if (is_group(endpoint)) set_up_group(socket.get(), target_, endpoint, true);
            if (::connect(socket.get(), endpoint.name(), endpoint.length) < 0) throw sys::Error(errno, endpoint.spelled() + ": cannot send there");
            if (endpoint.family() == AF_UNIX) make_answerable(socket.get(), endpoint.spelled());
            return socket;
        } catch (const sys::Error& failure) {
            if (failure.number() == EMFILE || failure.number() == ENFILE || &endpoint == &endpoints_.back()) throw;
        }
    }
    return {};
}

/// Its datagram is lost, as any may be. One that goes on is named once.
std::nullopt_t Flows::turn_away(const std::string& sender, const std::string& name, std::string_view reason) {
    ++turned_away_;
    if (sender != last_turned_away_ || turned_away_ == 1) cli::note(fmt::format("turned away {}: {} ({} so far)", name, reason, turned_away_));
    last_turned_away_ = sender;
    return std::nullopt;
}

std::optional<Flows::Place> Flows::begin(const Datagram& datagram, std::string sender) {
    const auto name = datagram.from.length > 0 ? datagram.from.spelled() : std::string{"somebody without a name"};
    if (!settings_.access->admits(datagram.from, datagram.sender)) return turn_away(sender, name, "not allowed");
    if (settings_.count && numbered_ >= *settings_.count) return turn_away(sender, name, fmt::format("{} have been joined", numbered_));
    if (flows_.size() >= settings_.most) return turn_away(sender, name, fmt::format("{} are joined already", flows_.size()));
    sys::Fd there;
    try {
        there = open_there();
    } catch (const sys::Error& failure) {
        return turn_away(sender, name, failure.what());
    }
    auto there_name = ipc::peer_end(there.get()).spelled();
    const auto place = flows_.insert(flows_.end(), Flow{.ends = {++numbered_, name, std::move(there_name)},
                                                        .sender = std::move(sender),
                                                        .through = datagram.through,
                                                        .from = datagram.from,
                                                        .to = datagram.to});
    place->there = std::move(there);
    place->begin = place->last_moved = Clock::now();
    watch(place);
    by_sender_.emplace(place->sender, place);
    return place;
}

std::optional<Flows::Place> Flows::flow_of(const Datagram& datagram) {
    if (here_) return flows_.empty() ? std::nullopt : std::optional{flows_.begin()};
    std::string sender{reinterpret_cast<const char*>(&datagram.from.storage), datagram.from.length};
    sender.append(reinterpret_cast<const char*>(&datagram.through), sizeof datagram.through);
    const auto found = by_sender_.find(sender);
    return found != by_sender_.end() ? std::optional{found->second} : begin(datagram, std::move(sender));
}

/// false: there is no room for it now.
bool Flows::pass_there(const Datagram& datagram, bool afresh) {
    const auto place = flow_of(datagram);
    if (!place) return true;
    auto& flow = **place;
    for (int left = 2; left > 0;) {
        if (::send(flow.there.get(), datagram.bytes.data(), datagram.bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
            ++flow.out.messages;
            flow.out.bytes += datagram.bytes.size();
            if (settings_.traffic) settings_.traffic->show(flow.ends, true, datagram.bytes);
            touch(*place);
            return true;
        }
        if (errno == EAGAIN) {
            full_ = flow.there.get();
            return false;
        }
        if (errno == EINTR) continue;
        // The refusal of an earlier one stands in the way of one call.
        left = errno == ECONNREFUSED ? left - 1 : 0;
        refused(flow, errno);
    }
    const bool gone = target_.is_unix() && flow.error != EMSGSIZE;
    if (!gone || afresh) flow.lost += datagram.bytes.size();
    if (!gone && !here_) return true;
    end(*place);
    // A path may have another owner by now.
    return here_ || afresh || pass_there(datagram, true);
}

void Flows::take() {
    if (next_ == taken_.size()) {
        next_ = 0;
        try {
            inbox_.take(taken_, batch);
        } catch (const sys::Error& failure) {
            if (!here_ || flows_.empty()) throw;
            refused(flows_.front(), failure.number());
            end(flows_.begin());
        }
    }
    full_ = -1;
    while (next_ < taken_.size() && pass_there(taken_[next_])) ++next_;
}

bool Flows::answer(Flow& flow, std::string_view bytes) {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))> control{};
    iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    msghdr message{.msg_iov = &piece, .msg_iovlen = 1};
    if (flow.from.length > 0) {
        message.msg_name = flow.from.name();
        message.msg_namelen = flow.from.length;
    }
    const auto source = add_source(reinterpret_cast<cmsghdr&>(control), flow.to);
    if (source > 0) {
        message.msg_control = control.data();
        message.msg_controllen = source;
    }
    if (::sendmsg(flow.through, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return true;
    if (source == 0 || errno == EAGAIN) return false;
    // What was sent to a group or to all has no address to be answered from.
    message.msg_control = nullptr;
    message.msg_controllen = 0;
    return ::sendmsg(flow.through, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

void Flows::pass_back(Flow& flow) {
    for (std::size_t turn = 0; turn < batch; ++turn) {
        int size = 0;
        if (target_.is_unix() && ::ioctl(flow.there.get(), FIONREAD, &size) == 0 && static_cast<std::size_t>(size) > buffer_.size())
            buffer_.resize(static_cast<std::size_t>(size));
        const auto count = ::recv(flow.there.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (count < 0) return refused(flow, errno);
        const auto bytes = std::string_view{buffer_}.substr(0, static_cast<std::size_t>(count));
        if (answer(flow, bytes)) {
            ++flow.back.messages;
            flow.back.bytes += bytes.size();
            if (settings_.traffic) settings_.traffic->show(flow.ends, false, bytes);
        } else {
            flow.lost += bytes.size();
            if (errno != EAGAIN) refused(flow, errno);
        }
    }
}

/// Said once: that it is so still is in the counters.
void Flows::refused(Flow& flow, int error) {
    if (flow.error == 0 && !here_) cli::note(fmt::format("{} - {}: {}", flow.ends.here, flow.ends.there, sys::error_text(error)));
    flow.error = error;
}

void Flows::touch(Place place) {
    place->last_moved = Clock::now();
    flows_.splice(flows_.end(), flows_, place);
}

void Flows::end(Place place) {
    if (here_ && place->error != 0) {
        error_ = place->error;
        cli::complain(place->account());
    }
    there_.messages += place->out.messages;
    there_.bytes += place->out.bytes;
    back_.messages += place->back.messages;
    back_.bytes += place->back.bytes;
    lost_ += place->lost;
    if (full_ == place->there.get()) full_ = -1;
    if (settings_.over) settings_.over(*place);
    by_number_.erase(place->ends.number);
    by_sender_.erase(place->sender);
    flows_.erase(place);
}

void Flows::look() {
    std::array<epoll_event, 256> events{};
    const int count = ::epoll_wait(events_.get(), events.data(), static_cast<int>(events.size()), 0);
    for (int at = 0; at < count; ++at) {
        const auto found = by_number_.find(events[static_cast<std::size_t>(at)].data.u64);
        if (found == by_number_.end()) continue;
        const auto place = found->second;
        pass_back(*place);
        touch(place);
        if (here_ && place->error != 0) end(place);
    }
}

void Flows::end_idle() {
    while (settings_.idle && !flows_.empty() && flows_.front().last_moved + settings_.idle->length <= Clock::now()) {
        const auto place = flows_.begin();
        sys::trace("{}; nothing moved for {}", place->account(), text::spell(*settings_.idle));
        if (here_ && place->error == 0) place->error = ETIMEDOUT;
        end(place);
    }
}

sys::Deadline Flows::next_look(const sys::Deadline& deadline) const {
    if (!settings_.idle || flows_.empty()) return deadline;
    const auto left = std::max<std::chrono::nanoseconds>(flows_.front().last_moved + settings_.idle->length - Clock::now(), {});
    return left < deadline.left() ? sys::Deadline::after(left) : deadline;
}

sys::Wait Flows::run(const sys::Deadline& deadline) {
    for (;;) {
        end_idle();
        if (flows_.empty() && (here_ || (settings_.count && numbered_ >= *settings_.count))) return sys::Wait::done;
        std::vector<pollfd> entries{{events_.get(), POLLIN, 0}};
        if (full_ >= 0)
            entries.push_back({full_, POLLOUT, 0});
        else
            inbox_.add_to(entries);
        const auto wait = sys::poll(entries, next_look(deadline), &signals_);
        if (wait == sys::Wait::interrupted) {
            if (sys::Signals::taken() != SIGUSR1) return wait;
            sys::Signals::forget(SIGUSR1);
            account();
        }
        if (deadline.past()) return sys::Wait::gave_up;
        if (wait != sys::Wait::done) continue;
        if (entries[0].revents != 0) look();
        if (std::any_of(entries.begin() + 1, entries.end(), [](const pollfd& entry) { return entry.revents != 0; })) take();
    }
}

void Flows::account() const {
    auto there = there_;
    auto back = back_;
    auto lost = lost_;
    for (const auto& flow : flows_) {
        there.messages += flow.out.messages;
        there.bytes += flow.out.bytes;
        back.messages += flow.back.messages;
        back.bytes += flow.back.bytes;
        lost += flow.lost;
    }
    cli::complain(fmt::format(
        "{} flows so far, {} now; {} messages ({} bytes) there, {} ({} bytes) back; {} turned away, {} bytes not delivered, {} dropped by the kernel",
        numbered_, flows_.size(), there.messages, there.bytes, back.messages, back.bytes, turned_away_, lost, inbox_.dropped()));
}

}  // namespace tools::sock
