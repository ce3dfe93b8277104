// SPDX-License-Identifier: MIT
// listener: a bound socket, with all the addresses that its name means, and the path of a unix one that goes away with it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ipc/address.hpp"
#include "ipc/endpoint.hpp"
#include "sys/deadline.hpp"
#include "sys/fd.hpp"
#include "sys/signals.hpp"

namespace ipc {

/// Of the path of a unix socket.
struct ListenSettings {
    unsigned mode = 0600;                  ///< exactly
    uid_t owner = static_cast<uid_t>(-1);  ///< -1: as it comes
    gid_t group = static_cast<gid_t>(-1);
};

/// A unix socket of any type, bound to its address. What stood at the path before is replaced only if it is a socket of our own that
/// nobody listens on any more; it never is when somebody does, or when it is anything else. The new one has its mode from
/// the first moment. It goes away with this object, if it is still ours then.
class BoundUnix {
public:
    BoundUnix() = default;
    /// Bound, and listening if backlog is given: under a lock on the directory, so that of two who start at once one wins.
    /// Throws Error: EEXIST (something else is there), EADDRINUSE
    /// (somebody listens there), EPERM (somebody else's socket), ...
    BoundUnix(const Address& address, const ListenSettings& settings, std::optional<int> backlog, sys::Signals& signals);
    BoundUnix(BoundUnix&& other) noexcept { *this = std::move(other); }
    BoundUnix& operator=(BoundUnix&& other) noexcept;
    /// As remove().
    ~BoundUnix() { (void)remove(); }

    [[nodiscard]] const sys::Fd& socket() const { return socket_; }
    /// Takes the path away now, if the socket there is still this one: before a signal that was held back ends us.
    /// The answer: 0, or the errno for which it is still there.
    int remove();

private:
    void bind_path(const Address& address, const ListenSettings& settings, std::optional<int> backlog, sys::Signals& signals);

    sys::Fd socket_;
    sys::Fd directory_;
    std::string name_;  ///< in the directory; empty: abstract, or removed
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

class Listener {
public:
    /// Bound and listening on every address that the name means (localhost: both loopbacks, one port), or a listening
    /// socket that we were given (fd:, systemd:). done, or why it stopped looking for the name. Throws Error.
    static sys::Wait open(const Address& address, const ListenSettings& settings, const sys::Deadline& deadline, sys::Signals& signals, Listener& into);

    [[nodiscard]] const std::vector<sys::Fd>& sockets() const { return sockets_; }
    /// Where it listens: addresses in numbers, with the port that was chosen.
    [[nodiscard]] std::vector<std::string> names() const;

    /// One who waits to be let in, non-blocking; empty: nobody (any more). Throws Error (EMFILE, ENFILE: nobody can be let in now).
    static sys::Fd accept(int socket);

    /// Nobody is let in any more, and the path is removed. The answer: 0, or the errno for which it is still there.
    int close();

private:
    void bind_inet(const Address& address, std::vector<Endpoint>& endpoints);

    std::vector<sys::Fd> sockets_;
    BoundUnix bound_;
};

}  // namespace ipc
