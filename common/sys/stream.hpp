// SPDX-License-Identifier: MIT
// stream: an end of a byte stream that is read or written without blocking, whatever it is and whose flags it has.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "sys/fd.hpp"

namespace sys {

/// What one read(2) or write(2) came to.
struct Moved {
    std::size_t bytes = 0;  ///< 0 of a read without an error: the end
    int error = 0;          ///< EAGAIN: not now
};

/// O_NONBLOCK belongs to the open file description, which an inherited descriptor shares with the shell and others: there it
/// is never set. A pipe or terminal is opened once more through /proc/self/fd, which makes a description of our own; a socket
/// has flags for each call; what cannot be opened again is used only when poll(2) calls it ready, and written in pieces that fit.
class Stream {
public:
    enum class Way { read, write };

    Stream() = default;
    /// A descriptor of somebody else, such as standard input; it stays open.
    static Stream inherited(int fd, Way way);
    /// One of ours alone: it becomes non-blocking.
    static Stream own(Fd fd);

    /// For poll(2).
    [[nodiscard]] int fd() const { return own_ ? own_.get() : fd_; }
    [[nodiscard]] explicit operator bool() const { return fd() >= 0; }

    [[nodiscard]] bool is_pipe() const { return S_ISFIFO(mode_); }
    /// Whether it is always ready: a file, a block device, /dev/zero and the like.
    [[nodiscard]] bool never_blocks() const { return kind_ == Kind::never_blocks; }
    /// Whether splice(2) never waits for it, whatever its state is: files, and sockets that are non-blocking already.
    [[nodiscard]] bool splices_at_once() const { return never_blocks() || nonblocking_socket_; }
    /// Closes what was opened: the other side may wait for the last one to be closed.
    void release() { own_ = {}; }

    [[nodiscard]] Moved read(std::span<char> into) const;
    [[nodiscard]] Moved write(std::string_view bytes) const;

private:
    enum class Kind { nonblocking, socket, waited, never_blocks };

    [[nodiscard]] bool ready(short events) const;

    Fd own_;
    int fd_ = -1;
    mode_t mode_ = 0;
    Kind kind_ = Kind::nonblocking;
    bool nonblocking_socket_ = false;
};

/// Makes pipes that are kept busy larger: to 256 KiB when 1 MiB has flowed, to 1 MiB after 4. An ordinary user may have only 64
/// of the largest before all his new pipes shrink to two pages (pipe(7), pipe-user-pages-soft), so short streams leave them alone.
class Growth {
public:
    static constexpr std::size_t largest = 1024 * 1024;  ///< bytes: what fs.pipe-max-size is by default

    /// total: bytes that have flowed. Descriptors that are no pipes, and pipes that may not be made larger, stay. Whether it was time.
    bool grow(std::uint64_t total, std::span<const int> descriptors);

private:
    std::uint64_t next_ = largest;
};

}  // namespace sys
