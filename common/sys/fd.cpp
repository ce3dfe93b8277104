// SPDX-License-Identifier: MIT
#include "sys/fd.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <string>

#include "sys/error.hpp"
#include "text/escape.hpp"

namespace sys {

Fd::~Fd() {
    if (number_ >= 0) ::close(number_);
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

void fill_standard_descriptors() {
    // One poll(2) asks for all three; a closed one answers POLLNVAL.
    std::array<pollfd, 3> standard{{{0, 0, 0}, {1, 0, 0}, {2, 0, 0}}};
    if (::poll(standard.data(), standard.size(), 0) <= 0) return;
    for (const auto& entry : standard) {
        if ((entry.revents & POLLNVAL) == 0) continue;
        // The lowest free number is this one: those below are taken by now.
        if (::open("/dev/null", (entry.fd == 0 ? O_WRONLY : O_RDONLY) | O_CLOEXEC) != entry.fd) ::_exit(3);
    }
}

}  // namespace sys
