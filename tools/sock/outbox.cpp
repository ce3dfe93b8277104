// SPDX-License-Identifier: MIT
#include "outbox.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/un.h>

#include <array>
#include <cerrno>

#include "cli/exit.hpp"
#include "inbox.hpp"
#include "ipc/connection.hpp"
#include "sys/error.hpp"
#include "sys/poll.hpp"
#include "sys/trace.hpp"
#include "text/number.hpp"

namespace tools::sock {
namespace {

using Kind = ipc::Address::Kind;

void set(int socket, int level, int option, int value, const std::string& what) {
    if (::setsockopt(socket, level, option, &value, sizeof value) < 0) throw sys::Error(errno, what);
}

bool is_broadcast(const ipc::Endpoint& endpoint) {
    return endpoint.family() == AF_INET && reinterpret_cast<const sockaddr_in&>(endpoint.storage).sin_addr.s_addr == htonl(INADDR_BROADCAST);
}

}  // namespace

int type_of(int socket) {
    int type = 0;
    socklen_t length = sizeof type;
    return ::getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &length) == 0 ? type : 0;
}

void set_up_group(int socket, const ipc::Address& address, const ipc::Endpoint& endpoint, bool loop) {
    const bool v4 = endpoint.family() == AF_INET;
    const int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
    const auto what = address.spelled() + ": cannot set it up for a group";
    if (const auto* ttl = address.key("ttl"))
        set(socket, level, v4 ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS, static_cast<int>(text::whole_number(*ttl, 1, 255).value_or(1)), what);
    if (!loop) set(socket, level, v4 ? IP_MULTICAST_LOOP : IPV6_MULTICAST_LOOP, 0, what);
}

void make_answerable(int socket, const std::string& what) {
    const sockaddr_un any{.sun_family = AF_UNIX};
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&any), sizeof any.sun_family) < 0)
        throw sys::Error(errno, fmt::format("{}: cannot get a name that can be answered", what));
}

void set_up_messages(const ipc::Address& address, ipc::Connection& connection) {
    const int socket = connection.socket.get();
    if (address.kind == Kind::udp) {
        if (const auto peer = ipc::peer_end(socket); is_group(peer)) set_up_group(socket, address, peer, true);
    }
    if (address.kind != Kind::unix_datagram) return;
    make_answerable(socket, address.spelled());
    connection.local = ipc::local_end(socket).spelled();
}

void Outbox::open_to(const ipc::Address& address, const ipc::Endpoint& endpoint, bool answerable, bool loop) {
    socket_ = ipc::open_socket(address, endpoint, ipc::Purpose::to_connect);
    const bool group = is_group(endpoint);
    if (group) set_up_group(socket_.get(), address, endpoint, loop);
    // Connected, so that the network's refusals come back. Answers from a group come from its members, which would be shut out.
    if (answerable && (group || is_broadcast(endpoint) || address.key("broadcast"))) {
        to_ = endpoint;
        return;
    }
    if (::connect(socket_.get(), endpoint.name(), endpoint.length) < 0)
        throw sys::Error(errno, fmt::format("{}: cannot send there", endpoint.spelled()),
                         errno == EACCES ? "it is a broadcast address: write ?broadcast behind it to mean that" : "");
}

