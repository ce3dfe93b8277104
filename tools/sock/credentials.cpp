// SPDX-License-Identifier: MIT
#include "credentials.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>

#include "sys/fd.hpp"
#include "sys/io.hpp"
#include "sys/proc.hpp"

namespace tools::sock {
namespace {

// Newer than the headers we may be built with: asm-generic/socket.h (Linux 6.5) and linux/pidfd.h (Linux 6.13; exit: 6.15).
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
struct PidfdInfo {
    std::uint64_t mask;
    std::uint64_t cgroup;
    std::array<std::uint32_t, 11> ids;
    std::int32_t exit_code;
};
static_assert(sizeof(PidfdInfo) == 64);  // PIDFD_INFO_SIZE_VER0
constexpr std::uint64_t info_exit = 1 << 3;
constexpr auto get_info = _IOWR(0xFF, 11, PidfdInfo);

bool has_ended(int pidfd) {
    pollfd entry{pidfd, POLLIN, 0};
    return ::poll(&entry, 1, 0) == 1;
}

std::optional<int> exit_status(int pidfd) {
    PidfdInfo info{.mask = info_exit};
    if (::ioctl(pidfd, get_info, &info) < 0 || (info.mask & info_exit) == 0) return std::nullopt;
    return WIFSIGNALED(info.exit_code) ? 128 + WTERMSIG(info.exit_code) : WEXITSTATUS(info.exit_code);
}

/// The path in the one hierarchy of cgroup v2: the line "0::/path".
std::optional<std::string> cgroup_of(int directory) {
    const auto text = sys::read_file(directory, "cgroup");
    for (std::string_view rest = text; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        if (rest.starts_with("0::")) return std::string{rest.substr(3, end - 3)};
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return std::nullopt;
}

void read_process(const sys::Process& process, Credentials& into) {
    if (!process) return;
    if (const auto command = process.command(); !command.empty()) into.command = command;
    into.cgroup = cgroup_of(process.directory());
}

/// What a socket option holds; empty: it has none.
std::string option_of(int socket, int option) {
    std::string bytes(256, '\0');
    for (;;) {
        auto length = static_cast<socklen_t>(bytes.size());
        if (::getsockopt(socket, SOL_SOCKET, option, bytes.data(), &length) == 0) return bytes.substr(0, length);
        if (errno != ERANGE || length <= bytes.size()) return {};
        bytes.resize(length);
    }
}

void read_groups(int socket, Credentials& into) {
    std::vector<gid_t> groups(64);
    for (;;) {
        auto length = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
        const bool read = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &length) == 0;
        const bool again = !read && errno == ERANGE && length / sizeof(gid_t) > groups.size();
        if (!read && !again) return;
        groups.resize(length / sizeof(gid_t));
        if (read) break;
    }
    into.groups = std::move(groups);
}

}  // namespace

Credentials credentials_of_peer(int socket) {
    Credentials found;
    ucred sender{};
    socklen_t length = sizeof sender;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &sender, &length) < 0 || sender.uid == static_cast<uid_t>(-1)) return found;
    found.uid = sender.uid;
    found.gid = sender.gid;
    read_groups(socket, found);
    if (auto label = option_of(socket, SO_PEERSEC); !label.empty()) found.label = label.substr(0, label.find('\0'));
    // 0: a process outside of our pid namespace.
    if (sender.pid == 0) return found;
    found.pid = sender.pid;
    int number = -1;
    length = sizeof number;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &number, &length) < 0) {
        // EINVAL, ESRCH: it has ended, and this kernel forgets who that was. ENOPROTOOPT: older than 6.5, where the number alone may be another's.
        if (errno != ENOPROTOOPT) found.alive = false;
        return found;
    }
    const sys::Fd pidfd{number};
    const sys::Process process{sender.pid};
    read_process(process, found);
    found.alive = !has_ended(pidfd.get());
    if (!*found.alive) {
        // The number may be another process's by now.
        found.command.reset();
        found.cgroup.reset();
        found.status = exit_status(pidfd.get());
    }
    return found;
}

Credentials credentials_of_process(pid_t pid) {
    Credentials found;
    const sys::Process process{pid};
    struct stat status {};
    if (!process || ::fstat(process.directory(), &status) < 0) return found;
    found.pid = pid;
    found.uid = status.st_uid;
    found.gid = status.st_gid;
    read_process(process, found);
    found.alive = found.command.has_value();
    return found;
}

}  // namespace tools::sock
