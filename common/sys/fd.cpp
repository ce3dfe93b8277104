// SPDX-License-Identifier: MIT
#include "sys/fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
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

Fd duplicate(int descriptor, const std::string& what) {
    Fd copy{::fcntl(descriptor, F_DUPFD_CLOEXEC, 3)};
    if (!copy) throw Error(errno, what.empty() ? "descriptor " + std::to_string(descriptor) + ": cannot duplicate" : what);
    return copy;
}

Fd unnamed_file(const std::string& directory, const std::string& hint) {
    Fd file{::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    // Not every file system can: EOPNOTSUPP, or EISDIR as from a kernel that does not know the flag.
    if (!file && (errno == EOPNOTSUPP || errno == EISDIR)) {
        auto name = directory + "/moreipc.XXXXXX";
        file = Fd{::mkostemp(name.data(), O_CLOEXEC)};
        if (file) (void)::unlink(name.c_str());
    }
    if (!file) throw Error(errno, text::escape(directory) + ": cannot create a file in it", hint);
    return file;
}

Fd open(const char* path, int flags, unsigned mode) {
    Fd fd{::open(path, flags | O_CLOEXEC | O_NOCTTY, mode)};
    if (!fd) throw Error(errno, text::escape(path) + ": cannot open");
    return fd;
}

}  // namespace sys
