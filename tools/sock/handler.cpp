// SPDX-License-Identifier: MIT
#include "handler.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "sys/error.hpp"

namespace tools::sock {

std::vector<std::string> environment_of(const ipc::Endpoint& local, const ipc::Endpoint& peer, const std::optional<ucred>& who) {
    std::vector<std::string> all{"SOCK_LOCAL=" + local.spelled(), "SOCK_PEER=" + peer.spelled()};
    if (local.family() == AF_UNIX) {
        all.emplace_back("PROTO=IPC");
        if (!who) return all;
        all.push_back(fmt::format("SOCK_PEER_PID={}", who->pid));
        all.push_back(fmt::format("SOCK_PEER_UID={}", who->uid));
        all.push_back(fmt::format("SOCK_PEER_GID={}", who->gid));
        all.push_back(fmt::format("IPCREMOTEEUID={}", who->uid));
        all.push_back(fmt::format("IPCREMOTEEGID={}", who->gid));
    } else if (!local.host().empty()) {
        const auto* protocol = local.type == SOCK_DGRAM ? "UDP" : "TCP";
        all.push_back(fmt::format("PROTO={}", protocol));
        all.push_back(fmt::format("{}REMOTEIP={}", protocol, peer.host()));
        all.push_back(fmt::format("{}REMOTEPORT={}", protocol, peer.port()));
        all.push_back(fmt::format("{}LOCALIP={}", protocol, local.host()));
        all.push_back(fmt::format("{}LOCALPORT={}", protocol, local.port()));
    }
    return all;
}

std::vector<std::string> environment_of(int socket) {
    const auto local = ipc::local_end(socket);
    std::optional<ucred> who{ucred{}};
    socklen_t length = sizeof *who;
    // Who a datagram socket belongs to is not known: anybody may have bound the name since.
    if (local.family() != AF_UNIX || ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &*who, &length) < 0 || who->uid == static_cast<uid_t>(-1)) who.reset();
    return environment_of(local, ipc::peer_end(socket), who);
}

void make_blocking(int socket) { (void)::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) & ~O_NONBLOCK); }

void become_handler(const std::vector<std::string>& words, int socket, int number, sys::Signals& signals) {
    for (const auto& setting : environment_of(socket)) {
        const auto equals = setting.find('=');
        (void)::setenv(setting.substr(0, equals).c_str(), setting.c_str() + equals + 1, 1);
    }
    make_blocking(socket);
    // Without close-on-exec: this is what the command gets.
    const auto give = [&](int to) {
        if ((socket != to && ::dup3(socket, to, O_CLOEXEC) < 0) || ::fcntl(to, F_SETFD, 0) < 0)
            throw sys::Error(errno, fmt::format("cannot hand on descriptor {}", to));
    };
    if (number >= 0) {
        give(number);
    } else {
        give(STDIN_FILENO);
        give(STDOUT_FILENO);
    }
    signals.release();
    sys::become(words);
}

}  // namespace tools::sock
