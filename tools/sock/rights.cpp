// SPDX-License-Identifier: MIT
#include "rights.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "sys/error.hpp"
#include "sys/poll.hpp"

namespace tools::sock {
namespace {

constexpr std::size_t room = CMSG_SPACE(most_descriptors * sizeof(int));

sys::Wait wait_for(int socket, short events, const sys::Deadline& deadline, sys::Signals& signals) {
    std::array<pollfd, 1> entry{{{socket, events, 0}}};
    return sys::poll(entry, deadline, &signals);
}

void take_descriptors(msghdr& header, std::vector<sys::Fd>& into) {
    for (auto* part = CMSG_FIRSTHDR(&header); part; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const auto count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t at = 0; at < count; ++at) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(part) + at * sizeof number, sizeof number);
            into.emplace_back(number);
        }
    }
}

}  // namespace

sys::Wait send_descriptors(int socket, std::string_view bytes, std::span<const int> descriptors, const sys::Deadline& deadline, sys::Signals& signals) {
    alignas(cmsghdr) std::array<char, room> control{};
    std::string copy{bytes};
    iovec piece{copy.data(), copy.size()};
    msghdr header{.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.data(), .msg_controllen = CMSG_SPACE(descriptors.size_bytes())};
    auto* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(part), descriptors.data(), descriptors.size_bytes());
    for (;;) {
        const auto count = ::sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count >= 0 && static_cast<std::size_t>(count) == piece.iov_len) return sys::Wait::done;
        if (count >= 0) {
            // A stream may take a part: the descriptors went with its first byte.
            piece.iov_base = static_cast<char*>(piece.iov_base) + count;
            piece.iov_len -= static_cast<std::size_t>(count);
            header.msg_control = nullptr;
            header.msg_controllen = 0;
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN)
            throw sys::Error(errno, "cannot send the descriptors",
                             errno == ETOOMANYREFS ? "too many are on their way and not received yet: RLIMIT_NOFILE" : "");
        if (const auto wait = wait_for(socket, POLLOUT, deadline, signals); wait != sys::Wait::done) return wait;
    }
}

sys::Wait receive_descriptors(int socket, const sys::Deadline& deadline, sys::Signals& signals, Received& into) {
    alignas(cmsghdr) std::array<char, room> control{};
    std::string bytes(65536, '\0');
    for (;;) {
        iovec piece{bytes.data(), bytes.size()};
        msghdr header{.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.data(), .msg_controllen = control.size()};
        const auto count = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (count >= 0) {
            take_descriptors(header, into.descriptors);
            if ((header.msg_flags & MSG_CTRUNC) != 0)
                throw sys::Error(EMSGSIZE, "not all descriptors could be received, and none is used", "RLIMIT_NOFILE says how many may be open");
            into.bytes = bytes.substr(0, static_cast<std::size_t>(count));
            into.ended = count == 0 && into.descriptors.empty();
            return sys::Wait::done;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) throw sys::Error(errno, "cannot receive descriptors");
        if (const auto wait = wait_for(socket, POLLIN, deadline, signals); wait != sys::Wait::done) return wait;
    }
}

}  // namespace tools::sock
