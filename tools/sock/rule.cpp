// SPDX-License-Identifier: MIT
#include "rule.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "sys/privilege.hpp"
#include "text/escape.hpp"
#include "text/number.hpp"

namespace tools::sock {
namespace {

using Network = std::array<std::uint8_t, 16>;

/// In the form of IPv6, so that an IPv4 address is the same whichever socket it came through.
std::optional<Network> network_of(std::string_view host) {
    Network network{};
    const std::string text{host};
    if (host.contains(':')) return ::inet_pton(AF_INET6, text.c_str(), network.data()) == 1 ? std::optional{network} : std::nullopt;
    network[10] = network[11] = 0xff;
    return ::inet_pton(AF_INET, text.c_str(), network.data() + 12) == 1 ? std::optional{network} : std::nullopt;
}

bool inside(const Network& host, const Rule& rule) {
    for (unsigned bit = 0; bit < rule.bits; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
        if ((host[bit / 8] & mask) != (rule.network[bit / 8] & mask)) return false;
    }
    return true;
}

bool matches(const Rule& rule, const std::optional<Network>& host, const std::optional<ucred>& who) {
    switch (rule.kind) {
        case Rule::Kind::network: return host && inside(*host, rule);
        case Rule::Kind::uid: return who && who->uid == rule.id;
        case Rule::Kind::gid: return who && who->gid == rule.id;
    }
    return false;
}

}  // namespace

text::Parsed<Rule> Rule::parse(std::string_view text) {
    Rule rule;
    if (text.starts_with("uid:") || text.starts_with("gid:")) {
        const auto name = text.substr(4);
        const bool user = text.starts_with("uid:");
        const auto id = user ? sys::user_id(name) : sys::group_id(name);
        if (!id) return std::unexpected(fmt::format("there is no {} '{}'", user ? "user" : "group", text::escape(name)));
        rule.kind = user ? Kind::uid : Kind::gid;
        rule.id = *id;
        return rule;
    }
    const auto slash = text.find('/');
    const auto network = text.contains('\0') ? std::nullopt : network_of(text.substr(0, slash));
    if (!network) return std::unexpected(fmt::format("'{}' is no network, such as 10.0.0.0/8 or ::1, nor uid:NAME or gid:NAME", text::escape(text)));
    rule.network = *network;
    if (slash == std::string_view::npos) return rule;
    const unsigned before = text.substr(0, slash).contains(':') ? 0 : 96;
    const auto bits = text::whole_number(text.substr(slash + 1), 0, 128 - before);
    if (!bits) return std::unexpected(fmt::format("the length of the network: {}", bits.error()));
    rule.bits = before + static_cast<unsigned>(*bits);
    return rule;
}

bool AccessOptions::admits(int socket) const {
    if (allow.empty() && deny.empty()) return true;
    const auto peer = ipc::peer_end(socket);
    std::optional<ucred> who{ucred{}};
    socklen_t length = sizeof *who;
    if (peer.family() != AF_UNIX || ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &*who, &length) < 0) who.reset();
    return admits(peer, who);
}

bool AccessOptions::admits(const ipc::Endpoint& peer, const std::optional<ucred>& who) const {
    if (allow.empty() && deny.empty()) return true;
    const auto host = network_of(peer.host().substr(0, peer.host().find('%')));
    const auto any = [&](const std::vector<Rule>& rules) { return std::ranges::any_of(rules, [&](const Rule& rule) { return matches(rule, host, who); }); };
    return !any(deny) && (allow.empty() || any(allow));
}

}  // namespace tools::sock
