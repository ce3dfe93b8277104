// SPDX-License-Identifier: MIT
#include "ipc/tcp_info.hpp"

// The kernel's header, and not netinet/tcp.h: that one, which it cannot stand beside, ends before the counters of bytes.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace ipc {

std::optional<TcpInfo> tcp_info(int socket) {
    struct ::tcp_info info {};
    socklen_t length = sizeof info;
    if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) < 0) return {};
    return TcpInfo{info.tcpi_state,   info.tcpi_rtt,     info.tcpi_rttvar,      info.tcpi_total_retrans,  info.tcpi_lost,         info.tcpi_snd_cwnd,
                   info.tcpi_snd_mss, info.tcpi_unacked, info.tcpi_bytes_acked, info.tcpi_bytes_received, info.tcpi_delivery_rate};
}

}  // namespace ipc
