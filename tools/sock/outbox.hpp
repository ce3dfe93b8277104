// SPDX-License-Identifier: MIT
// outbox: datagrams and records given to the kernel, whole, many with one call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/groups.hpp"
#include "ipc/address.hpp"
#include "ipc/connection.hpp"
#include "ipc/endpoint.hpp"
#include "sys/deadline.hpp"
#include "sys/fd.hpp"
#include "sys/signals.hpp"

namespace tools::sock {

constexpr std::size_t largest_udp = 65507;  ///< bytes of one datagram, over IPv4

/// SOCK_STREAM and so on; 0: no socket.
int type_of(int socket);

/// ?ttl= counts for groups as well, where it is another option, and 1 is what is usual. loop: members on this machine get it, too.
void set_up_group(int socket, const ipc::Address& address, const ipc::Endpoint& endpoint, bool loop);

/// A unix datagram socket without a name, which nobody could answer, gets one that the kernel chooses (unix(7), autobind). Throws Error.
void make_answerable(int socket, const std::string& what);

/// What a socket of datagrams lacks when it has been connected: both of these, where they belong. Throws Error.
void set_up_messages(const ipc::Address& address, ipc::Connection& connection);

class Outbox {
public:
    /// Ready to send to what the address means. answerable: a unix datagram socket gets a name that can be answered, and groups and
    /// broadcast can be answered by anybody. done, or why it stopped. Throws Error (ECONNREFUSED, ...); Usage for what has no messages.
    sys::Wait open(const ipc::Address& address, bool answerable, bool loop, const sys::Deadline& deadline, sys::Signals& signals);

    /// A socket that was made elsewhere; sends go where it is connected or bound to.
    void use(sys::Fd socket, std::string spelled);

    /// Takes the bytes as they are; they are copied.
    void add(std::string_view message);
    [[nodiscard]] bool full() const { return held_.size() >= most || bytes_ >= most_bytes; }
    /// Until the kernel has all that was added: done, or what came in between; held() says what is left. Throws Error naming the
    /// message that is refused: EMSGSIZE, ECONNREFUSED, ...
    sys::Wait flush(const sys::Deadline& deadline, sys::Signals& signals);

    /// Added and not sent yet.
    [[nodiscard]] const std::vector<std::string>& held() const { return held_; }
    [[nodiscard]] std::uint64_t sent() const { return sent_; }
    [[nodiscard]] int fd() const { return socket_.get(); }
    /// What the network said meanwhile (ECONNREFUSED: nobody is there); 0: nothing.
    [[nodiscard]] int complaint() const;

private:
    static constexpr std::size_t most = 64;
    static constexpr std::size_t most_bytes = 1024 * 1024;

    void open_to(const ipc::Address& address, const ipc::Endpoint& endpoint, bool answerable, bool loop);
    [[noreturn]] void refuse(int error) const;

    sys::Fd socket_;
    std::string spelled_;
    std::optional<ipc::Endpoint> to_;  ///< not connected: each goes there
    std::vector<std::string> held_;
    std::size_t bytes_ = 0;
    std::uint64_t sent_ = 0;
};

}  // namespace tools::sock
