// SPDX-License-Identifier: MIT
#include "cli/ready.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/io.hpp"

namespace cli {
namespace {

/// The service manager may be gone, or may not listen: that is no failure of ours.
void notify(std::string_view socket_path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_path.empty() || socket_path.size() >= sizeof address.sun_path) return;
    std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
    if (socket_path.front() == '@') address.sun_path[0] = '\0';  // the abstract namespace, as sd_notify(3) spells it
    const sys::Fd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_path.size());
    constexpr std::string_view ready = "READY=1";
    (void)::sendto(socket.get(), ready.data(), ready.size(), MSG_NOSIGNAL | MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace

void ReadyOptions::check_ready() const {
    if (ready_fd && ::fcntl(static_cast<int>(ready_fd->value), F_GETFD) < 0) throw Usage(fmt::format("--ready-fd: descriptor {} is not open", ready_fd->value));
}

void ReadyOptions::tell_ready() const {
    if (ready_fd) {
        const auto written = sys::write_all(static_cast<int>(ready_fd->value), "\n");
        if (written.error != 0) throw sys::Error(written.error, fmt::format("--ready-fd {}: cannot write", ready_fd->value));
    }
    if (const char* socket = ::secure_getenv("NOTIFY_SOCKET")) notify(socket);
}

}  // namespace cli
