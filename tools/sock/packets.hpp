// SPDX-License-Identifier: MIT
// packets: sockets that move packets with their headers: raw IP, a network card, ping.
#pragma once

#include <optional>

#include "ipc/address.hpp"
#include "packet_filter.hpp"
#include "sys/deadline.hpp"
#include "sys/fd.hpp"
#include "sys/signals.hpp"

namespace tools::sock {

struct PacketSettings {
    std::optional<PacketFilter> filter;
    bool header = false;  ///< what is sent begins with its IP header
};

/// A socket for ip://, packet:// or ping://, connected or bound to what the address means. Nothing that the filter refuses is in it.
/// done, or why it stopped looking for the name. Throws Error: EPERM without CAP_NET_RAW, ENODEV (no such interface), ...
sys::Wait open_packets(const ipc::Address& address, const PacketSettings& settings, const sys::Deadline& deadline, sys::Signals& signals, sys::Fd& into);

}  // namespace tools::sock
