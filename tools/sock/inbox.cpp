// SPDX-License-Identifier: MIT
#include "inbox.hpp"

#include <fmt/format.h>
#include <linux/if_packet.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "sys/error.hpp"
#include "sys/poll.hpp"
#include "sys/trace.hpp"

namespace tools::sock {
namespace {

constexpr std::size_t batch = 64;
constexpr std::size_t slot_size = 65536;  // no datagram of IP is larger
constexpr std::size_t control_size = 512;

/// Without support there is less to tell, and nothing is wrong.
void ask_for(int socket, int level, int option) {
    const int on = 1;
    (void)::setsockopt(socket, level, option, &on, sizeof on);
}

int option_of(int socket, int option) {
    int value = 0;
    socklen_t length = sizeof value;
    return ::getsockopt(socket, SOL_SOCKET, option, &value, &length) == 0 ? value : 0;
}

template <class T>
T copied(const cmsghdr* header) {
    T value{};
    std::memcpy(&value, CMSG_DATA(header), std::min<std::size_t>(sizeof value, header->cmsg_len - CMSG_LEN(0)));
    return value;
}

/// Descriptors that nobody asked for are closed at once: a sender may be waiting for that (sd_notify's BARRIER=1).
std::size_t close_descriptors(const cmsghdr* header) {
    const auto count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t at = 0; at < count; ++at) {
        int number = -1;
        std::memcpy(&number, CMSG_DATA(header) + at * sizeof number, sizeof number);
        const sys::Fd closed{number};
    }
    return count;
}

void read_address(const cmsghdr* header, Datagram& datagram) {
    datagram.to.type = SOCK_DGRAM;
    if (header->cmsg_level == IPPROTO_IP) {
        const auto info = copied<in_pktinfo>(header);
        auto& name = reinterpret_cast<sockaddr_in&>(datagram.to.storage);
        name.sin_family = AF_INET;
        name.sin_addr = info.ipi_addr;
        datagram.to.length = sizeof name;
        datagram.interface = static_cast<std::uint32_t>(info.ipi_ifindex);
    } else {
        const auto info = copied<in6_pktinfo>(header);
        auto& name = reinterpret_cast<sockaddr_in6&>(datagram.to.storage);
        name.sin6_family = AF_INET6;
        name.sin6_addr = info.ipi6_addr;
        datagram.to.length = sizeof name;
        datagram.interface = info.ipi6_ifindex;
    }
}

void read_control(msghdr& message, Datagram& datagram) {
    for (auto* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        const auto is = [&](int level, int type) { return header->cmsg_level == level && header->cmsg_type == type; };
        if (is(SOL_SOCKET, SCM_RIGHTS)) datagram.descriptors += close_descriptors(header);
        if (is(SOL_SOCKET, SCM_CREDENTIALS)) datagram.sender = copied<ucred>(header);
        if (is(SOL_SOCKET, SCM_TIMESTAMPNS)) {
            const auto time = copied<timespec>(header);
            datagram.time = static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
        }
        if (is(IPPROTO_IP, IP_TTL) || is(IPPROTO_IPV6, IPV6_HOPLIMIT)) datagram.ttl = copied<int>(header);
        if (is(IPPROTO_IP, IP_PKTINFO) || is(IPPROTO_IPV6, IPV6_PKTINFO)) read_address(header, datagram);
    }
}

std::uint64_t drops_of(int socket) {
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t length = sizeof memory;
    return ::getsockopt(socket, SOL_SOCKET, SO_MEMINFO, memory.data(), &length) == 0 ? memory[SK_MEMINFO_DROPS] : 0;
}

/// The address of a network card, as ip(8) writes it.
std::string spell_link(const sockaddr_ll& link) {
    std::string text;
    for (unsigned at = 0; at < std::min<unsigned>(link.sll_halen, sizeof link.sll_addr); ++at)
        text += fmt::format("{}{:02x}", at == 0 ? "" : ":", link.sll_addr[at]);
    return text;
}

std::string spell_sender(const Datagram& datagram) {
    if (datagram.from.length == 0) return {};
    if (datagram.from.family() == AF_PACKET) return spell_link(reinterpret_cast<const sockaddr_ll&>(datagram.from.storage));
    if (datagram.from.type == SOCK_RAW) return datagram.from.host();
    auto text = datagram.from.spelled();
    // A unix sender without a name is "unix-dgram:" and nothing behind it.
    return text.ends_with(':') ? std::string{} : text;
}

cli::Value or_null(std::string text) { return text.empty() ? cli::Value{nullptr} : cli::Value{std::move(text)}; }

}  // namespace

