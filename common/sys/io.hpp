// SPDX-License-Identifier: MIT
// io: whole reads and writes, whatever the descriptor's flags are.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sys {

/// What a write came to: all of it when error is 0.
struct Written {
    std::size_t bytes = 0;
    int error = 0;  ///< an errno
};

/// Writes all, goes on after EINTR and short writes, and waits where an inherited O_NONBLOCK says EAGAIN (the flag is
/// not ours to clear: it belongs to everyone who shares the description). Never throws.
Written write_all(int fd, std::string_view bytes);

/// Reads what is there, at most into.size() bytes; 0: end of input. Waits where O_NONBLOCK says EAGAIN.
/// Throws Error naming `what` (such as "standard input").
std::size_t read_some(int fd, std::span<char> into, std::string_view what);

/// A small file of /proc, whole; empty when it cannot be read, with errno set. relative to dir (AT_FDCWD: absolute).
std::string read_file(int dir, const char* path);

}  // namespace sys
