// SPDX-License-Identifier: MIT
// flow: bytes on their way from one descriptor to another, moved without ever blocking, and counted on both sides.
#pragma once

#include <poll.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sys/deadline.hpp"
#include "sys/fd.hpp"
#include "sys/poll.hpp"
#include "sys/signals.hpp"
#include "sys/stream.hpp"

namespace sys {

class Flow {
public:
    /// Sees all bytes that were read, in order. They go through memory then, otherwise by splice(2) where a pipe is at either end.
    using Tap = std::function<void(std::string_view)>;
    static constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();

    /// Neither descriptor is owned, and nothing is kept open once it is over. grow: pipes that are kept busy are made larger (to 1 MiB at most).
    Flow(int from, int to, Tap tap = {}, bool grow = true);

    /// A reader that is gone is noticed when there is something for it, as a writer of its own would, and not while input is awaited.
    void notice_when_writing() { notices_early_ = false; }

    enum class State {
        moved,         ///< some bytes; step again
        wants_input,   ///< nothing to read now
        wants_output,  ///< no room now
        ended,         ///< the input is at its end, and all of it was written
        failed,        ///< error() says why
    };
    /// One piece, of `most` bytes or fewer (1 or more). Never blocks on pipes, sockets and terminals.
    State step(std::uint64_t most = no_limit);
    /// Writes what is held and reads nothing more, until the deadline: how many bytes are left. For the end, after a signal.
    std::uint64_t deliver_held(const Deadline& deadline);
    /// What to poll for after wants_input or wants_output. A reader that is gone (POLLERR) is seen while input is awaited.
    void add_to(std::vector<pollfd>& entries) const;

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] bool over() const { return state_ == State::ended || state_ == State::failed; }
    [[nodiscard]] std::uint64_t bytes_read() const { return read_; }
    [[nodiscard]] std::uint64_t bytes_written() const { return written_; }
    /// Read and not written yet.
    [[nodiscard]] std::string_view held() const { return std::string_view{buffer_}.substr(at_); }
    [[nodiscard]] int error() const { return error_; }
    [[nodiscard]] bool failed_writing() const { return failed_writing_; }

private:
    State splice(std::uint64_t most);
    State copy(std::uint64_t most);
    State fail(int error, bool writing);
    State wait_for_either();
    [[nodiscard]] bool reader_is_gone() const;

    Stream from_;
    Stream to_;
    Tap tap_;
    bool splices_;
    bool grow_;
    bool notices_early_ = true;
    std::string buffer_;
    std::size_t at_ = 0;  ///< start of what is held
    std::uint64_t read_ = 0;
    std::uint64_t written_ = 0;
    Growth growth_;
    State state_ = State::moved;
    int error_ = 0;
    bool failed_writing_ = false;
};

/// Steps them all until all are over (done), the deadline passes or a signal comes. over() is told of each one's end at once,
/// so that it can close what the other sides wait for. Throws Error when it cannot wait.
Wait move_all(std::span<Flow* const> flows, const Deadline& deadline, Signals& signals, const std::function<void(Flow&)>& over = {});

}  // namespace sys
