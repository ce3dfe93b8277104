// SPDX-License-Identifier: MIT
// address: where a socket is and of what kind: tcp://host:port, unix:/path, unix:@name, fd:3, ...
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/word.hpp"

namespace ipc {

/// A checked address; neither the kernel nor the network was asked anything yet. It says what and where; who connects, who
/// listens and which command runs is said elsewhere.
struct Address {
    enum class Kind {
        tcp,
        mptcp,
        sctp,
        udp,
        unix_stream,
        unix_datagram,
        unix_seqpacket,
        vsock,
        ip,          ///< raw: ip://host/icmp
        packet,      ///< packet://eth0
        ping,        ///< ping://host
        descriptor,  ///< fd:3
        activation,  ///< systemd: or systemd:name
        standard,    ///< -: standard input and output
    };
    Kind kind = Kind::tcp;
    int family = 0;         ///< AF_INET or AF_INET6 when the scheme says so (tcp4, udp6); 0: either
    std::string host;       ///< without brackets, perhaps with %scope; empty: every address. packet: the interface
    std::string port;       ///< a number or the name of a service. ip: the protocol
    std::string path;       ///< unix: the path, or the abstract name without its @. activation: the name, perhaps empty
    bool abstract = false;  ///< path is a name in the abstract namespace
    std::uint32_t cid = 0;  ///< vsock; any_cid: every one
    std::uint32_t vsock_port = 0;
    int descriptor = -1;

    /// What stands behind ?: checked to be known, to belong to this kind, and to have a value of the right form.
    struct Key {
        std::string name;
        std::string value;  ///< empty: a flag
        bool operator==(const Key&) const = default;
    };
    std::vector<Key> keys;

    static constexpr auto any_cid = static_cast<std::uint32_t>(-1);  // VMADDR_CID_ANY
    static constexpr std::size_t longest_abstract = 107;             // sun_path without the NUL that leads it
    static constexpr std::size_t longest_path = 4095;

    [[nodiscard]] bool is_unix() const { return kind == Kind::unix_stream || kind == Kind::unix_datagram || kind == Kind::unix_seqpacket; }
    /// Has a host and a port, and perhaps several addresses behind the host.
    [[nodiscard]] bool is_inet() const { return kind == Kind::tcp || kind == Kind::mptcp || kind == Kind::sctp || kind == Kind::udp; }
    /// Bytes in order, without records: what connect, listen and relay move.
    [[nodiscard]] bool is_stream() const;
    /// Datagrams, or records in order.
    [[nodiscard]] bool has_messages() const { return kind == Kind::udp || kind == Kind::unix_datagram || kind == Kind::unix_seqpacket; }
    /// Packets, with headers of their own.
    [[nodiscard]] bool is_raw() const { return kind == Kind::ip || kind == Kind::packet || kind == Kind::ping; }
    [[nodiscard]] bool is_path() const { return is_unix() && !abstract; }

    /// The value of a key; null: it was not given.
    [[nodiscard]] const std::string* key(std::string_view name) const;
    /// Sets a key as if it stood in the address, instead of what stands there. The answer: empty, or what is wrong.
    std::string set(std::string_view name, std::string_view value);

    /// The canonical spelling, without control characters, that parse() reads back.
    [[nodiscard]] std::string spelled() const;

    static text::Parsed<Address> parse(std::string_view text);
    /// nc's two words.
    static text::Parsed<Address> parse(std::string_view host, std::string_view port);

    static std::vector<text::Candidate> candidates(std::string_view begin);
    static constexpr text::Word word{"ADDRESS", &candidates, true};

    bool operator==(const Address&) const = default;
};

}  // namespace ipc
