// SPDX-License-Identifier: MIT
// endpoint: one place where a socket can be bound or connected: what an Address comes to in this network, at this moment.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ipc/address.hpp"
#include "sys/deadline.hpp"
#include "sys/fd.hpp"
#include "sys/signals.hpp"

namespace ipc {

struct Endpoint {
    int type = 0;  ///< SOCK_STREAM and so on
    int protocol = 0;
    sockaddr_storage storage{};
    socklen_t length = 0;

    [[nodiscard]] int family() const { return storage.ss_family; }
    [[nodiscard]] const sockaddr* name() const { return reinterpret_cast<const sockaddr*>(&storage); }
    [[nodiscard]] sockaddr* name() { return reinterpret_cast<sockaddr*>(&storage); }
    [[nodiscard]] std::uint16_t port() const;  ///< 0 where there is none
    void set_port(std::uint16_t port);
    /// The host alone, as a number: 127.0.0.1 or ::1, an IPv4 one inside of IPv6 as IPv4. Empty where there is none.
    [[nodiscard]] std::string host() const;
    /// As an address that Address::parse() reads back: tcp://127.0.0.1:80, unix:/run/x; "unix:" without a name.
    [[nodiscard]] std::string spelled() const;
};

/// Both ends of a socket that is there. Throws Error (ENOTCONN, ...).
Endpoint local_end(int socket);
Endpoint peer_end(int socket);

enum class Purpose { to_connect, to_bind };

/// All places the address may mean, in the order in which they are to be tried; one at least, unless it was not done. The
/// names of hosts and services are asked of getent(1), which knows what this machine is configured to ask, and can be
/// given up. Not for fd:, systemd: and -. Throws Error (ENXIO: there is no such host).
sys::Wait resolve(const Address& address, Purpose purpose, const sys::Deadline& deadline, sys::Signals& signals, std::vector<Endpoint>& into);

/// The place of a unix socket. A path that is too long for a socket's name is reached through `directory`, which must stay
/// open meanwhile. Throws Error (ENAMETOOLONG, ENOENT: no such directory).
Endpoint unix_endpoint(const Address& address, sys::Fd& directory);

/// A socket of this kind, O_CLOEXEC and non-blocking, with what the keys of the address ask of it. Throws Error.
sys::Fd open_socket(const Address& address, const Endpoint& endpoint, Purpose purpose);

}  // namespace ipc
