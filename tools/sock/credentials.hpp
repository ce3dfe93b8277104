// SPDX-License-Identifier: MIT
// credentials: who is at the other end of a unix socket, as the kernel kept it, or who a process is.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace tools::sock {

struct Credentials {
    std::optional<pid_t> pid;
    std::optional<uid_t> uid;
    std::optional<gid_t> gid;
    std::optional<std::vector<gid_t>> groups;  ///< supplementary
    std::optional<std::string> label;          ///< of a security module, such as SELinux's
    std::optional<std::string> command;
    std::optional<std::string> cgroup;
    std::optional<bool> alive;
    std::optional<int> status;  ///< of one that has ended, as a shell has it; only where the kernel keeps it (Linux 6.15)
};

/// Who connected, listened or made the pair: SO_PEERCRED, SO_PEERPIDFD, SO_PEERGROUPS, SO_PEERSEC of unix(7). What is read in /proc is
/// of that very process, or missing: its pidfd is still alive behind the reading. Empty when the kernel kept nobody (a datagram socket).
Credentials credentials_of_peer(int socket);

/// Of a process that has a socket open: what /proc tells of it.
Credentials credentials_of_process(pid_t pid);

}  // namespace tools::sock
