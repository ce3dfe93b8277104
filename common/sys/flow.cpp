// SPDX-License-Identifier: MIT
#include "sys/flow.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace sys {
namespace {

constexpr std::size_t block = 256 * 1024;
constexpr std::size_t piece = Growth::largest;  // of a splice: as much as a pipe of that size holds

bool ready(int descriptor, short events) {
    pollfd entry{descriptor, events, 0};
    return ::poll(&entry, 1, 0) == 1;
}

}  // namespace

Flow::Flow(int from, int to, Tap tap, bool grow)
    : from_(Stream::inherited(from, Stream::Way::read)),
      to_(Stream::inherited(to, Stream::Way::write)),
      tap_(std::move(tap)),
      splices_(!tap_ && (from_.is_pipe() || to_.is_pipe())),
      grow_(grow) {}

Flow::State Flow::fail(int error, bool writing) {
    error_ = error;
    failed_writing_ = writing;
    return State::failed;
}

/// splice(2) says EAGAIN for either end: for want of input, unless there is some.
Flow::State Flow::wait_for_either() { return ready(from_.fd(), POLLIN) ? State::wants_output : State::wants_input; }

Flow::State Flow::splice(std::uint64_t most) {
    // Only the end that is a pipe is kept from blocking by the flag.
    if (!from_.is_pipe() && !from_.splices_at_once() && !ready(from_.fd(), POLLIN)) return State::wants_input;
    if (!to_.is_pipe() && !to_.splices_at_once() && !ready(to_.fd(), POLLOUT)) return State::wants_output;
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(most, piece));
    const auto count = ::splice(from_.fd(), nullptr, to_.fd(), nullptr, size, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (count > 0) {
        read_ += static_cast<std::uint64_t>(count);
        written_ += static_cast<std::uint64_t>(count);
        return State::moved;
    }
    if (count == 0) return State::ended;
    if (errno == EINTR) return State::moved;
    if (errno == EAGAIN) return wait_for_either();
    if (errno == EINVAL) {
        // An O_APPEND file, some terminals and devices: read(2) and write(2) tell what is really wrong, if anything is.
        splices_ = false;
        return copy(most);
    }
    // The call does not say which end has failed; a write to a closed pipe or a full disk is by far the most.
    return fail(errno, errno != EIO && errno != ECONNRESET);
}

Flow::State Flow::copy(std::uint64_t most) {
    if (held().empty()) {
        buffer_.resize(block);
        const auto got = from_.read(std::span{buffer_}.first(static_cast<std::size_t>(std::min<std::uint64_t>(most, block))));
        buffer_.resize(got.bytes);
        at_ = 0;
        if (got.error != 0) return got.error == EAGAIN ? State::wants_input : fail(got.error, false);
        if (got.bytes == 0) return State::ended;
        read_ += got.bytes;
        if (tap_) tap_(buffer_);
    }
    const auto put = to_.write(held());
    if (put.error != 0) return put.error == EAGAIN ? State::wants_output : fail(put.error, true);
    at_ += put.bytes;
    written_ += put.bytes;
    return State::moved;
}

bool Flow::reader_is_gone() const {
    pollfd entry{to_.fd(), 0, 0};
    return ::poll(&entry, 1, 0) == 1 && (entry.revents & POLLERR) != 0;
}

std::uint64_t Flow::deliver_held(const Deadline& deadline) {
    while (!held().empty() && !failed_writing_) {
        const auto put = to_.write(held());
        at_ += put.bytes;
        written_ += put.bytes;
        if (put.error == 0) continue;
        if (put.error != EAGAIN) break;
        std::array<pollfd, 1> entry{{{to_.fd(), POLLOUT, 0}}};
        if (poll(entry, deadline) != Wait::done) break;
    }
    return held().size();
}

Flow::State Flow::step(std::uint64_t most) {
    if (over()) return state_;
    const bool waited = state_ == State::wants_input;
    state_ = splices_ ? splice(most) : copy(most);
    // Nothing has come, and yet there was a reason to look: the reader may be gone, which no call without a byte tells.
    if (waited && notices_early_ && state_ == State::wants_input && reader_is_gone()) state_ = fail(EPIPE, true);
    if (grow_ && !over()) (void)growth_.grow(written_, std::array{from_.fd(), to_.fd()});
    if (over()) {
        from_.release();
        to_.release();
    }
    return state_;
}

void Flow::add_to(std::vector<pollfd>& entries) const {
    if (state_ == State::wants_input) {
        entries.push_back({from_.fd(), POLLIN, 0});
        if (notices_early_) entries.push_back({to_.fd(), 0, 0});
    } else if (state_ == State::wants_output) {
        entries.push_back({to_.fd(), POLLOUT, 0});
    }
}

Wait move_all(std::span<Flow* const> flows, const Deadline& deadline, Signals& signals, const std::function<void(Flow&)>& over) {
    for (;;) {
        bool moved = false;
        bool left = false;
        for (auto* flow : flows) {
            if (flow->over()) continue;
            moved = flow->step() == Flow::State::moved || moved;
            if (flow->over() && over) over(*flow);
            left = left || !flow->over();
        }
        if (!left) return Wait::done;
        if (signals.caught() != 0) return Wait::interrupted;
        if (moved && !deadline.past()) continue;
        std::vector<pollfd> entries;
        for (const auto* flow : flows) flow->add_to(entries);
        if (const auto wait = poll(entries, moved ? Deadline::after({}) : deadline, &signals); wait != Wait::done) return wait;
        if (deadline.past()) return Wait::gave_up;
    }
}

}  // namespace sys
