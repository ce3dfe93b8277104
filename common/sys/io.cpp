// SPDX-License-Identifier: MIT
#include "sys/io.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace sys {
namespace {

void wait_for(int fd, short events) {
    pollfd entry{fd, events, 0};
    (void)::poll(&entry, 1, -1);
}

}  // namespace

Written write_all(int fd, std::string_view bytes) {
    Written written;
    while (written.bytes < bytes.size()) {
        const auto rest = bytes.substr(written.bytes);
        const auto count = ::write(fd, rest.data(), rest.size());
        if (count >= 0) {
            written.bytes += static_cast<std::size_t>(count);
        } else if (errno == EAGAIN) {
            wait_for(fd, POLLOUT);
        } else if (errno != EINTR) {
            written.error = errno;
            break;
        }
    }
    return written;
}

std::size_t read_some(int fd, std::span<char> into, std::string_view what) {
    for (;;) {
        const auto count = ::read(fd, into.data(), into.size());
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno == EAGAIN) {
            wait_for(fd, POLLIN);
        } else if (errno != EINTR) {
            throw Error(errno, std::string{what} + ": cannot read");
        }
    }
}

std::string read_file(int dir, const char* path) {
    std::string content;
    const Fd fd{::openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (!fd) return content;
    std::array<char, 4096> block;
    for (;;) {
        const auto count = ::read(fd.get(), block.data(), block.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        content.append(block.data(), static_cast<std::size_t>(count));
    }
    return content;
}

}  // namespace sys
