// SPDX-License-Identifier: MIT
// tcp_info: what the kernel knows of a TCP connection.
#pragma once

#include <cstdint>
#include <optional>

namespace ipc {

/// Of TCP_INFO; times in microseconds, rates in bytes a second.
struct TcpInfo {
    unsigned state = 0;
    std::uint64_t rtt = 0;
    std::uint64_t rtt_variance = 0;
    std::uint64_t retransmits = 0;
    std::uint64_t lost = 0;
    std::uint64_t congestion_window = 0;  ///< segments
    std::uint64_t mss = 0;
    std::uint64_t unacknowledged = 0;      ///< segments
    std::uint64_t bytes_acknowledged = 0;  ///< with 1 for a SYN and 1 for a FIN of ours
    std::uint64_t bytes_received = 0;
    std::uint64_t delivery_rate = 0;
};

/// Nothing: it is no TCP socket.
std::optional<TcpInfo> tcp_info(int socket);

}  // namespace ipc
