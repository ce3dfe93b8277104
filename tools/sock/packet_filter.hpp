// SPDX-License-Identifier: MIT
// packet_filter: an expression about packets, compiled for the kernel (classic BPF).
#pragma once

#include <linux/filter.h>

#include <string_view>
#include <vector>

#include "text/word.hpp"

namespace tools::sock {

/// A small part of what tcpdump's pcap-filter(7) knows, with the same meaning:
///   ip ip6 arp tcp udp icmp icmp6 sctp, proto N, [src|dst] host A, [src|dst] net A/N, [src|dst] port N, less N, greater N,
///   BASE[OFFSET:SIZE] & MASK == N with BASE of ip ip6 ether tcp udp icmp and == = != < > <= >=, not and or ( ).
/// The program looks at the packet's own headers (SKF_NET_OFF), so that it fits every kind of packet socket.
struct PacketFilter {
    std::vector<sock_filter> program;  ///< checked: jumps lead forward and inside, the last instructions return
    static constexpr text::Word word{"EXPRESSION"};
    static text::Parsed<PacketFilter> parse(std::string_view text);
};

}  // namespace tools::sock
