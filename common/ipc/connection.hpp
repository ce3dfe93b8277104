// SPDX-License-Identifier: MIT
// connection: a stream socket that is connected: how it came about, and what became of the bytes that it was handed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "ipc/address.hpp"
#include "ipc/endpoint.hpp"
#include "sys/deadline.hpp"
#include "sys/fd.hpp"
#include "sys/signals.hpp"

namespace ipc {

struct Connection {
    sys::Fd socket;
    std::string local;  ///< both ends, in numbers: a connection that is over does not tell them any more
    std::string peer;
    std::chrono::nanoseconds lookup{};   ///< until the names were known
    std::chrono::nanoseconds connect{};  ///< from then until it was connected
};

/// Tries all that the address means, a new one each quarter of a second or as soon as one has failed, and takes the first that
/// answers (RFC 8305). Datagram sockets are connected without asking anybody. systemd: and - are not for this; fd: is a
/// connected socket that we were given. Throws Error (ECONNREFUSED, ...), which names all that failed and why.
/// would_block: with a deadline that is past already, it would have to wait.
sys::Wait connect(const Address& address, const sys::Deadline& deadline, sys::Signals& signals, Connection& into);

/// Bytes that the socket has taken and the other side's kernel has not (TCP, exact), or its program has not (unix, with what the
/// kernel needs to keep them). Nothing: not known of this kind of socket. SIOCOUTQ of tcp(7), unix(7).
std::optional<std::uint64_t> unsent(int socket);
/// The error that is waiting in the socket, and forgotten by this; 0: none. SO_ERROR.
int pending_error(int socket);

/// Until the other side has taken all that was sent: done. Its refusal is in `error`.
sys::Wait until_taken(int socket, const sys::Deadline& deadline, sys::Signals& signals, int& error);

}  // namespace ipc
