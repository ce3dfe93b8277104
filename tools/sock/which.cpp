// SPDX-License-Identifier: MIT
#include "which.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <cstring>
#include <set>

#include "ipc/endpoint.hpp"
#include "ipc/pipe.hpp"
#include "sys/deadline.hpp"
#include "sys/error.hpp"
#include "sys/signals.hpp"
#include "text/escape.hpp"
#include "text/number.hpp"

namespace tools::sock {
namespace {

using Kind = ipc::Address::Kind;

std::optional<ipc::SocketKind> kind_of(Kind kind) {
    switch (kind) {
        case Kind::tcp: return ipc::SocketKind::tcp;
        case Kind::udp: return ipc::SocketKind::udp;
        case Kind::unix_stream: return ipc::SocketKind::unix_stream;
        case Kind::unix_datagram: return ipc::SocketKind::unix_dgram;
        case Kind::unix_seqpacket: return ipc::SocketKind::unix_seqpacket;
        default: return std::nullopt;
    }
}

constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<int>::max());

ipc::SocketEnd end_of(const sockaddr_storage& address) {
    ipc::SocketEnd end{.family = address.ss_family};
    if (address.ss_family == AF_INET) {
        const auto& in = reinterpret_cast<const sockaddr_in&>(address);
        std::memcpy(end.address.data(), &in.sin_addr, sizeof in.sin_addr);
        end.port = ntohs(in.sin_port);
    } else {
        const auto& in = reinterpret_cast<const sockaddr_in6&>(address);
        std::memcpy(end.address.data(), &in.sin6_addr, sizeof in.sin6_addr);
        end.port = ntohs(in.sin6_port);
    }
    return end;
}

/// A socket that is bound to every address has each of them.
bool has_address(const ipc::SocketEnd& end, const ipc::SocketEnd& wanted) {
    const auto it = ipc::plain(end);
    if (it.port != wanted.port) return false;
    if (wanted.any_address() || (it.any_address() && it.port != 0)) return true;
    return it.family == wanted.family && it.address == wanted.address;
}

}  // namespace

text::Parsed<Which> Which::parse(std::string_view text) {
    Which which;
    which.spelled = text::escape(text);
    const auto colon = text.find(':');
    const auto before = text.substr(0, colon);
    const auto behind = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
    if (before == "inode" || before == "cookie") {
        const auto number = text::whole_number(behind, 0, std::numeric_limits<std::uint64_t>::max());
        if (!number) return std::unexpected(number.error());
        which.by = before == "inode" ? By::inode : By::cookie;
        which.number = *number;
        return which;
    }
    const auto pid = text::whole_number(before, 1, most);
    const auto descriptor = text::whole_number(behind, 0, most);
    if ((pid || before == "fd") && descriptor) {
        which.by = By::descriptor;
        which.pid = pid ? static_cast<pid_t>(*pid) : 0;
        which.descriptor = static_cast<int>(*descriptor);
        return which;
    }
    auto address = ipc::Address::parse(text);
    if (!address) return std::unexpected(address.error());
    if (!kind_of(address->kind)) return std::unexpected(fmt::format("'{}': only tcp, udp and unix sockets are found by their address", which.spelled));
    which.address = std::move(*address);
    return which;
}

Held::Held(const Which& which) : borrowed_(which.pid != 0 ? ipc::borrow(which.pid, which.descriptor) : sys::Fd{}), own_(which.descriptor) {}

Matcher::Matcher(const Which& which) : which_(which) {
    if (which.by == Which::By::inode) inode_ = which.number;
    if (which.by == Which::By::descriptor) inode_ = ipc::socket_inode(Held{which}.get(), which.spelled);
    if (which.by != Which::By::address) return;
    if (which.address.is_path()) {
        struct stat status {};
        // By the file too: a socket keeps the path as it was bound, which may be a relative one.
        if (::stat(which.address.path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) {
            file_inode_ = static_cast<std::uint32_t>(status.st_ino);
            file_device_ = major(status.st_dev) << 20 | minor(status.st_dev);  // as the kernel keeps it (MKDEV)
        }
    } else if (which.address.is_inet()) {
        sys::Signals signals;
        std::vector<ipc::Endpoint> endpoints;
        if (ipc::resolve(which.address, ipc::Purpose::to_bind, {}, signals, endpoints) == sys::Wait::interrupted) sys::end_by(sys::Signals::taken());
        signals.release();
        for (const auto& endpoint : endpoints) ends_.push_back(end_of(endpoint.storage));
    }
}

bool Matcher::operator()(const ipc::SocketInfo& socket) const {
    switch (which_.by) {
        case Which::By::inode:
        case Which::By::descriptor: return inode_ != 0 && socket.inode == inode_;
        case Which::By::cookie: return (static_cast<std::uint64_t>(socket.cookie[1]) << 32 | socket.cookie[0]) == which_.number;
        case Which::By::address: break;
    }
    if (socket.kind != kind_of(which_.address.kind)) return false;
    if (socket.is_unix()) {
        if (file_inode_ != 0) return socket.file_inode == file_inode_ && socket.file_device == file_device_;
        // A relative path is bound from anywhere: as text it means nothing.
        if (!which_.address.abstract && !which_.address.path.starts_with('/')) return false;
        const auto name = (which_.address.abstract ? std::string(1, '\0') : std::string{}) + which_.address.path;
        return socket.local.name == name || socket.peer.name == name;
    }
    return std::ranges::any_of(ends_, [&](const ipc::SocketEnd& wanted) { return has_address(socket.local, wanted) || has_address(socket.peer, wanted); });
}

namespace {

/// The same name in another kind of unix socket is another socket, and easily meant.
std::string other_kind(const std::vector<ipc::SocketInfo>& sockets, const Which& which) {
    if (which.by != Which::By::address || !which.address.is_unix()) return {};
    for (const auto kind : {Kind::unix_stream, Kind::unix_datagram, Kind::unix_seqpacket}) {
        auto other = which;
        other.address.kind = kind;
        const Matcher matches{other};
        if (std::ranges::any_of(sockets, matches)) return fmt::format("there is {}", other.address.spelled());
    }
    return {};
}

}  // namespace

std::vector<ipc::SocketInfo> chosen(const std::vector<ipc::SocketInfo>& sockets, std::span<const Which> which) {
    std::set<std::size_t> wanted;
    for (const auto& one : which) {
        const Matcher matches{one};
        std::set<std::uint64_t> inodes;
        const auto before = wanted.size();
        bool found = false;
        for (std::size_t at = 0; at < sockets.size(); ++at) {
            if (!matches(sockets[at])) continue;
            found = true;
            wanted.insert(at);
            if (sockets[at].is_unix()) inodes.insert(sockets[at].inode);
        }
        if (!found) throw sys::Error(ENOENT, fmt::format("{}: no such socket in this network namespace", one.spelled), other_kind(sockets, one));
        if (one.by != Which::By::address || before == wanted.size()) continue;
        // A unix client has no name of its own: the other end's, which may have been found by its file, is one of its ends.
        for (std::size_t at = 0; at < sockets.size(); ++at) {
            if (sockets[at].is_unix() && inodes.contains(sockets[at].peer_inode)) wanted.insert(at);
        }
    }
    std::vector<ipc::SocketInfo> result;
    result.reserve(wanted.size());
    for (const auto at : wanted) result.push_back(sockets[at]);
    return result;
}

}  // namespace tools::sock
