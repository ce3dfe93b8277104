// SPDX-License-Identifier: MIT
#include "sys/fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "sys/error.hpp"
#include "text/escape.hpp"

namespace sys {

Fd::~Fd() {
    if (number_ >= 0) ::close(number_);
}

int Fd::moved_up(int number) {
    const int above = ::fcntl(number, F_DUPFD_CLOEXEC, 3);
    const int error = errno;
    ::close(number);
    errno = error;
    return above;
}

Pipe Pipe::create() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) < 0) throw Error(errno, "cannot create a pipe");
    return {Fd{ends[0]}, Fd{ends[1]}};
}

Fd open(const char* path, int flags, unsigned mode) {
    Fd fd{::open(path, flags | O_CLOEXEC | O_NOCTTY, mode)};
    if (!fd) throw Error(errno, text::escape(path) + ": cannot open");
    return fd;
}

}  // namespace sys
