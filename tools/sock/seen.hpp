// SPDX-License-Identifier: MIT
// seen: what listings show of a socket.
#pragma once

#include <array>
#include <string>

#include "cli/json.hpp"
#include "cli/verb.hpp"
#include "ipc/sock_diag.hpp"

namespace tools::sock {

/// all: every column is shown without -o, as stat does.
constexpr auto socket_columns(bool all) {
    using cli::Kind;
    std::array columns{
        cli::Column{"SOCKET", "socket", Kind::text, "inode:N or cookie:N, a name for stat, peer and kill", false},
        cli::Column{"PROTOCOL", "protocol", Kind::text, "tcp, udp, raw, unix, unix-dgram or unix-seqpacket"},
        cli::Column{"STATE", "state", Kind::text, "LISTEN, ESTAB, UNCONN and so on, as in ss(8)"},
        cli::Column{"RECV-Q", "receive_queue", Kind::number, "bytes to be read; LISTEN: connections to be accepted"},
        cli::Column{"SEND-Q", "send_queue", Kind::number, "bytes the other side has not taken; LISTEN: the backlog"},
        cli::Column{"LOCAL", "local", Kind::name, "its own address"},
        cli::Column{"PEER", "peer", Kind::name, "the address of the other end"},
        cli::Column{"PROCESS", "process", Kind::name, "who has it open: COMMAND[PID]:FD"},
        cli::Column{"OTHER", "other", Kind::name, "who has the other end open, when it is on this machine"},
        cli::Column{"TIMER", "timer", Kind::text, "TCP: what it waits for, for how long, and how often it has tried", false},
        cli::Column{"USER", "user", Kind::name, "whose it is", false},
        cli::Column{"INODE", "inode", Kind::number, "what /proc/PID/fd calls it", false},
        cli::Column{"PEER-INODE", "peer_inode", Kind::number, "that of the other end", false},
        cli::Column{"SHUT", "shut", Kind::text, "directions that are shut down: r, w or rw", false},
        cli::Column{"RECV-MEM", "receive_memory", Kind::size, "memory that received data takes", false},
        cli::Column{"RECV-LIMIT", "receive_limit", Kind::size, "SO_RCVBUF", false},
        cli::Column{"SEND-MEM", "send_memory", Kind::size, "memory that data on its way takes", false},
        cli::Column{"SEND-LIMIT", "send_limit", Kind::size, "SO_SNDBUF", false},
        cli::Column{"DROPS", "drops", Kind::number, "datagrams or segments that found no room", false},
        cli::Column{"CONGESTION", "congestion", Kind::text, "TCP: congestion control", false},
        cli::Column{"RTT", "rtt", Kind::number, "TCP: round trip, seconds", false},
        cli::Column{"WINDOW", "window", Kind::number, "TCP: congestion window, segments", false},
        cli::Column{"MSS", "segment", Kind::size, "TCP: segment size", false},
        cli::Column{"RETRANS", "retransmits", Kind::number, "TCP: segments sent again so far", false},
        cli::Column{"UNACKED", "unacknowledged", Kind::number, "TCP: segments on their way", false},
        cli::Column{"SENT", "sent", Kind::size, "TCP: bytes sent so far", false},
        cli::Column{"ACKED", "acknowledged", Kind::size, "TCP: bytes the other side has", false},
        cli::Column{"RECEIVED", "received", Kind::size, "TCP: bytes received so far", false},
        cli::Column{"RATE", "delivery_rate", Kind::size, "TCP: bytes a second that arrive", false},
        cli::Column{"IDLE", "idle", Kind::number, "TCP: seconds since data came or went", false},
        cli::Column{"MARK", "mark", Kind::number, "SO_MARK, with CAP_NET_ADMIN", false},
        cli::Column{"HOLDERS", "holders", Kind::list, "who has it open, one by one", false},
        cli::Column{"OTHERS", "others", Kind::list, "who has the other end open, one by one", false},
        cli::Column{"WAITING", "waiting", Kind::list, "unix LISTEN: clients that are not accepted yet", false},
    };
    if (all) {
        for (auto& column : columns) column.shown = true;
    }
    return columns;
}

/// One cell for each of socket_columns.
cli::List socket_cells(const ipc::SocketInfo& socket, const ipc::SocketUsers& users);

/// "nc[12]:3,sh[10]:3"; empty: nobody that could be seen.
std::string holders(std::uint64_t inode, const ipc::SocketUsers& users);

/// "inode:N", or "cookie:N" where no process has it.
std::string socket_name(const ipc::SocketInfo& socket);

/// The other end: an address, or "*" where there is none.
std::string spell_peer(const ipc::SocketInfo& socket);
std::string spell_local(const ipc::SocketInfo& socket);

}  // namespace tools::sock
