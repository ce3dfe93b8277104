// SPDX-License-Identifier: MIT
#include "packets.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>

#include "cli/exit.hpp"
#include "ipc/endpoint.hpp"
#include "protocol.hpp"
#include "sys/error.hpp"
#include "sys/trace.hpp"

namespace tools::sock {
namespace {

using Kind = ipc::Address::Kind;

sys::Error refused(int error, const std::string& what) {
    return {error, what, error == EPERM ? "it needs CAP_NET_RAW" : error == EACCES ? "the groups that may are in /proc/sys/net/ipv4/ping_group_range" : ""};
}

void attach(int socket, std::vector<sock_filter> program, const std::string& spelled) {
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    if (::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0)
        throw sys::Error(errno, fmt::format("{}: the kernel does not take the filter", spelled));
    sys::trace("{}: attached a filter of {} instructions (SO_ATTACH_FILTER)", spelled, program.size());
}

/// What came between socket(2) and now has passed no filter: nothing more is let in, it is thrown away, and then the filter counts.
void attach_to_open(int socket, const std::vector<sock_filter>& program, const std::string& spelled) {
    attach(socket, {BPF_STMT(BPF_RET | BPF_K, 0)}, spelled);
    char byte = 0;
    while (::recv(socket, &byte, sizeof byte, MSG_DONTWAIT) >= 0) continue;
    attach(socket, program, spelled);
}

sys::Fd open_link(const ipc::Address& address, const PacketSettings& settings) {
    const auto spelled = address.spelled();
    // Protocol 0 receives nothing until it is bound: the filter is there before the first packet.
    sys::Fd socket{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket) throw refused(errno, fmt::format("{}: cannot make such a socket", spelled));
    if (settings.filter) attach(socket.get(), settings.filter->program, spelled);
    const auto interface = ::if_nametoindex(address.host.c_str());
    if (interface == 0) throw sys::Error(ENXIO, fmt::format("{}: there is no interface {}", spelled, address.host));
    // What goes out through the loopback comes in again: it is shown once.
    ifreq request{};
    address.host.copy(request.ifr_name, sizeof request.ifr_name - 1);
    const int on = 1;
    if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_LOOPBACK) != 0)
        (void)::setsockopt(socket.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
    const sockaddr_ll name{.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = static_cast<int>(interface)};
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) < 0) throw sys::Error(errno, fmt::format("{}: cannot bind", spelled));
    return socket;
}

sys::Fd open_ip(const ipc::Address& address, ipc::Endpoint endpoint, const PacketSettings& settings) {
    const auto spelled = address.spelled();
    const bool v6 = endpoint.family() == AF_INET6;
    if (address.kind == Kind::ping) {
        endpoint.protocol = v6 ? static_cast<int>(IPPROTO_ICMPV6) : static_cast<int>(IPPROTO_ICMP);
    } else {
        const auto number = protocol_number(address.port);
        if (!number) throw cli::Usage("ADDRESS: " + number.error());
        endpoint.protocol = *number;
    }
    sys::Fd socket;
    try {
        socket = ipc::open_socket(address, endpoint, address.host.empty() ? ipc::Purpose::to_bind : ipc::Purpose::to_connect);
    } catch (const sys::Error& failure) {
        throw refused(failure.number(), fmt::format("{}: cannot make such a socket", spelled));
    }
    if (settings.filter) attach_to_open(socket.get(), settings.filter->program, spelled);
    const int on = 1;
    if (settings.header && ::setsockopt(socket.get(), v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_HDRINCL : IP_HDRINCL, &on, sizeof on) < 0)
        throw sys::Error(errno, fmt::format("{}: cannot send packets with their headers", spelled));
    if (!address.host.empty() && ::connect(socket.get(), endpoint.name(), endpoint.length) < 0)
        throw sys::Error(errno, fmt::format("{}: cannot send there", spelled));
    return socket;
}

}  // namespace

sys::Wait open_packets(const ipc::Address& address, const PacketSettings& settings, const sys::Deadline& deadline, sys::Signals& signals, sys::Fd& into) {
    if (address.kind == Kind::packet) return into = open_link(address, settings), sys::Wait::done;
    std::vector<ipc::Endpoint> endpoints;
    const auto purpose = address.host.empty() ? ipc::Purpose::to_bind : ipc::Purpose::to_connect;
    if (const auto wait = ipc::resolve(address, purpose, deadline, signals, endpoints); wait != sys::Wait::done) return wait;
    into = open_ip(address, endpoints.front(), settings);
    return sys::Wait::done;
}

}  // namespace tools::sock
