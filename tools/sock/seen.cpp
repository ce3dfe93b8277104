// SPDX-License-Identifier: MIT
#include "seen.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>

#include "sys/privilege.hpp"
#include "text/duration.hpp"

namespace tools::sock {
namespace {

const std::vector<ipc::SocketUser>& users_of(std::uint64_t inode, const ipc::SocketUsers& users) {
    static const std::vector<ipc::SocketUser> nobody;
    const auto found = users.of.find(inode);
    return inode == 0 || found == users.of.end() ? nobody : found->second;
}

cli::Value holder_cells(std::uint64_t inode, const ipc::SocketUsers& users) {
    cli::List cells;
    for (const auto& user : users_of(inode, users)) {
        cli::Object object{{"pid", user.pid}, {"fd", user.descriptor}};
        cli::add_bytes(object, "command", user.command);
        cells.emplace_back(std::move(object));
    }
    return cells;
}

cli::Value waiting_cells(const ipc::SocketInfo& socket, const ipc::SocketUsers& users) {
    cli::List cells;
    for (const auto inode : socket.waiting) cells.emplace_back(cli::Object{{"inode", inode}, {"process", holders(inode, users)}});
    return cells;
}

cli::Value words(std::string text) { return text.empty() ? cli::Value{nullptr} : cli::Value{std::move(text)}; }

cli::Value timer(const ipc::SocketInfo& socket) {
    if (!socket.timer) return nullptr;
    const auto left = text::spell(text::Duration{std::chrono::milliseconds{socket.timer->left}});
    return fmt::format("{} {}, {} tries", socket.timer->name, left, socket.timer->tries);
}

cli::Value memory(const ipc::SocketInfo& socket, std::uint32_t ipc::SocketMemory::*which) {
    return socket.memory ? cli::Value{*socket.memory.*which} : cli::Value{nullptr};
}

/// A fact of TCP; nothing of a socket that is not connected.
template <class Fact>
cli::Value tcp(const ipc::SocketInfo& socket, Fact fact) {
    if (!socket.tcp || socket.listening()) return nullptr;
    return fact(*socket.tcp);
}

template <class T>
auto plain(T ipc::TcpFacts::*which) {
    return [which](const ipc::TcpFacts& facts) {
        if constexpr (std::is_same_v<T, std::uint32_t>)
            return cli::Value{facts.*which};
        else
            return cli::known(facts.*which);
    };
}

}  // namespace

std::string holders(std::uint64_t inode, const ipc::SocketUsers& users) {
    std::string text;
    for (const auto& user : users_of(inode, users)) text += fmt::format("{}{}[{}]:{}", text.empty() ? "" : ",", user.command, user.pid, user.descriptor);
    return text;
}

std::string socket_name(const ipc::SocketInfo& socket) {
    if (socket.inode != 0) return fmt::format("inode:{}", socket.inode);
    return fmt::format("cookie:{}", static_cast<std::uint64_t>(socket.cookie[1]) << 32 | socket.cookie[0]);
}

namespace {

/// A path that is too long for the kernel was bound through a descriptor of its directory, which is nobody else's: where that was is
/// not known.
std::string spell_end(const ipc::SocketEnd& end) {
    const auto text = ipc::spell(end);
    if (end.family != AF_UNIX || !text.starts_with("/proc/self/fd/")) return text;
    return "?" + text.substr(std::min(text.find('/', std::string_view{"/proc/self/fd/"}.size()), text.size()));
}

}  // namespace

std::string spell_local(const ipc::SocketInfo& socket) {
    if (socket.is_unix() && socket.local.name.empty()) return "*";
    return spell_end(socket.local);
}

std::string spell_peer(const ipc::SocketInfo& socket) {
    if (socket.is_unix() ? socket.peer.name.empty() : socket.peer.any_address() && socket.peer.port == 0) return "*";
    return spell_end(socket.peer);
}

cli::List socket_cells(const ipc::SocketInfo& socket, const ipc::SocketUsers& users) {
    const auto idle = [](const ipc::TcpFacts& facts) { return cli::Value{std::min(facts.last_sent, facts.last_received) / 1e3}; };
    return {
        socket_name(socket),
        ipc::name_of(socket.kind),
        ipc::name_of(socket.state),
        socket.receive_queue,
        socket.send_queue,
        spell_local(socket),
        spell_peer(socket),
        words(holders(socket.inode, users)),
        words(holders(socket.peer_inode, users)),
        timer(socket),
        socket.uid ? cli::Value{sys::user_name(*socket.uid)} : cli::Value{nullptr},
        socket.inode == 0 ? cli::Value{nullptr} : cli::Value{socket.inode},
        socket.peer_inode == 0 ? cli::Value{nullptr} : cli::Value{socket.peer_inode},
        words(std::string{socket.shut & 1 ? "r" : ""} + (socket.shut & 2 ? "w" : "")),
        memory(socket, &ipc::SocketMemory::receive),
        memory(socket, &ipc::SocketMemory::receive_limit),
        memory(socket, &ipc::SocketMemory::send),
        memory(socket, &ipc::SocketMemory::send_limit),
        memory(socket, &ipc::SocketMemory::drops),
        words(socket.congestion),
        tcp(socket, [](const ipc::TcpFacts& facts) { return cli::Value{facts.rtt / 1e6}; }),
        tcp(socket, plain(&ipc::TcpFacts::window)),
        tcp(socket, plain(&ipc::TcpFacts::segment)),
        tcp(socket, plain(&ipc::TcpFacts::retransmits)),
        tcp(socket, plain(&ipc::TcpFacts::unacknowledged)),
        tcp(socket, plain(&ipc::TcpFacts::sent)),
        tcp(socket, plain(&ipc::TcpFacts::acknowledged)),
        tcp(socket, plain(&ipc::TcpFacts::received)),
        tcp(socket, plain(&ipc::TcpFacts::delivery_rate)),
        tcp(socket, idle),
        cli::known(socket.mark),
        holder_cells(socket.inode, users),
        holder_cells(socket.peer_inode, users),
        waiting_cells(socket, users),
    };
}

}  // namespace tools::sock
