// SPDX-License-Identifier: MIT
// server: listening, and letting in those who may; shared by listen and relay.
#pragma once

#include <poll.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/groups.hpp"
#include "cli/ready.hpp"
#include "ipc/listener.hpp"
#include "rule.hpp"
#include "text/mode.hpp"
#include "text/number.hpp"
#include "text/word.hpp"

namespace tools::sock {

struct ServerOptions : AccessOptions, cli::ReadyOptions {
    std::optional<text::Mode> mode;
    std::optional<std::string> owner;
    std::optional<text::Number<1, 1'000'000>> backlog;
    std::optional<text::Path> address_file;
    bool reuse_port = false;
};

template <class T>
void server_options(cli::Form<T>& form) {
    access_options(form);
    form.option("-m,--mode", &ServerOptions::mode, "permissions of a unix socket's path, exactly (default: 0600)");
    form.option("--owner", &ServerOptions::owner, "who owns the path: USER, USER:GROUP or :GROUP");
    form.option("--backlog", &ServerOptions::backlog, "how many may wait to be let in (default: what the kernel allows)");
    form.option("--reuse-port", &ServerOptions::reuse_port, "share the port with others who say so as well");
    form.option("--address-file", &ServerOptions::address_file, "write where it listens to this file, an address a line");
    cli::ready_options(form);
}

/// Checks the options, and puts those that are keys of the address there; systemd: becomes the descriptor that it means. Throws Usage.
ipc::ListenSettings settings_of(const ServerOptions& options, ipc::Address& address);
/// It is bound there: for the file, for the user where a port was chosen, for who waits. Throws Error.
void announce(const ServerOptions& options, const ipc::Address& address, const std::vector<std::string>& names);

/// Who has been let in.
struct Guest {
    sys::Fd socket;
    std::string peer;
};

class Server {
public:
    /// Listens, and tells all who want to know. done, or why it does not. Throws Usage, Error.
    static sys::Wait open(ipc::Address address, const ServerOptions& options, const sys::Deadline& deadline, sys::Signals& signals, Server& into);

    /// For poll(2).
    void add_to(std::vector<pollfd>& entries) const;
    /// One who waits and may come in; empty: nobody. Who may not is turned away here. Throws Error (EMFILE, ENFILE: nobody can be
    /// let in before somebody leaves).
    std::optional<Guest> admit();
    /// The same beside `here` others: who is one too many for `most` is turned away, which `busy` says of them ("served"). When no
    /// descriptor is free, and somebody is here who will give some back, that is said, and nobody comes in before make_room().
    std::optional<Guest> admit(std::size_t here, std::size_t most, std::string_view busy);
    [[nodiscard]] bool full() const { return full_; }
    /// Somebody has left.
    void make_room() { full_ = false; }
    /// How many were one too many.
    [[nodiscard]] std::uint64_t refused() const { return refused_; }
    /// Waits until somebody came in.
    sys::Wait next(const sys::Deadline& deadline, sys::Signals& signals, Guest& into);

    [[nodiscard]] const ipc::Listener& listener() const { return listener_; }
    [[nodiscard]] std::string name() const;
    /// Nobody is let in any more; a path that cannot be removed is named.
    void close();

private:
    const ServerOptions* options_ = nullptr;
    ipc::Listener listener_;
    std::vector<std::string> names_;
    std::uint64_t turned_away_ = 0;
    std::uint64_t refused_ = 0;
    bool full_ = false;
};

}  // namespace tools::sock
