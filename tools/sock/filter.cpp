// SPDX-License-Identifier: MIT
#include "filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "text/escape.hpp"
#include "text/suggest.hpp"

namespace tools::sock {
namespace {

using ipc::SocketKind;
using ipc::SocketState;

constexpr std::uint32_t bit(SocketState state) { return 1U << static_cast<unsigned>(state); }

constexpr std::uint32_t half_open = bit(SocketState::syn_recv) | bit(SocketState::new_syn_recv);
constexpr std::uint32_t all = (1U << 13) - 2;
constexpr std::uint32_t connected = all & ~bit(SocketState::listen) & ~bit(SocketState::close);

struct StateName {
    const char* name;
    std::uint32_t mask;
};
constexpr std::array state_names{
    StateName{"estab", bit(SocketState::established)},
    StateName{"established", bit(SocketState::established)},
    StateName{"syn-sent", bit(SocketState::syn_sent)},
    StateName{"syn-recv", half_open},
    StateName{"fin-wait-1", bit(SocketState::fin_wait_1)},
    StateName{"fin-wait-2", bit(SocketState::fin_wait_2)},
    StateName{"time-wait", bit(SocketState::time_wait)},
    StateName{"unconn", bit(SocketState::close)},
    StateName{"closed", bit(SocketState::close)},
    StateName{"close-wait", bit(SocketState::close_wait)},
    StateName{"last-ack", bit(SocketState::last_ack)},
    StateName{"listen", bit(SocketState::listen)},
    StateName{"listening", bit(SocketState::listen)},
    StateName{"closing", bit(SocketState::closing)},
    StateName{"connected", connected},
    StateName{"synchronized", connected & ~bit(SocketState::syn_sent)},
    StateName{"all", all},
};

struct ProtocolName {
    const char* name;
    std::array<SocketKind, 3> kinds;
};
constexpr std::array protocol_names{
    ProtocolName{"tcp", {SocketKind::tcp, SocketKind::tcp, SocketKind::tcp}},
    ProtocolName{"udp", {SocketKind::udp, SocketKind::udp, SocketKind::udp}},
    ProtocolName{"raw", {SocketKind::raw, SocketKind::raw, SocketKind::raw}},
    ProtocolName{"inet", {SocketKind::tcp, SocketKind::udp, SocketKind::raw}},
    ProtocolName{"unix", {SocketKind::unix_stream, SocketKind::unix_stream, SocketKind::unix_stream}},
    ProtocolName{"unix-dgram", {SocketKind::unix_dgram, SocketKind::unix_dgram, SocketKind::unix_dgram}},
    ProtocolName{"unix-seqpacket", {SocketKind::unix_seqpacket, SocketKind::unix_seqpacket, SocketKind::unix_seqpacket}},
    ProtocolName{"all-unix", {SocketKind::unix_stream, SocketKind::unix_dgram, SocketKind::unix_seqpacket}},
};

std::string lower(std::string_view text) {
    std::string result{text};
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

template <class Table>
auto find(const Table& table, std::string_view text, const char* what) -> std::expected<const typename Table::value_type*, std::string> {
    const auto found = std::ranges::find(table, lower(text), [](const auto& row) { return std::string{row.name}; });
    if (found != table.end()) return &*found;
    std::vector<std::string> names;
    names.reserve(std::size(table));
    for (const auto& row : table) names.emplace_back(row.name);
    const auto near = text::nearest(lower(text), names);
    return std::unexpected(fmt::format("'{}' is no {}; {}", text::escape(text), what,
                                       near.empty() ? fmt::format("there are {}", fmt::join(names, ", ")) : fmt::format("did you mean {}?", near)));
}

template <class Table>
std::vector<text::Candidate> names_beginning(const Table& table, std::string_view begin) {
    std::vector<text::Candidate> found;
    for (const auto& row : table) {
        if (std::string_view{row.name}.starts_with(lower(begin))) found.push_back({row.name, ""});
    }
    return found;
}

bool is_one_of(const std::vector<ipc::SocketUser>& users, const std::vector<std::string>& processes) {
    return std::ranges::any_of(users, [&](const ipc::SocketUser& user) {
        return std::ranges::any_of(processes, [&](const std::string& process) { return process == user.command || process == std::to_string(user.pid); });
    });
}

/// A datagram socket listens when anybody may send to it: it is bound and not connected.
bool is_open_to_all(const ipc::SocketInfo& socket) {
    if (socket.kind == SocketKind::unix_dgram) return socket.state == SocketState::close && !socket.local.name.empty();
    if (socket.kind == SocketKind::udp || socket.kind == SocketKind::raw) return socket.state == SocketState::close;
    return socket.listening();
}

}  // namespace

text::Parsed<States> States::parse(std::string_view text) {
    const auto found = find(state_names, text, "state");
    if (!found) return std::unexpected(found.error());
    return States{(*found)->mask};
}

std::vector<text::Candidate> States::candidates(std::string_view begin) { return names_beginning(state_names, begin); }

text::Parsed<Protocols> Protocols::parse(std::string_view text) {
    const auto found = find(protocol_names, text, "protocol that can be listed");
    if (!found) return std::unexpected(found.error());
    return Protocols{{(*found)->kinds.begin(), (*found)->kinds.end()}};
}

std::vector<text::Candidate> Protocols::candidates(std::string_view begin) { return names_beginning(protocol_names, begin); }

bool FilterOptions::lets_through(const ipc::SocketInfo& socket, const ipc::SocketUsers& users) const {
    if (listening && !is_open_to_all(socket)) return false;
    const auto is_state = [&](const States& wanted) { return (wanted.mask & bit(socket.state)) != 0; };
    if (!states.empty() && !std::ranges::any_of(states, is_state)) return false;
    const auto is_protocol = [&](const Protocols& wanted) { return std::ranges::find(wanted.kinds, socket.kind) != wanted.kinds.end(); };
    if (!protocols.empty() && !std::ranges::any_of(protocols, is_protocol)) return false;
    const bool has_port = socket.kind == SocketKind::tcp || socket.kind == SocketKind::udp;
    const auto is_port = [&](const auto& port) { return has_port && (socket.local.port == port.value || socket.peer.port == port.value); };
    if (!ports.empty() && !std::ranges::any_of(ports, is_port)) return false;
    if (processes.empty()) return true;
    const auto found = users.of.find(socket.inode);
    return socket.inode != 0 && found != users.of.end() && is_one_of(found->second, processes);
}

}  // namespace tools::sock
