// SPDX-License-Identifier: MIT
// pump: one direction of a relay: bytes from a socket to another, through a pipe of the kernel that is only held while it is full.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sys/fd.hpp"

namespace tools::sock {

/// A socket at one end of a relay, and what epoll(7) has last said of it.
struct Side {
    sys::Fd socket;
    bool readable = true;
    bool writable = true;
    int error = 0;  ///< what reading from it has failed with: it is gone, both ways
};

/// Pipes that nobody needs now, so that a thousand quiet connections need none.
class PipePool {
public:
    /// Throws Error (EMFILE).
    sys::Pipe take();
    void give_back(sys::Pipe pipe);

private:
    static constexpr std::size_t kept = 16;
    std::vector<sys::Pipe> free_;
};

class Pump {
public:
    using Tap = std::function<void(std::string_view)>;

    Pump(Side& from, Side& to, PipePool& pool) : from_(from), to_(to), pool_(pool) {}
    Pump(const Pump&) = delete;
    Pump& operator=(const Pump&) = delete;

    /// All bytes are shown to it; they go through memory then.
    void tap(Tap tap) { tap_ = std::move(tap); }
    /// Descriptors that come with the bytes of a unix socket (SCM_RIGHTS) go on with them; through memory as well.
    void carry_descriptors() {
        carries_ = true;
        if (!tap_) tap_ = [](std::string_view) {};
    }

    /// One piece of `most` bytes or fewer. grow: make its pipe larger once it is busy. How many bytes came in; 0: nothing can be done now.
    std::uint64_t step(std::uint64_t most, bool grow);
    /// Whether step() has something to do.
    [[nodiscard]] bool can_move() const;

    /// The end has been passed on, behind all bytes.
    [[nodiscard]] bool ended() const { return ended_; }
    /// Why the other end takes nothing more; 0: it does. What it has sent may still be there to be read.
    [[nodiscard]] int refused() const { return refused_; }
    [[nodiscard]] std::uint64_t bytes_in() const { return in_; }
    [[nodiscard]] std::uint64_t bytes_out() const { return out_; }

private:
    [[nodiscard]] std::uint64_t held() const { return in_ - out_; }
    bool fill(std::uint64_t most, bool grow);
    ssize_t receive(std::size_t most);
    ssize_t send(std::string_view bytes);
    bool drain();
    void pass_on_end();

    Side& from_;
    Side& to_;
    PipePool& pool_;
    Tap tap_;
    sys::Pipe pipe_;
    std::string memory_;  ///< with a tap, instead of the pipe
    bool carries_ = false;
    std::vector<sys::Fd> descriptors_;  ///< that came with what is in memory, and go with its first byte
    std::uint64_t in_ = 0;
    std::uint64_t out_ = 0;
    bool at_end_ = false;
    int refused_ = 0;
    bool ended_ = false;
};

}  // namespace tools::sock
