// SPDX-License-Identifier: MIT
// inbox: datagrams and records taken from sockets, whole, with all that the kernel says of each.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/json.hpp"
#include "ipc/address.hpp"
#include "ipc/endpoint.hpp"
#include "ipc/listener.hpp"
#include "sys/deadline.hpp"
#include "sys/fd.hpp"
#include "sys/signals.hpp"

namespace tools::sock {

struct Datagram {
    std::string_view bytes;  ///< valid until the next call of take()
    std::size_t size = 0;    ///< larger than the bytes: the rest is lost
    ipc::Endpoint from;      ///< length 0: not known
    int through = -1;        ///< our socket that it came to
    ipc::Endpoint to;        ///< the address it was sent to, and
    std::uint32_t interface = 0;
    std::optional<double> time;  ///< seconds since the epoch: when the kernel got it
    std::optional<int> ttl;
    std::optional<ucred> sender;
    std::size_t descriptors = 0;  ///< that came with it, and were closed
};

/// As a line that `send -j` reads.
cli::Object as_json(const Datagram& datagram);

/// The sockets that are received from.
class Inbox {
public:
    /// details: time, hops, interface and sender are asked for, which costs a little with each.
    /// what: for messages, such as the address.
    Inbox(std::string what, bool details) : what_(std::move(what)), details_(details) {}

    /// A bound or connected socket, or (seqpacket) one that listens: who connects to it is received from, too.
    void add(sys::Fd socket);
    /// What the address means, bound. systemd: and - are not for this. done, or why it stopped looking for the name.
    sys::Wait bind(const ipc::Address& address, const ipc::ListenSettings& settings, const sys::Deadline& deadline, sys::Signals& signals);
    [[nodiscard]] std::vector<std::string> names() const;

    /// For poll(2).
    void add_to(std::vector<pollfd>& entries) const;
    /// Until there is something to take; POLLERR of standard output ends it as well, so that nothing is taken that nobody can have.
    sys::Wait wait(const sys::Deadline& deadline, sys::Signals& signals, bool& output_gone);
    /// Those that are there, `most` at most, without waiting. ended(): a connected one has closed and nobody else can send.
    void take(std::vector<Datagram>& into, std::size_t most);
    [[nodiscard]] bool ended() const { return sources_.empty(); }

    /// Messages that came while there was no room for them, so far (SO_MEMINFO).
    [[nodiscard]] std::uint64_t dropped() const;
    [[nodiscard]] bool only_unix() const;

    /// Removes the path of a unix socket that we made.
    void close() { bound_.remove(); }

private:
    struct Source {
        sys::Fd socket;
        int type = 0;
        int family = 0;
        bool listens = false;
        bool accepted = false;
    };
    struct Slots;
    struct FreeSlots {
        void operator()(Slots* slots) const;
    };

    void bind_inet(const ipc::Address& address, const ipc::Endpoint& endpoint);
    void take_batch(const Source& source, std::vector<Datagram>& into, std::size_t most);
    enum class Took { one, none, end };
    Took take_one(const Source& source, std::vector<Datagram>& into);

    std::string what_;
    bool details_;
    std::vector<Source> sources_;
    ipc::BoundUnix bound_;
    std::unique_ptr<Slots, FreeSlots> slots_;
    std::string scratch_;
    std::deque<std::string> copies_;  ///< of what came by unix sockets, which may be of any size
};

/// Whether the address names a group of receivers (multicast).
bool is_group(const ipc::Endpoint& endpoint);

}  // namespace tools::sock