/// Room for one batch. Left as it comes from the kernel: what is never filled costs nothing.
struct Inbox::Slots {
    std::unique_ptr<char[]> bytes{new char[batch * slot_size]};
    std::array<std::array<char, control_size>, batch> control;
    std::array<sockaddr_storage, batch> names;
    std::array<iovec, batch> pieces;
    std::array<mmsghdr, batch> headers;
};

void Inbox::FreeSlots::operator()(Slots* slots) const { delete slots; }

cli::Object as_json(const Datagram& datagram) {
    cli::Object object;
    cli::add_bytes(object, "message", datagram.bytes);
    object.emplace_back("from", or_null(spell_sender(datagram)));
    object.emplace_back("to", or_null(datagram.to.host()));
    std::array<char, IF_NAMESIZE> name{};
    object.emplace_back("interface", or_null(datagram.interface != 0 && ::if_indextoname(datagram.interface, name.data()) ? name.data() : ""));
    object.emplace_back("size", datagram.size);
    object.emplace_back("time", cli::known(datagram.time));
    object.emplace_back("ttl", cli::known(datagram.ttl));
    object.emplace_back("pid", datagram.sender ? cli::Value{datagram.sender->pid} : cli::Value{nullptr});
    object.emplace_back("uid", datagram.sender ? cli::Value{datagram.sender->uid} : cli::Value{nullptr});
    object.emplace_back("gid", datagram.sender ? cli::Value{datagram.sender->gid} : cli::Value{nullptr});
    object.emplace_back("descriptors", datagram.descriptors);
    return object;
}

bool is_group(const ipc::Endpoint& endpoint) {
    if (endpoint.family() == AF_INET) return IN_MULTICAST(ntohl(reinterpret_cast<const sockaddr_in&>(endpoint.storage).sin_addr.s_addr));
    return endpoint.family() == AF_INET6 && IN6_IS_ADDR_MULTICAST(&reinterpret_cast<const sockaddr_in6&>(endpoint.storage).sin6_addr);
}

void Inbox::add(sys::Fd socket) {
    Source source{
        .type = option_of(socket.get(), SO_TYPE), .family = option_of(socket.get(), SO_DOMAIN), .listens = option_of(socket.get(), SO_ACCEPTCONN) != 0};
    const int fd = socket.get();
    // Tells a seqpacket of 0 bytes, which brings the sender's credentials, from the end, which brings none.
    if (source.family == AF_UNIX) ask_for(fd, SOL_SOCKET, SO_PASSCRED);
    if (details_) {
        ask_for(fd, SOL_SOCKET, SO_TIMESTAMPNS);
        if (source.family == AF_INET || source.family == AF_INET6) {
            ask_for(fd, IPPROTO_IP, IP_PKTINFO);
            ask_for(fd, IPPROTO_IP, IP_RECVTTL);
        }
        if (source.family == AF_INET6) {
            ask_for(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO);
            ask_for(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT);
        }
    }
    source.socket = std::move(socket);
    sources_.push_back(std::move(source));
}

void Inbox::bind_inet(const ipc::Address& address, const ipc::Endpoint& endpoint) {
    auto socket = ipc::open_socket(address, endpoint, ipc::Purpose::to_bind);
    const bool group = is_group(endpoint);
    // Every member of a group on this machine has its port; anything else would let another take what is ours.
    if (group) ask_for(socket.get(), SOL_SOCKET, SO_REUSEADDR);
    if (::bind(socket.get(), endpoint.name(), endpoint.length) < 0) throw sys::Error(errno, fmt::format("{}: cannot bind", endpoint.spelled()));
    if (group) {
        const auto* interface = address.key("interface");
        group_req request{.gr_interface = interface ? ::if_nametoindex(interface->c_str()) : 0, .gr_group = endpoint.storage};
        const int level = endpoint.family() == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
        if (::setsockopt(socket.get(), level, MCAST_JOIN_GROUP, &request, sizeof request) < 0)
            throw sys::Error(errno, fmt::format("{}: cannot join the group", endpoint.spelled()),
                             errno == ENODEV ? "no interface leads to it: name one, as in ?interface=eth0" : "");
    }
    add(std::move(socket));
}

