// SPDX-License-Identifier: MIT
#include "sys/stream.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <string>

namespace sys {
namespace {

/// An interrupted call has moved nothing: EAGAIN would say that there is nothing to move.
template <class Call>
Moved moved(Call call) {
    for (;;) {
        const ssize_t count = call();
        if (count >= 0) return {static_cast<std::size_t>(count), 0};
        if (errno != EINTR) return {0, errno == EWOULDBLOCK ? EAGAIN : errno};
    }
}

}  // namespace

Stream Stream::inherited(int fd, Way way) {
    Stream stream;
    stream.fd_ = fd;
    struct stat status {};
    stream.kind_ = Kind::waited;
    if (::fstat(fd, &status) < 0) return stream;
    stream.mode_ = status.st_mode;
    constexpr unsigned memory_devices = 1;  // null, zero, full, random: Documentation/admin-guide/devices.txt
    if (S_ISREG(status.st_mode) || S_ISBLK(status.st_mode) || (S_ISCHR(status.st_mode) && major(status.st_rdev) == memory_devices)) {
        stream.kind_ = Kind::never_blocks;
    } else if (S_ISSOCK(status.st_mode)) {
        stream.kind_ = Kind::socket;
        stream.nonblocking_socket_ = (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
    } else {
        const auto path = "/proc/self/fd/" + std::to_string(fd);
        const int mode = way == Way::read ? O_RDONLY : O_WRONLY;
        // To open the master side of a pseudo terminal once more would make a new one.
        unsigned number = 0;
        const bool master = ::ioctl(fd, TIOCGPTN, &number) == 0;
        if (S_ISFIFO(status.st_mode) || (::isatty(fd) == 1 && !master)) stream.own_ = Fd{::open(path.c_str(), mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
        stream.kind_ = stream.own_ ? Kind::nonblocking : Kind::waited;
    }
    return stream;
}

Stream Stream::own(Fd fd) {
    Stream stream;
    stream.own_ = std::move(fd);
    struct stat status {};
    if (::fstat(stream.own_.get(), &status) == 0) stream.mode_ = status.st_mode;
    (void)::fcntl(stream.own_.get(), F_SETFL, ::fcntl(stream.own_.get(), F_GETFL) | O_NONBLOCK);
    return stream;
}

bool Stream::ready(short events) const {
    pollfd entry{fd(), events, 0};
    return ::poll(&entry, 1, 0) == 1;
}

Moved Stream::read(std::span<char> into) const {
    if (kind_ == Kind::socket) return moved([&] { return ::recv(fd(), into.data(), into.size(), MSG_DONTWAIT); });
    if (kind_ == Kind::waited && !ready(POLLIN)) return {0, EAGAIN};
    return moved([&] { return ::read(fd(), into.data(), into.size()); });
}

Moved Stream::write(std::string_view bytes) const {
    if (kind_ == Kind::socket) return moved([&] { return ::send(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL); });
    if (kind_ == Kind::waited) {
        if (!ready(POLLOUT)) return {0, EAGAIN};
        bytes = bytes.substr(0, PIPE_BUF);  // a pipe that poll calls writable has room for this much
    }
    return moved([&] { return ::write(fd(), bytes.data(), bytes.size()); });
}

bool Growth::grow(std::uint64_t total, std::span<const int> descriptors) {
    if (total < next_) return false;
    const int size = static_cast<int>(next_ == largest ? largest / 4 : largest);
    for (const int descriptor : descriptors) {
        const int now = ::fcntl(descriptor, F_GETPIPE_SZ);
        if (now > 0 && now < size) (void)::fcntl(descriptor, F_SETPIPE_SZ, size);
    }
    next_ = next_ == largest ? 4 * largest : UINT64_MAX;
    return true;
}

}  // namespace sys
