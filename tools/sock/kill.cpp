// SPDX-License-Identifier: MIT
// sock kill: ends connections from outside: shows them first, and ends them only when told to.
#include <fmt/format.h>

#include "cli/out.hpp"
#include "cli/talk.hpp"
#include "filter.hpp"
#include "ipc/sock_diag.hpp"
#include "seen.hpp"
#include "sys/error.hpp"
#include "sys/trace.hpp"
#include "text/escape.hpp"
#include "verbs.hpp"
#include "which.hpp"

namespace tools::sock {
namespace {

struct Options : FilterOptions {
    std::vector<Which> sockets;
    bool yes = false;
    bool dry_run = false;
};

std::string line_for(const ipc::SocketInfo& socket, const ipc::SocketUsers& users) {
    const auto who = holders(socket.inode, users);
    return fmt::format("{} {} {} {} {} {}\n", socket_name(socket), ipc::name_of(socket.kind), ipc::name_of(socket.state), text::escape(spell_local(socket)),
                       text::escape(spell_peer(socket)), who.empty() ? "-" : text::escape(who));
}

/// A server shall outlive the end of its connections, and what is in TIME-WAIT guards a port against old segments (RFC 1337).
bool is_spared(const Options& opt, const ipc::SocketInfo& socket) {
    if (!opt.states.empty()) return false;
    return (socket.listening() && !opt.listening) || socket.state == ipc::SocketState::time_wait;
}

/// Status of the one that could not be ended, or ok.
cli::Exit end(const ipc::SocketInfo& socket) {
    const int error = ipc::destroy_socket(socket);
    sys::trace("asked the kernel to end {} (SOCK_DESTROY): {}", socket_name(socket), error == 0 ? "done" : sys::error_text(error));
    if (error == 0) return cli::Exit::ok;
    // It went away by itself: what was wanted.
    if (error == ENOENT) return cli::Exit::ok;
    cli::complain(sys::Error{error, fmt::format("{}: cannot end it", socket_name(socket))}.what());
    if (error == EPERM) cli::hint("it needs CAP_NET_ADMIN");
    if (error == EOPNOTSUPP) {
        cli::hint(socket.is_unix() ? "the kernel ends TCP, UDP and raw sockets only; end the process that has it"
                                   : "this kernel was built without CONFIG_INET_DIAG_DESTROY");
    }
    return cli::exit_for(error);
}

cli::Exit run(const Options& opt) {
    if (opt.yes && opt.dry_run) throw cli::Usage("--yes and --dry-run exclude each other");
    const auto list = ipc::list_sockets(all_kinds);
    const auto users = ipc::find_socket_users();
    auto doomed = chosen(list.sockets, opt.sockets);
    std::erase_if(doomed, [&](const ipc::SocketInfo& socket) { return !opt.lets_through(socket, users); });
    const auto found = doomed.size();
    std::erase_if(doomed, [&](const ipc::SocketInfo& socket) { return is_spared(opt, socket); });
    if (doomed.empty() && found > 0)
        throw sys::Error(ENOENT, "no connection to end", "what listens needs --listening, what is in TIME-WAIT needs --state TIME-WAIT");
    if (doomed.empty()) throw sys::Error(ENOENT, "no socket passes the filters");
    for (const auto& socket : doomed) cli::print(line_for(socket, users));
    cli::flush();
    if (!opt.yes) {
        cli::note(fmt::format("{} {} shown; nothing was ended", doomed.size(), doomed.size() == 1 ? "socket is" : "sockets are"));
        if (opt.dry_run) return cli::Exit::ok;
        throw cli::Usage("ending them needs --yes");
    }
    auto worst = cli::Exit::ok;
    for (const auto& socket : doomed) {
        const auto ended = end(socket);
        if (worst == cli::Exit::ok) worst = ended;
    }
    return worst;
}

void declare(cli::Form<Options>& form) {
    form.operands("SOCKET", &Options::sockets, 1, "an address at either end, PID:FD, fd:N, inode:N or cookie:N");
    filter_options(form);
    form.option("--yes", &Options::yes, "end them; without it they are only shown");
    form.option("--dry-run", &Options::dry_run, "show what would be ended, status 0");
    form.example("sock kill --dry-run tcp://localhost:8080", "what would be ended");
    form.example("sock kill --yes --state ESTAB :8080", "the connections of a server, not its listener");
    form.example("sock kill --yes $pid:5", "one connection of a process");
}

}  // namespace

const cli::Verb kill = cli::verb<Options, declare, run>("kill", "end connections from outside");

}  // namespace tools::sock