sys::Wait Inbox::bind(const ipc::Address& address, const ipc::ListenSettings& settings, const sys::Deadline& deadline, sys::Signals& signals) {
    using Kind = ipc::Address::Kind;
    if (address.is_unix()) {
        bound_ = ipc::BoundUnix{address, settings, address.kind == Kind::unix_seqpacket ? std::optional{4096} : std::nullopt, signals};
        add(sys::duplicate(bound_.socket().get()));
    } else if (address.kind == Kind::descriptor) {
        auto socket = sys::duplicate(address.descriptor, fmt::format("{}: cannot use", address.spelled()));
        const int type = option_of(socket.get(), SO_TYPE);
        if (type != SOCK_DGRAM && type != SOCK_SEQPACKET)
            throw sys::Error(EPROTOTYPE, fmt::format("{}: is no socket of datagrams or records", address.spelled()));
        add(std::move(socket));
    } else {
        std::vector<ipc::Endpoint> endpoints;
        if (const auto wait = ipc::resolve(address, ipc::Purpose::to_bind, deadline, signals, endpoints); wait != sys::Wait::done) return wait;
        std::uint16_t port = 0;
        for (auto& endpoint : endpoints) {
            if (endpoint.port() == 0) endpoint.set_port(port);
            try {
                bind_inet(address, endpoint);
                if (port == 0) port = ipc::local_end(sources_.back().socket.get()).port();
            } catch (const sys::Error& failure) {
                // A machine without IPv6 has one of the two loopbacks only.
                const bool unusable = failure.number() == EAFNOSUPPORT || failure.number() == EADDRNOTAVAIL;
                if (!unusable || (&endpoint == &endpoints.back() && sources_.empty())) throw;
            }
        }
    }
    for (const auto& name : names()) sys::trace("receiving on {}", name);
    return sys::Wait::done;
}

std::vector<std::string> Inbox::names() const {
    std::vector<std::string> names;
    for (const auto& source : sources_) names.push_back(ipc::local_end(source.socket.get()).spelled());
    return names;
}

bool Inbox::only_unix() const {
    return std::ranges::all_of(sources_, [](const Source& source) { return source.family == AF_UNIX; });
}

void Inbox::add_to(std::vector<pollfd>& entries) const {
    for (const auto& source : sources_) entries.push_back({source.socket.get(), POLLIN, 0});
}

sys::Wait Inbox::wait(const sys::Deadline& deadline, sys::Signals& signals, bool& output_gone) {
    std::vector<pollfd> entries{{STDOUT_FILENO, 0, 0}};
    add_to(entries);
    const auto wait = sys::poll(entries, deadline, &signals);
    output_gone = (entries[0].revents & POLLERR) != 0;
    return wait;
}

