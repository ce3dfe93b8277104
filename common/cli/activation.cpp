// SPDX-License-Identifier: MIT
#include "cli/activation.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "sys/error.hpp"
#include "text/number.hpp"

namespace cli {
namespace {

constexpr int first = 3;  // SD_LISTEN_FDS_START
constexpr std::uint64_t most = 1024;

std::string variable(const char* name) {
    const char* value = ::secure_getenv(name);
    return value ? value : "";
}

}  // namespace

int activated(const std::string& name) {
    const auto pid = text::whole_number(variable("LISTEN_PID"), 1, 0x7fff'ffff);
    const auto count = text::whole_number(variable("LISTEN_FDS"), 1, most);
    const auto names = variable("LISTEN_FDNAMES");
    for (const char* said : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"}) (void)::unsetenv(said);
    // They may have been meant for a parent of ours that has started us: sd_listen_fds(3).
    if (!pid || static_cast<pid_t>(*pid) != ::getpid() || !count)
        throw sys::Error(ENOENT, "systemd: no socket was handed to this process", "LISTEN_PID and LISTEN_FDS say which, as systemd-socket-activate sets them");
    const int end = first + static_cast<int>(*count);
    for (int fd = first; fd < end; ++fd) {
        if (::fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
            throw sys::Error(errno, fmt::format("systemd: LISTEN_FDS says {}, and descriptor {} is not open", *count, fd));
    }
    if (name.empty()) return first;
    std::string_view rest = names;
    for (int fd = first; fd < end; ++fd) {
        const auto one = rest.substr(0, rest.find(':'));
        if (one == name) return fd;
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    }
    throw sys::Error(ENOENT, fmt::format("systemd:{}: no socket of that name was handed to us", name));
}

void announce_activation() {
    (void)::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    (void)::setenv("LISTEN_FDS", "1", 1);
    (void)::unsetenv("LISTEN_FDNAMES");
}

}  // namespace cli
