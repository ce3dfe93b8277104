// SPDX-License-Identifier: MIT
// sock_diag: the sockets of this network namespace, as the kernel lists them (sock_diag(7)), and who has them open.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sys/fd.hpp"

namespace ipc {

enum class SocketKind { tcp, udp, raw, unix_stream, unix_dgram, unix_seqpacket };

/// As in net/tcp_states.h; unix and datagram sockets use a few of them.
enum class SocketState : std::uint8_t {
    established = 1,
    syn_sent,
    syn_recv,
    fin_wait_1,
    fin_wait_2,
    time_wait,
    close,
    close_wait,
    last_ack,
    listen,
    closing,
    new_syn_recv,
};

/// One end of a socket. IP: address, port (of a raw socket: its protocol) and interface; unix: the name's bytes, an abstract one with its leading NUL.
struct SocketEnd {
    int family = 0;  ///< AF_INET, AF_INET6, AF_UNIX; 0: not known
    std::array<unsigned char, 16> address{};
    std::uint16_t port = 0;
    std::uint32_t interface = 0;
    std::string name;

    [[nodiscard]] bool any_address() const;
    [[nodiscard]] bool loopback() const;
    bool operator==(const SocketEnd&) const = default;
};

/// An IPv4 address inside IPv6 as IPv4, without the interface: the same place spelled in one way.
SocketEnd plain(SocketEnd end);

/// What is counted in bytes unless it says otherwise: SK_MEMINFO of linux/sock_diag.h.
struct SocketMemory {
    std::uint32_t receive = 0;
    std::uint32_t receive_limit = 0;
    std::uint32_t send = 0;
    std::uint32_t send_limit = 0;
    std::uint32_t forward = 0;
    std::uint32_t send_queued = 0;
    std::uint32_t options = 0;
    std::uint32_t backlog = 0;
    std::uint32_t drops = 0;  ///< messages or segments
};

/// The timer that runs for a TCP socket.
struct SocketTimer {
    const char* name = "";   ///< retransmit, keepalive, time-wait, probe
    std::uint32_t left = 0;  ///< milliseconds
    unsigned tries = 0;
};

/// Of TCP_INFO (tcp(7)): what people ask for. Times are microseconds.
struct TcpFacts {
    std::uint32_t rtt = 0;
    std::uint32_t rtt_variance = 0;
    std::uint32_t retransmit_timeout = 0;
    std::uint32_t segment = 0;
    std::uint32_t window = 0;  ///< congestion window, segments
    std::uint32_t unacknowledged = 0;
    std::uint32_t retransmits = 0;
    std::uint32_t lost = 0;
    std::optional<std::uint64_t> sent;          ///< bytes
    std::optional<std::uint64_t> acknowledged;  ///< bytes
    std::optional<std::uint64_t> received;      ///< bytes
    std::optional<std::uint64_t> delivery_rate;
    std::uint32_t last_sent = 0;  ///< milliseconds ago
    std::uint32_t last_received = 0;
};

struct SocketInfo {
    SocketKind kind = SocketKind::tcp;
    SocketState state = SocketState::close;
    SocketEnd local;
    SocketEnd peer;
    std::uint64_t inode = 0;  ///< 0: no process has it
    std::array<std::uint32_t, 2> cookie{};
    std::optional<uid_t> uid;
    std::uint32_t receive_queue = 0;     ///< bytes; of a listening socket: connections that wait to be accepted
    std::uint32_t send_queue = 0;        ///< bytes; of a listening socket: how many may wait
    std::uint64_t peer_inode = 0;        ///< of a connected unix socket; found for TCP of this machine; 0: not known
    std::vector<std::uint64_t> waiting;  ///< inodes of the unix clients that wait to be accepted; 0: not in a process any more
    std::optional<SocketTimer> timer;
    std::optional<SocketMemory> memory;
    std::optional<TcpFacts> tcp;
    std::string congestion;
    std::optional<std::uint32_t> mark;
    unsigned shut = 0;             ///< 1: reading, 2: writing (shutdown(2))
    std::uint32_t file_inode = 0;  ///< of a unix socket's path
    std::uint32_t file_device = 0;

    [[nodiscard]] bool is_unix() const { return kind >= SocketKind::unix_stream; }
    [[nodiscard]] bool listening() const { return state == SocketState::listen; }
};

/// How far a block of netlink messages brought us.
struct DiagRead {
    bool done = false;
    int error = 0;  ///< an errno that the kernel answered with
};

/// Reads all messages of one datagram of a dump of this kind (one dump has all kinds of unix sockets). What is cut short or lies about
/// its length is left out.
DiagRead read_diag(std::span<const std::byte> datagram, SocketKind kind, std::vector<SocketInfo>& into);

/// A line of /proc/net/raw or raw6 (proc(5)); nothing when it is not one.
std::optional<SocketInfo> parse_raw_line(std::string_view line);

struct SocketList {
    std::vector<SocketInfo> sockets;
    std::vector<std::string> notes;  ///< kinds that this kernel cannot list
};

/// All sockets of the kinds named; the other end's inode is filled in where both ends are on this machine.
/// Throws Error when the kernel cannot be asked.
SocketList list_sockets(std::span<const SocketKind> kinds);

/// Ends the connection at once, for both sides (SOCK_DESTROY): ECONNABORTED for who has it. Answers 0 or an errno
/// (EPERM without CAP_NET_ADMIN; EOPNOTSUPP: not this kind, or not in this kernel; ENOENT: it is gone).
int destroy_socket(const SocketInfo& socket);

/// A process that has a socket open.
struct SocketUser {
    pid_t pid = 0;
    std::string command;
    int descriptor = -1;
};

struct SocketUsers {
    std::map<std::uint64_t, std::vector<SocketUser>> of;  ///< by inode
    std::size_t processes = 0;
    std::size_t unreadable = 0;
};

/// Who has which socket open: the links in /proc/PID/fd, which may be read only of processes one may trace.
SocketUsers find_socket_users();

/// The inode of the socket behind a descriptor. Throws Error naming `what` (ENOTSOCK: it is something else).
std::uint64_t socket_inode(int descriptor, const std::string& what);

/// 127.0.0.1:80, [::1]:80, *:80, [fe80::1%eth0]:80; a path, or @name. Raw bytes of a name stay raw.
std::string spell(const SocketEnd& end);

/// tcp, udp, raw, unix, unix-dgram, unix-seqpacket: as addresses spell them.
const char* name_of(SocketKind kind);
/// As ss(8) abbreviates them: LISTEN, ESTAB, TIME-WAIT.
const char* name_of(SocketState state);

}  // namespace ipc
