// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "ipc/sock_diag.hpp"
#include "sys/proc.hpp"
#include "text/number.hpp"

namespace ipc {
namespace {

/// "socket:[12345]"; 0: it is something else. Reading the link opens nothing.
std::uint64_t socket_behind(int directory, int number) {
    std::array<char, 64> target;
    const auto length = ::readlinkat(directory, fmt::format("fd/{}", number).c_str(), target.data(), target.size());
    if (length < 0) return 0;
    errno = 0;
    std::string_view link{target.data(), static_cast<std::size_t>(length)};
    if (!link.starts_with("socket:[") || !link.ends_with(']')) return 0;
    link.remove_prefix(8);
    link.remove_suffix(1);
    return text::whole_number(link, 1, UINT64_MAX).value_or(0);
}

}  // namespace

SocketUsers find_socket_users() {
    SocketUsers users;
    sys::for_each_process([&](const sys::Process& process) {
        if (process.pid() == ::getpid()) return;
        ++users.processes;
        const auto numbers = sys::numbers_in(process.directory(), "fd");
        if (!numbers) {
            if (!sys::vanished()) ++users.unreadable;
            return;
        }
        std::optional<std::string> command;
        for (const int number : *numbers) {
            const auto inode = socket_behind(process.directory(), number);
            if (inode == 0) continue;
            if (!command) command = process.command();
            users.of[inode].push_back({process.pid(), *command, number});
        }
    });
    return users;
}

}  // namespace ipc