sys::Wait Outbox::open(const ipc::Address& address, bool answerable, bool loop, const sys::Deadline& deadline, sys::Signals& signals) {
    spelled_ = address.spelled();
    const auto kind = address.kind;
    if (address.is_raw()) throw cli::Usage("ADDRESS: packets are sent by sock raw");
    if (kind == Kind::descriptor) {
        socket_ = sys::duplicate(address.descriptor, fmt::format("{}: cannot use", spelled_));
        const int type = type_of(socket_.get());
        if (type != SOCK_DGRAM && type != SOCK_SEQPACKET) throw sys::Error(EPROTOTYPE, fmt::format("{}: is no socket of datagrams or records", spelled_));
        return sys::Wait::done;
    }
    if (!address.has_messages())
        throw cli::Usage(fmt::format("ADDRESS: {} has no messages", spelled_),
                         "write udp://host:port, unix-dgram:/path or unix-seqpacket:/path; streams are sent by sock connect");
    if (address.is_unix()) {
        ipc::Connection connection;
        if (const auto wait = ipc::connect(address, deadline, signals, connection); wait != sys::Wait::done) return wait;
        socket_ = std::move(connection.socket);
        if (answerable && kind == Kind::unix_datagram) make_answerable(socket_.get(), spelled_);
        return sys::Wait::done;
    }
    std::vector<ipc::Endpoint> endpoints;
    if (const auto wait = ipc::resolve(address, ipc::Purpose::to_connect, deadline, signals, endpoints); wait != sys::Wait::done) return wait;
    // A datagram asks nobody: the first address of a name is the one, as long as this machine can send there at all.
    for (const auto& endpoint : endpoints) {
        try {
            open_to(address, endpoint, answerable, loop);
            sys::trace("sending to {}", endpoint.spelled());
            return sys::Wait::done;
        } catch (const sys::Error& failure) {
            const bool unusable = failure.number() == EAFNOSUPPORT || failure.number() == EADDRNOTAVAIL || failure.number() == ENETUNREACH;
            if (!unusable || &endpoint == &endpoints.back()) throw;
        }
    }
    return sys::Wait::done;
}

void Outbox::use(sys::Fd socket, std::string spelled) {
    socket_ = std::move(socket);
    spelled_ = std::move(spelled);
}

void Outbox::add(std::string_view message) {
    bytes_ += message.size();
    held_.emplace_back(message);
}

void Outbox::refuse(int error) const {
    const auto size = held_.front().size();
    if (error == EMSGSIZE || (error == EINVAL && size > largest_udp)) {
        const bool udp = spelled_.starts_with("udp");
        throw sys::Error(EMSGSIZE,
                         fmt::format("{}: a message of {} bytes is over the limit{}", spelled_, size, udp ? fmt::format(" of {} (UDP)", largest_udp) : ""),
                         udp ? "" : "it must fit the send buffer: ?sndbuf=SIZE, up to /proc/sys/net/core/wmem_max");
    }
    throw sys::Error(error, fmt::format("{}: cannot send a message of {} bytes", spelled_, size),
                     error == ECONNREFUSED                        ? "nobody receives there"
                     : error == ENOTCONN || error == EDESTADDRREQ ? "the socket is not connected"
                                                                  : "");
}

sys::Wait Outbox::flush(const sys::Deadline& deadline, sys::Signals& signals) {
    std::array<iovec, most> pieces{};
    std::array<mmsghdr, most> headers{};
    while (!held_.empty()) {
        const auto count = std::min(held_.size(), most);
        for (std::size_t at = 0; at < count; ++at) {
            pieces[at] = {held_[at].data(), held_[at].size()};
            headers[at] = {};
            headers[at].msg_hdr.msg_iov = &pieces[at];
            headers[at].msg_hdr.msg_iovlen = 1;
            if (to_) {
                headers[at].msg_hdr.msg_name = to_->name();
                headers[at].msg_hdr.msg_namelen = to_->length;
            }
        }
        const int done = ::sendmmsg(socket_.get(), headers.data(), static_cast<unsigned>(count), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (done > 0) {
            held_.erase(held_.begin(), held_.begin() + done);
            sent_ += static_cast<std::uint64_t>(done);
            continue;
        }
        if (errno == EINTR) continue;
        // The refusal of an earlier one comes with the next call, which has sent nothing.
        if (errno == ECONNREFUSED && sent_ > 0 && spelled_.starts_with("udp"))
            throw sys::Error(ECONNREFUSED, fmt::format("{}: nobody receives there, at least one was refused", spelled_));
        if (errno != EAGAIN) refuse(errno);
        std::array<pollfd, 1> entry{{{socket_.get(), POLLOUT, 0}}};
        if (const auto wait = sys::poll(entry, deadline, &signals); wait != sys::Wait::done) return wait;
    }
    bytes_ = 0;
    return sys::Wait::done;
}

int Outbox::complaint() const { return ipc::pending_error(socket_.get()); }

}  // namespace tools::sock
