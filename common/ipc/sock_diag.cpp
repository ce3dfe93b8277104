// SPDX-License-Identifier: MIT
#include "ipc/sock_diag.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <linux/unix_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cerrno>
#include <cstring>
#include <tuple>

#include "sys/error.hpp"
#include "sys/io.hpp"

namespace ipc {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint32_t all_states = ~0U;

std::uint8_t ip_protocol(SocketKind kind) {
    switch (kind) {
        case SocketKind::udp: return IPPROTO_UDP;
        case SocketKind::raw: return IPPROTO_RAW;
        default: return IPPROTO_TCP;
    }
}

/// A structure at the start of the bytes, copied: netlink aligns to 4 bytes only. What is missing is zero.
template <class T>
T copied(Bytes bytes) {
    T value{};
    std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
    return value;
}

/// Calls visit(type, payload) for each whole attribute; two bits of the type are flags (NLA_TYPE_MASK).
template <class Visit>
void for_each_attribute(Bytes bytes, Visit visit) {
    while (bytes.size() >= sizeof(nlattr)) {
        const auto head = copied<nlattr>(bytes);
        if (head.nla_len < sizeof head || head.nla_len > bytes.size()) return;
        visit(head.nla_type & 0x3fffU, bytes.subspan(sizeof head, head.nla_len - sizeof head));
        bytes = bytes.subspan(std::min<std::size_t>(NLA_ALIGN(head.nla_len), bytes.size()));
    }
}

SocketMemory memory_of(Bytes bytes) {
    const auto words = copied<std::array<std::uint32_t, SK_MEMINFO_VARS>>(bytes);
    return {words[SK_MEMINFO_RMEM_ALLOC],  words[SK_MEMINFO_RCVBUF], words[SK_MEMINFO_WMEM_ALLOC], words[SK_MEMINFO_SNDBUF], words[SK_MEMINFO_FWD_ALLOC],
            words[SK_MEMINFO_WMEM_QUEUED], words[SK_MEMINFO_OPTMEM], words[SK_MEMINFO_BACKLOG],    words[SK_MEMINFO_DROPS]};
}

TcpFacts tcp_facts(Bytes bytes) {
    const auto info = copied<tcp_info>(bytes);
    TcpFacts facts{.rtt = info.tcpi_rtt,
                   .rtt_variance = info.tcpi_rttvar,
                   .retransmit_timeout = info.tcpi_rto,
                   .segment = info.tcpi_snd_mss,
                   .window = info.tcpi_snd_cwnd,
                   .unacknowledged = info.tcpi_unacked,
                   .retransmits = info.tcpi_total_retrans,
                   .lost = info.tcpi_lost,
                   .last_sent = info.tcpi_last_data_sent,
                   .last_received = info.tcpi_last_data_recv};
    // Older kernels answer with a shorter structure.
    const auto has = [&](std::size_t end) { return bytes.size() >= end; };
    if (has(offsetof(tcp_info, tcpi_bytes_acked) + 8)) facts.acknowledged = info.tcpi_bytes_acked;
    if (has(offsetof(tcp_info, tcpi_bytes_received) + 8)) facts.received = info.tcpi_bytes_received;
    if (has(offsetof(tcp_info, tcpi_delivery_rate) + 8)) facts.delivery_rate = info.tcpi_delivery_rate;
    if (has(offsetof(tcp_info, tcpi_bytes_sent) + 8)) facts.sent = info.tcpi_bytes_sent;
    return facts;
}

SocketEnd ip_end(int family, const __be32 (&address)[4], __be16 port, std::uint32_t interface) {
    SocketEnd end{.family = family, .port = ntohs(port), .interface = interface};
    std::memcpy(end.address.data(), address, family == AF_INET ? 4 : 16);
    return end;
}

SocketState state_of(std::uint8_t number) {
    return number <= static_cast<std::uint8_t>(SocketState::new_syn_recv) ? static_cast<SocketState>(number) : SocketState{};
}

std::optional<SocketTimer> timer_of(const inet_diag_msg& message) {
    static constexpr const char* names[] = {nullptr, "retransmit", "keepalive", "time-wait", "probe"};
    if (message.idiag_timer == 0 || message.idiag_timer >= std::size(names)) return std::nullopt;
    return SocketTimer{names[message.idiag_timer], message.idiag_expires, message.idiag_retrans};
}

bool read_inet(Bytes payload, SocketKind kind, SocketInfo& socket) {
    if (payload.size() < sizeof(inet_diag_msg)) return false;
    const auto message = copied<inet_diag_msg>(payload);
    if (message.idiag_family != AF_INET && message.idiag_family != AF_INET6) return false;
    socket.kind = kind;
    socket.state = state_of(message.idiag_state);
    socket.local = ip_end(message.idiag_family, message.id.idiag_src, message.id.idiag_sport, message.id.idiag_if);
    socket.peer = ip_end(message.idiag_family, message.id.idiag_dst, message.id.idiag_dport, message.id.idiag_if);
    socket.inode = message.idiag_inode;
    socket.cookie = {message.id.idiag_cookie[0], message.id.idiag_cookie[1]};
    socket.uid = message.idiag_uid;
    socket.receive_queue = message.idiag_rqueue;
    socket.send_queue = message.idiag_wqueue;
    socket.timer = timer_of(message);
    for_each_attribute(payload.subspan(sizeof message), [&](unsigned type, Bytes bytes) {
        if (type == INET_DIAG_SKMEMINFO) socket.memory = memory_of(bytes);
        if (type == INET_DIAG_INFO && kind == SocketKind::tcp && bytes.size() >= offsetof(tcp_info, tcpi_pacing_rate)) socket.tcp = tcp_facts(bytes);
        if (type == INET_DIAG_CONG)
            socket.congestion.assign(reinterpret_cast<const char*>(bytes.data()), ::strnlen(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
        if (type == INET_DIAG_MARK && bytes.size() >= 4) socket.mark = copied<std::uint32_t>(bytes);
        if (type == INET_DIAG_SHUTDOWN && !bytes.empty()) socket.shut = std::to_integer<unsigned>(bytes[0]) & 3;
    });
    return true;
}

std::optional<SocketKind> unix_kind(int type) {
    switch (type) {
        case SOCK_STREAM: return SocketKind::unix_stream;
        case SOCK_DGRAM: return SocketKind::unix_dgram;
        case SOCK_SEQPACKET: return SocketKind::unix_seqpacket;
        default: return std::nullopt;
    }
}

bool read_unix(Bytes payload, SocketInfo& socket) {
    if (payload.size() < sizeof(unix_diag_msg)) return false;
    const auto message = copied<unix_diag_msg>(payload);
    const auto kind = unix_kind(message.udiag_type);
    if (message.udiag_family != AF_UNIX || !kind) return false;
    socket.kind = *kind;
    socket.state = state_of(message.udiag_state);
    socket.local.family = socket.peer.family = AF_UNIX;
    socket.inode = message.udiag_ino;
    socket.cookie = {message.udiag_cookie[0], message.udiag_cookie[1]};
    for_each_attribute(payload.subspan(sizeof message), [&](unsigned type, Bytes bytes) {
        if (type == UNIX_DIAG_NAME) socket.local.name.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        if (type == UNIX_DIAG_PEER && bytes.size() >= 4) socket.peer_inode = copied<std::uint32_t>(bytes);
        if (type == UNIX_DIAG_UID && bytes.size() >= 4) socket.uid = copied<std::uint32_t>(bytes);
        if (type == UNIX_DIAG_MEMINFO) socket.memory = memory_of(bytes);
        if (type == UNIX_DIAG_SHUTDOWN && !bytes.empty()) socket.shut = std::to_integer<unsigned>(bytes[0]) & 3;
        if (type == UNIX_DIAG_RQLEN && bytes.size() >= sizeof(unix_diag_rqlen)) {
            const auto length = copied<unix_diag_rqlen>(bytes);
            socket.receive_queue = length.udiag_rqueue;
            socket.send_queue = length.udiag_wqueue;
        }
        if (type == UNIX_DIAG_VFS && bytes.size() >= sizeof(unix_diag_vfs)) {
            const auto file = copied<unix_diag_vfs>(bytes);
            socket.file_inode = file.udiag_vfs_ino;
            socket.file_device = file.udiag_vfs_dev;
        }
        for (; type == UNIX_DIAG_ICONS && bytes.size() >= 4; bytes = bytes.subspan(4)) socket.waiting.push_back(copied<std::uint32_t>(bytes));
    });
    // A path is kept with the NUL that ended it, an abstract name has none.
    if (!socket.local.name.empty() && socket.local.name.front() != '\0')
        socket.local.name.resize(::strnlen(socket.local.name.data(), socket.local.name.size()));
    return true;
}

void add_raw_of_proc(std::vector<SocketInfo>& into) {
    for (const char* path : {"/proc/net/raw", "/proc/net/raw6"}) {
        const auto text = sys::read_file(AT_FDCWD, path);
        for (std::string_view rest = text; !rest.empty();) {
            const auto end = std::min(rest.find('\n'), rest.size());
            if (auto socket = parse_raw_line(rest.substr(0, end))) into.push_back(std::move(*socket));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
}

/// 8 hexadecimal digits for each 4 bytes of an address, as the processor reads them.
bool read_hex_address(std::string_view text, SocketEnd& end) {
    if (text.size() != 8 && text.size() != 32) return false;
    end.family = text.size() == 8 ? AF_INET : AF_INET6;
    for (std::size_t at = 0; at < text.size(); at += 8) {
        std::uint32_t word = 0;
        const auto* last = text.data() + at + 8;
        if (const auto read = std::from_chars(text.data() + at, last, word, 16); read.ec != std::errc{} || read.ptr != last) return false;
        std::memcpy(end.address.data() + at / 2, &word, sizeof word);
    }
    return true;
}

bool read_hex_end(std::string_view text, SocketEnd& end) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || !read_hex_address(text.substr(0, colon), end)) return false;
    const auto* last = text.data() + text.size();
    const auto read = std::from_chars(text.data() + colon + 1, last, end.port, 16);
    return read.ec == std::errc{} && read.ptr == last;
}

sys::Fd netlink() {
    sys::Fd socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)};
    if (!socket) throw sys::Error(errno, "cannot ask the kernel for sockets (sock_diag)");
    return socket;
}

template <class Request>
struct Asked {
    nlmsghdr head{};
    Request request{};
};

template <class Request>
void ask(int netlink, const Asked<Request>& asked) {
    if (::send(netlink, &asked, sizeof asked, 0) < 0) throw sys::Error(errno, "cannot ask the kernel for sockets (sock_diag)");
}

template <class Request>
Asked<Request> dump_of(std::uint8_t family) {
    Asked<Request> asked;
    asked.head.nlmsg_len = sizeof asked;
    asked.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    asked.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    asked.request.sdiag_family = family;
    return asked;
}

/// One answer of the kernel, whole.
Bytes answer(int netlink, std::vector<std::byte>& buffer) {
    for (;;) {
        const auto count = ::recv(netlink, buffer.data(), buffer.size(), MSG_TRUNC);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw sys::Error(errno, "cannot read the kernel's list of sockets");
        if (static_cast<std::size_t>(count) > buffer.size()) throw sys::Error(EMSGSIZE, "the kernel's list of sockets");
        return Bytes{buffer}.first(static_cast<std::size_t>(count));
    }
}

/// 0, or the errno that the kernel answered with.
int read_dump(int netlink, SocketKind kind, std::vector<SocketInfo>& into) {
    std::vector<std::byte> buffer(256 * 1024);
    for (;;) {
        const auto read = read_diag(answer(netlink, buffer), kind, into);
        if (read.error != 0 || read.done) return read.error;
    }
}

int dump_unix(std::vector<SocketInfo>& into) {
    const auto asker = netlink();
    auto asked = dump_of<unix_diag_req>(AF_UNIX);
    asked.request.udiag_states = all_states;
    asked.request.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_PEER | UDIAG_SHOW_ICONS | UDIAG_SHOW_RQLEN | UDIAG_SHOW_MEMINFO | UDIAG_SHOW_UID;
    ask(asker.get(), asked);
    return read_dump(asker.get(), SocketKind::unix_stream, into);
}

int dump_inet(SocketKind kind, std::vector<SocketInfo>& into) {
    for (const int family : {AF_INET, AF_INET6}) {
        const auto asker = netlink();
        auto asked = dump_of<inet_diag_req_v2>(static_cast<std::uint8_t>(family));
        asked.request.sdiag_protocol = ip_protocol(kind);
        asked.request.idiag_states = all_states;
        for (const unsigned extension : {INET_DIAG_INFO, INET_DIAG_CONG, INET_DIAG_SKMEMINFO, INET_DIAG_SHUTDOWN})
            asked.request.idiag_ext = static_cast<std::uint8_t>(asked.request.idiag_ext | 1U << (extension - 1));
        ask(asker.get(), asked);
        if (const int error = read_dump(asker.get(), kind, into); error != 0) return error;
    }
    return 0;
}

using Ends = std::tuple<SocketKind, int, std::array<unsigned char, 16>, std::uint16_t, std::array<unsigned char, 16>, std::uint16_t>;

Ends key_of(SocketKind kind, const SocketEnd& from, const SocketEnd& to) {
    const auto a = plain(from);
    const auto b = plain(to);
    return {kind, a.family, a.address, a.port, b.address, b.port};
}

/// Who will accept a connection that is in nobody's hands yet.
const SocketInfo* listener_for(const std::vector<SocketInfo>& sockets, const SocketInfo& client) {
    const auto wanted = plain(client.peer);
    const SocketInfo* found = nullptr;
    for (const auto& socket : sockets) {
        const auto local = plain(socket.local);
        if (!socket.listening() || socket.kind != client.kind || local.port != wanted.port) continue;
        if (local.family == wanted.family && local.address == wanted.address) return &socket;
        if (local.any_address() && (local.family == wanted.family || local.family == AF_INET6)) found = &socket;
    }
    return found;
}

void join_unix_ends(std::vector<SocketInfo>& sockets) {
    std::map<std::uint64_t, std::size_t> at;
    std::map<std::uint64_t, std::size_t> accepted_by;
    for (std::size_t index = 0; index < sockets.size(); ++index) {
        if (!sockets[index].is_unix()) continue;
        at.emplace(sockets[index].inode, index);
        for (const auto client : sockets[index].waiting) accepted_by.emplace(client, index);
    }
    for (auto& socket : sockets) {
        if (!socket.is_unix()) continue;
        // The other end of a client that waits has no process yet: it is the listener who will have it.
        if (const auto listener = accepted_by.find(socket.inode); listener != accepted_by.end() && socket.inode != 0)
            socket.peer_inode = sockets[listener->second].inode;
        if (const auto other = at.find(socket.peer_inode); other != at.end() && socket.peer_inode != 0) socket.peer.name = sockets[other->second].local.name;
    }
}

/// Both ends of a connection within this machine are in the list, each the other's mirror image.
void join_ends(std::vector<SocketInfo>& sockets) {
    join_unix_ends(sockets);
    std::map<Ends, std::uint64_t> inodes;
    const auto has_ends = [](const SocketInfo& socket) { return !socket.is_unix() && socket.kind != SocketKind::raw && socket.peer.port != 0; };
    for (const auto& socket : sockets) {
        if (has_ends(socket)) inodes.emplace(key_of(socket.kind, socket.local, socket.peer), socket.inode);
    }
    for (auto& socket : sockets) {
        if (!has_ends(socket)) continue;
        const auto other = inodes.find(key_of(socket.kind, socket.peer, socket.local));
        if (other == inodes.end()) continue;
        socket.peer_inode = other->second;
        if (other->second != 0 || socket.state != SocketState::established) continue;
        if (const auto* listener = listener_for(sockets, socket)) socket.peer_inode = listener->inode;
    }
}

}  // namespace