void Inbox::take_batch(const Source& source, std::vector<Datagram>& into, std::size_t most) {
    if (!slots_) slots_.reset(new Slots);
    auto& slots = *slots_;
    const auto used = into.size();  // views into the slots of this round
    const auto room = std::min(most, batch - std::min(used, batch));
    for (std::size_t at = 0; at < room; ++at) {
        const auto slot = used + at;
        slots.pieces[at] = {slots.bytes.get() + slot * slot_size, slot_size};
        slots.headers[at].msg_hdr = {.msg_name = &slots.names[slot],
                                     .msg_namelen = sizeof slots.names[slot],
                                     .msg_iov = &slots.pieces[at],
                                     .msg_iovlen = 1,
                                     .msg_control = slots.control[slot].data(),
                                     .msg_controllen = slots.control[slot].size()};
    }
    const int count = ::recvmmsg(source.socket.get(), slots.headers.data(), static_cast<unsigned>(room), MSG_DONTWAIT | MSG_TRUNC, nullptr);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    // An answer of the network to something that was sent: nobody is there. It stands in the way of one call only.
    if (count < 0) throw sys::Error(errno, what_ + ": cannot receive", errno == ECONNREFUSED ? "what was sent has come to nobody: nobody receives there" : "");
    for (int at = 0; at < count; ++at) {
        auto& header = slots.headers[static_cast<std::size_t>(at)];
        Datagram datagram;
        datagram.size = header.msg_len;
        datagram.bytes = {static_cast<const char*>(header.msg_hdr.msg_iov->iov_base), std::min<std::size_t>(header.msg_len, slot_size)};
        datagram.through = source.socket.get();
        datagram.from.type = source.type;
        datagram.from.length = header.msg_hdr.msg_namelen;
        std::memcpy(&datagram.from.storage, header.msg_hdr.msg_name, header.msg_hdr.msg_namelen);
        if (source.family == AF_PACKET)
            datagram.interface = static_cast<std::uint32_t>(reinterpret_cast<const sockaddr_ll&>(datagram.from.storage).sll_ifindex);
        read_control(header.msg_hdr, datagram);
        into.push_back(datagram);
    }
}

/// A unix datagram may be of any size: asked first.
Inbox::Took Inbox::take_one(const Source& source, std::vector<Datagram>& into) {
    int size = 0;
    if (::ioctl(source.socket.get(), FIONREAD, &size) < 0) size = 0;
    const auto needed = std::max<std::size_t>(static_cast<std::size_t>(std::max(size, 0)), slot_size);
    if (scratch_.size() < needed) scratch_.resize(needed);
    iovec piece{scratch_.data(), scratch_.size()};
    Datagram datagram;
    std::array<char, control_size * 4> control;
    msghdr header{.msg_name = &datagram.from.storage,
                  .msg_namelen = sizeof datagram.from.storage,
                  .msg_iov = &piece,
                  .msg_iovlen = 1,
                  .msg_control = control.data(),
                  .msg_controllen = control.size()};
    const auto count = ::recvmsg(source.socket.get(), &header, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Took::none;
    // Who closes with something unread resets the connection: what he sent before was taken.
    if (count < 0 && errno == ECONNRESET) return Took::end;
    if (count < 0) throw sys::Error(errno, what_ + ": cannot receive", errno == ECONNREFUSED ? "what was sent has come to nobody: nobody receives there" : "");
    read_control(header, datagram);
    if (count == 0 && source.type == SOCK_SEQPACKET && !datagram.sender) return Took::end;
    datagram.size = static_cast<std::size_t>(count);
    datagram.bytes = copies_.emplace_back(std::string_view{scratch_}.substr(0, datagram.size));
    datagram.through = source.socket.get();
    datagram.from.type = source.type;
    datagram.from.length = header.msg_namelen;
    into.push_back(datagram);
    return Took::one;
}

void Inbox::take(std::vector<Datagram>& into, std::size_t most) {
    into.clear();
    copies_.clear();
    for (std::size_t at = 0; at < sources_.size() && into.size() < std::min(most, batch); ++at) {
        if (sources_[at].listens) {
            while (auto client = ipc::Listener::accept(sources_[at].socket.get())) {
                add(std::move(client));
                sources_.back().accepted = true;
            }
        } else if (sources_[at].family != AF_UNIX) {
            take_batch(sources_[at], into, most - into.size());
        } else {
            auto took = Took::one;
            while (took == Took::one && into.size() < std::min(most, batch)) took = take_one(sources_[at], into);
            if (took == Took::end) sources_.erase(sources_.begin() + static_cast<std::ptrdiff_t>(at--));
        }
    }
    // Whoever was served goes to the end: one who sends without pause must not keep the others waiting.
    if (sources_.size() > 2 && !into.empty()) std::rotate(sources_.begin(), sources_.begin() + 1, sources_.end());
}

std::uint64_t Inbox::dropped() const {
    std::uint64_t count = 0;
    for (const auto& source : sources_) count += drops_of(source.socket.get());
    return count;
}

}  // namespace tools::sock
