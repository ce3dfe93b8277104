// SPDX-License-Identifier: MIT
// sock peer: who is at the other end of a connection.
#include <fmt/format.h>

#include <algorithm>

#include "cli/groups.hpp"
#include "cli/table.hpp"
#include "cli/talk.hpp"
#include "credentials.hpp"
#include "ipc/connection.hpp"
#include "ipc/pipe.hpp"
#include "ipc/sock_diag.hpp"
#include "seen.hpp"
#include "sys/error.hpp"
#include "sys/privilege.hpp"
#include "verbs.hpp"
#include "which.hpp"

namespace tools::sock {
namespace {

using cli::Kind;

constexpr cli::Column columns[] = {
    {"SOCKET", "socket", Kind::name, "as it was named"},
    {"PEER", "peer", Kind::name, "the address of the other end"},
    {"PID", "pid", Kind::number, "process that connected, listened, or made the pair"},
    {"COMMAND", "command", Kind::name, "its command"},
    {"USER", "user", Kind::name, "its effective user then, or uid"},
    {"GROUP", "group", Kind::name, "its effective group then, or gid"},
    {"UID", "uid", Kind::number, "the user's number"},
    {"GID", "gid", Kind::number, "the group's number"},
    {"GROUPS", "groups", Kind::list, "its other groups, by number"},
    {"LABEL", "label", Kind::name, "its security label"},
    {"CGROUP", "cgroup", Kind::name, "its cgroup"},
    {"ALIVE", "alive", Kind::text, "whether it still runs"},
    {"STATUS", "status", Kind::number, "how it has ended, as a shell has it"},
    {"HOLDERS", "holders", Kind::list, "who has the other end open now"},
};

struct Options : cli::WaitOptions, cli::ListOptions {
    Which socket;
};

struct Found {
    Credentials credentials;
    std::string peer;
    std::vector<ipc::SocketUser> holders;
    ipc::SocketUsers users;
};

/// What the kernel's list says: for TCP, and for who has the other end now. The list comes first: a socket that it names was let in
/// already, and so its holder is found behind it.
void look_up(std::uint64_t inode, Found& into) {
    const auto list = ipc::list_sockets(all_kinds);
    into.users = ipc::find_socket_users();
    const auto socket = std::ranges::find(list.sockets, inode, &ipc::SocketInfo::inode);
    if (socket == list.sockets.end()) return;
    into.peer = spell_peer(*socket);
    if (const auto found = into.users.of.find(socket->peer_inode); socket->peer_inode != 0 && found != into.users.of.end()) into.holders = found->second;
    if (into.credentials.uid || into.holders.empty()) return;
    into.credentials = credentials_of_process(into.holders.front().pid);
}

void look_at(int descriptor, const std::string& what, Found& into) {
    const auto inode = ipc::socket_inode(descriptor, what);
    into.credentials = credentials_of_peer(descriptor);
    look_up(inode, into);
}

/// A datagram socket keeps nobody: who has the address is at the other end of whatever is sent there.
void look_at_owner(const Which& which, Found& into) {
    const auto list = ipc::list_sockets(all_kinds);
    into.users = ipc::find_socket_users();
    for (const auto& socket : chosen(list.sockets, {&which, 1})) {
        const auto found = into.users.of.find(socket.inode);
        if (socket.state != ipc::SocketState::close || found == into.users.of.end()) continue;
        into.peer = spell_local(socket);
        into.holders = found->second;
        into.credentials = credentials_of_process(into.holders.front().pid);
        return;
    }
}

void look_at_listed(const Which& which, Found& into) {
    const auto list = ipc::list_sockets(all_kinds);
    const auto socket = chosen(list.sockets, {&which, 1}).front();
    into.users = ipc::find_socket_users();
    if (const auto holders = into.users.of.find(socket.inode); holders != into.users.of.end()) {
        try {
            const auto user = holders->second.front();
            return look_at(ipc::borrow(user.pid, user.descriptor).get(), which.spelled, into);
        } catch (const sys::Error& failure) {
            cli::note(failure.what());
        }
    }
    look_up(socket.inode, into);
}

cli::List cells(const Which& which, const Found& found) {
    const auto& who = found.credentials;
    const auto text = [](const std::optional<std::string>& words) { return words ? cli::Value{*words} : cli::Value{nullptr}; };
    cli::Value groups = nullptr;
    if (who.groups) {
        cli::List numbers;
        for (const auto group : *who.groups) numbers.emplace_back(group);
        groups = std::move(numbers);
    }
    cli::List holders;
    for (const auto& user : found.holders) {
        cli::Object object{{"pid", user.pid}, {"fd", user.descriptor}};
        cli::add_bytes(object, "command", user.command);
        holders.emplace_back(std::move(object));
    }
    return {
        which.spelled,
        found.peer.empty() ? cli::Value{nullptr} : cli::Value{found.peer},
        cli::known(who.pid),
        text(who.command),
        who.uid ? cli::Value{sys::user_name(*who.uid)} : cli::Value{nullptr},
        who.gid ? cli::Value{sys::group_name(*who.gid)} : cli::Value{nullptr},
        cli::known(who.uid),
        cli::known(who.gid),
        std::move(groups),
        text(who.label),
        text(who.cgroup),
        cli::known(who.alive),
        cli::known(who.status),
        std::move(holders),
    };
}

/// "127.0.0.1" of "tcp://127.0.0.1:80"
std::string host_of(const std::string& spelled) {
    const auto begin = spelled.find("//") == std::string::npos ? 0 : spelled.find("//") + 2;
    return spelled.substr(begin, spelled.rfind(':') - begin);
}

/// A listener may not have let us in yet, or is done with us already: who has it open is the answer then.
void look_at_listed_listener(const Which& which, const ipc::Connection& connection, Found& into) {
    if (into.peer.empty()) into.peer = connection.peer.substr(connection.peer.find("//") == std::string::npos ? 0 : connection.peer.find("//") + 2);
    if (into.credentials.uid || !which.address.is_inet()) return;
    // A listener for every address of this machine says nothing of the same port of another machine.
    const auto host = host_of(connection.peer);
    if (host != host_of(connection.local) && !host.starts_with("127.")) return;
    const auto list = ipc::list_sockets(all_kinds);
    into.users = ipc::find_socket_users();
    const Matcher matches{which};
    for (const auto& socket : list.sockets) {
        const auto found = into.users.of.find(socket.inode);
        if (!socket.listening() || found == into.users.of.end() || !matches(socket)) continue;
        into.holders = found->second;
        into.credentials = credentials_of_process(into.holders.front().pid);
        return;
    }
}

/// Asks a listener who it is by connecting to it, as any client does.
sys::Wait look_at_listener(const Options& opt, Found& into) {
    sys::Signals signals;
    ipc::Connection connection;
    const auto wait = ipc::connect(opt.socket.address, opt.deadline(), signals, connection);
    if (wait == sys::Wait::interrupted) sys::end_by(sys::Signals::taken());
    signals.release();
    if (wait != sys::Wait::done) return wait;
    look_at(connection.socket.get(), opt.socket.spelled, into);
    look_at_listed_listener(opt.socket, connection, into);
    return wait;
}

cli::Exit run(const Options& opt) {
    (void)opt.deadline();
    Found found;
    switch (opt.socket.by) {
        case Which::By::descriptor: look_at(Held{opt.socket}.get(), opt.socket.spelled, found); break;
        case Which::By::inode:
        case Which::By::cookie: look_at_listed(opt.socket, found); break;
        case Which::By::address: {
            const auto kind = opt.socket.address.kind;
            if (kind == ipc::Address::Kind::udp || kind == ipc::Address::Kind::unix_datagram)
                look_at_owner(opt.socket, found);
            else if (look_at_listener(opt, found) != sys::Wait::done)
                return opt.gave_up();
        }
    }
    cli::print_one(columns, opt, cells(opt.socket, found));
    cli::note_unreadable(found.users.unreadable, found.users.processes);
    return found.credentials.uid || !found.holders.empty() ? cli::Exit::ok : cli::Exit::no;
}

void declare(cli::Form<Options>& form) {
    form.operand("SOCKET", &Options::socket, "PID:FD, fd:N, inode:N, cookie:N; or an address, which is connected to");
    cli::wait_options(form);
    cli::list_options(form);
    form.columns(columns);
    form.example("sock peer unix:/tmp/service", "who answers there");
    form.example("sock peer $pid:5 -o PID,COMMAND", "whom a process talks to");
    form.example("sock peer fd:0 -o UID,COMMAND", "in a handler: who has connected");
}

}  // namespace

const cli::Verb peer = cli::verb<Options, declare, run>("peer", "show who is at the other end");

}  // namespace tools::sock