SocketEnd plain(SocketEnd end) {
    static constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (end.family == AF_INET6 && std::equal(mapped.begin(), mapped.end(), end.address.begin())) {
        std::array<unsigned char, 16> address{};
        std::copy(end.address.begin() + 12, end.address.end(), address.begin());
        end.address = address;
        end.family = AF_INET;
    }
    end.interface = 0;
    return end;
}

bool SocketEnd::any_address() const {
    return std::ranges::all_of(plain(*this).address, [](unsigned char byte) { return byte == 0; });
}

bool SocketEnd::loopback() const {
    const auto end = plain(*this);
    if (end.family == AF_INET) return end.address[0] == 127;
    static constexpr std::array<unsigned char, 16> one{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return end.family == AF_INET6 && end.address == one;
}

DiagRead read_diag(std::span<const std::byte> datagram, SocketKind kind, std::vector<SocketInfo>& into) {
    const bool is_unix = SocketInfo{.kind = kind}.is_unix();
    while (datagram.size() >= sizeof(nlmsghdr)) {
        const auto head = copied<nlmsghdr>(datagram);
        if (head.nlmsg_len < sizeof head || head.nlmsg_len > datagram.size()) return {};
        const auto payload = datagram.subspan(sizeof head, head.nlmsg_len - sizeof head);
        if (head.nlmsg_type == NLMSG_DONE || head.nlmsg_type == NLMSG_ERROR) {
            // 0 is an end without trouble, or an acknowledgement; the kernel writes errnos with a minus.
            const auto error = payload.size() >= sizeof(int) ? copied<int>(payload) : head.nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
            return {.done = true, .error = error < 0 && error > -4096 ? -error : error == 0 ? 0 : EBADMSG};
        }
        if (head.nlmsg_type == SOCK_DIAG_BY_FAMILY) {
            SocketInfo socket;
            if (is_unix ? read_unix(payload, socket) : read_inet(payload, kind, socket)) into.push_back(std::move(socket));
        }
        datagram = datagram.subspan(std::min<std::size_t>(NLMSG_ALIGN(head.nlmsg_len), datagram.size()));
    }
    return {};
}

std::optional<SocketInfo> parse_raw_line(std::string_view line) {
    // "  26: 0100007F:0001 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 12291188 ..."
    std::vector<std::string_view> words;
    while (words.size() < 10) {
        const auto start = line.find_first_not_of(' ');
        if (start == std::string_view::npos) return std::nullopt;
        line.remove_prefix(start);
        const auto end = std::min(line.find(' '), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
    SocketInfo socket{.kind = SocketKind::raw};
    if (!words[0].ends_with(':') || !read_hex_end(words[1], socket.local) || !read_hex_end(words[2], socket.peer)) return std::nullopt;
    const auto number = [](std::string_view word, auto& into, int base) {
        const auto read = std::from_chars(word.data(), word.data() + word.size(), into, base);
        return read.ec == std::errc{} && read.ptr == word.data() + word.size();
    };
    std::uint8_t state = 0;
    uid_t uid = 0;
    const auto colon = words[4].find(':');
    if (colon == std::string_view::npos || !number(words[3], state, 16) || !number(words[4].substr(0, colon), socket.send_queue, 16) ||
        !number(words[4].substr(colon + 1), socket.receive_queue, 16) || !number(words[7], uid, 10) || !number(words[9], socket.inode, 10))
        return std::nullopt;
    socket.state = state_of(state);
    socket.uid = uid;
    return socket;
}

SocketList list_sockets(std::span<const SocketKind> kinds) {
    SocketList list;
    const auto wanted = [&](SocketKind kind) { return std::ranges::find(kinds, kind) != kinds.end(); };
    const auto note = [&](int error, const char* what) {
        // The part of the kernel that knows them is not there, and could not be loaded.
        if (error == ENOENT || error == EINVAL || error == EPROTONOSUPPORT)
            return list.notes.push_back(fmt::format("this kernel does not list {} sockets", what));
        if (error != 0) throw sys::Error(error, fmt::format("cannot list {} sockets", what));
    };
    for (const auto kind : {SocketKind::tcp, SocketKind::udp}) {
        if (wanted(kind)) note(dump_inet(kind, list.sockets), name_of(kind));
    }
    if (wanted(SocketKind::raw)) {
        // Often left out of kernels (CONFIG_INET_RAW_DIAG); /proc/net has them, with less detail.
        const int error = dump_inet(SocketKind::raw, list.sockets);
        if (error == ENOENT)
            add_raw_of_proc(list.sockets);
        else
            note(error, "raw");
    }
    if (std::ranges::any_of(kinds, [](SocketKind kind) { return SocketInfo{.kind = kind}.is_unix(); })) note(dump_unix(list.sockets), "unix");
    join_ends(list.sockets);
    std::erase_if(list.sockets, [&](const SocketInfo& socket) { return !wanted(socket.kind); });
    return list;
}

int destroy_socket(const SocketInfo& socket) {
    const auto asker = netlink();
    std::vector<std::byte> buffer(64 * 1024);
    std::vector<SocketInfo> none;
    if (socket.is_unix()) return EOPNOTSUPP;
    Asked<inet_diag_req_v2> asked;
    asked.head.nlmsg_len = sizeof asked;
    asked.head.nlmsg_type = SOCK_DESTROY;
    asked.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    auto& request = asked.request;
    request.sdiag_family = static_cast<std::uint8_t>(socket.local.family);
    request.sdiag_protocol = ip_protocol(socket.kind);
    request.idiag_states = all_states;
    request.id.idiag_sport = htons(socket.local.port);
    request.id.idiag_dport = htons(socket.peer.port);
    std::memcpy(request.id.idiag_src, socket.local.address.data(), sizeof request.id.idiag_src);
    std::memcpy(request.id.idiag_dst, socket.peer.address.data(), sizeof request.id.idiag_dst);
    request.id.idiag_if = socket.local.interface;
    request.id.idiag_cookie[0] = socket.cookie[0];
    request.id.idiag_cookie[1] = socket.cookie[1];
    ask(asker.get(), asked);
    return read_diag(answer(asker.get(), buffer), socket.kind, none).error;
}

std::uint64_t socket_inode(int descriptor, const std::string& what) {
    struct stat status {};
    if (::fstat(descriptor, &status) < 0) throw sys::Error(errno, what + ": cannot look at it");
    if (!S_ISSOCK(status.st_mode)) throw sys::Error(ENOTSOCK, what);
    return status.st_ino;
}

std::string spell(const SocketEnd& end) {
    if (end.family == AF_UNIX) return end.name.starts_with('\0') ? "@" + end.name.substr(1) : end.name;
    const auto port = end.port == 0 ? std::string{"*"} : fmt::format("{}", end.port);
    if (end.family == 0 || end.any_address()) return end.family == AF_INET ? "0.0.0.0:" + port : "*:" + port;
    std::array<char, INET6_ADDRSTRLEN> text{};
    (void)::inet_ntop(end.family, end.address.data(), text.data(), text.size());
    if (end.family == AF_INET) return fmt::format("{}:{}", text.data(), port);
    std::array<char, IF_NAMESIZE> interface {};
    if (end.interface != 0 && end.address[0] == 0xfe && (end.address[1] & 0xc0) == 0x80 && ::if_indextoname(end.interface, interface.data()))
        return fmt::format("[{}%{}]:{}", text.data(), interface.data(), port);
    return fmt::format("[{}]:{}", text.data(), port);
}

const char* name_of(SocketKind kind) {
    switch (kind) {
        case SocketKind::tcp: return "tcp";
        case SocketKind::udp: return "udp";
        case SocketKind::raw: return "raw";
        case SocketKind::unix_stream: return "unix";
        case SocketKind::unix_dgram: return "unix-dgram";
        case SocketKind::unix_seqpacket: return "unix-seqpacket";
    }
    return "?";
}

const char* name_of(SocketState state) {
    static constexpr const char* names[] = {"?",      "ESTAB",      "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT",
                                            "UNCONN", "CLOSE-WAIT", "LAST-ACK", "LISTEN",   "CLOSING",    "SYN-RECV"};
    const auto at = static_cast<std::size_t>(state);
    return at < std::size(names) ? names[at] : "?";
}

}  // namespace ipc
