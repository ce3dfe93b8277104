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
constexpr std::size_t piece = 1024 * 1024;  // of a splice: as much as the largest pipe without privilege holds
// A pipe is grown when so much has flowed, to a quarter and then to all of the largest: an ordinary user may have only 64
// of the largest before all new pipes shrink (pipe(7), pipe-user-pages-soft), so short streams leave them alone.
constexpr std::uint64_t first_growth = 1024 * 1024;
constexpr std::uint64_t second_growth = 4 * first_growth;

bool ready(int descriptor, short events) {
    pollfd entry{descriptor, events, 0};
    return ::poll(&entry, 1, 0) == 1;
}

}  // namespace

Unblocked::Unblocked(int descriptor, Direction direction) : descriptor_(descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) == 0) mode_ = status.st_mode;
    const bool terminal = S_ISCHR(mode_) && ::isatty(descriptor) == 1;
    if ((!S_ISFIFO(mode_) && !terminal) || (::fcntl(descriptor, F_GETFL) & O_NONBLOCK) != 0) return;
    // To open the master side of a pseudo terminal again would make a new one.
    unsigned number = 0;
    asks_first_ = terminal && ::ioctl(descriptor, TIOCGPTN, &number) == 0;
    if (asks_first_) return;
    own_ =
        Fd{::open(fmt::format("/proc/self/fd/{}", descriptor).c_str(), (direction == Direction::in ? O_RDONLY : O_WRONLY) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    asks_first_ = !own_;
}

ssize_t Unblocked::read(char* into, std::size_t size) const {
    if (asks_first_ && !ready(descriptor_, POLLIN)) return errno = EAGAIN, -1;
    for (;;) {
        const auto count = S_ISSOCK(mode_) ? ::recv(descriptor_, into, size, MSG_DONTWAIT) : ::read(get(), into, size);
        if (count >= 0 || errno != EINTR) return count;
    }
}

ssize_t Unblocked::write(const char* from, std::size_t size) const {
    if (asks_first_) {
        if (!ready(descriptor_, POLLOUT)) return errno = EAGAIN, -1;
        size = std::min<std::size_t>(size, PIPE_BUF);  // so much fits when poll(2) sees room: pipe(7)
    }
    for (;;) {
        const auto count = S_ISSOCK(mode_) ? ::send(descriptor_, from, size, MSG_DONTWAIT | MSG_NOSIGNAL) : ::write(get(), from, size);
        if (count >= 0 || errno != EINTR) return count;
    }
}

Flow::Flow(int from, int to, Tap tap, bool grow)
    : from_(from, Unblocked::Direction::in),
      to_(to, Unblocked::Direction::out),
      tap_(std::move(tap)),
      splices_(!tap_ && (from_.is_pipe() || to_.is_pipe())),
      grow_(grow),
      grow_at_(first_growth) {}

Flow::State Flow::fail(int error, bool writing) {
    error_ = error;
    failed_writing_ = writing;
    return State::failed;
}

/// splice(2) says EAGAIN for either end: for want of input, unless there is some.
Flow::State Flow::wait_for_either() { return ready(from_.get(), POLLIN) ? State::wants_output : State::wants_input; }

Flow::State Flow::splice(std::uint64_t most) {
    // Only the end that is a pipe is kept from blocking by the flag.
    if (!from_.is_pipe() && !from_.is_file() && !ready(from_.get(), POLLIN)) return State::wants_input;
    if (!to_.is_pipe() && !to_.is_file() && !ready(to_.get(), POLLOUT)) return State::wants_output;
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(most, piece));
    const auto count = ::splice(from_.get(), nullptr, to_.get(), nullptr, size, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
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
        const auto count = from_.read(buffer_.data(), static_cast<std::size_t>(std::min<std::uint64_t>(most, block)));
        const int error = errno;
        buffer_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        at_ = 0;
        if (count < 0) return error == EAGAIN ? State::wants_input : fail(error, false);
        if (count == 0) return State::ended;
        read_ += static_cast<std::uint64_t>(count);
        if (tap_) tap_(buffer_);
    }
    const auto count = to_.write(buffer_.data() + at_, buffer_.size() - at_);
    if (count < 0) return errno == EAGAIN ? State::wants_output : fail(errno, true);
    at_ += static_cast<std::size_t>(count);
    written_ += static_cast<std::uint64_t>(count);
    return State::moved;
}

std::uint64_t Flow::deliver_held(const Deadline& deadline) {
    while (!held().empty() && !failed_writing_) {
        const auto count = to_.write(buffer_.data() + at_, buffer_.size() - at_);
        if (count >= 0) {
            at_ += static_cast<std::size_t>(count);
            written_ += static_cast<std::uint64_t>(count);
            continue;
        }
        if (errno != EAGAIN) break;
        std::array<pollfd, 1> entry{{{to_.get(), POLLOUT, 0}}};
        if (poll(entry, deadline) != Wait::done) break;
    }
    return held().size();
}

void Flow::grow() {
    const int size = static_cast<int>(grow_at_ == first_growth ? piece / 4 : piece);
    for (const auto* end : {&from_, &to_}) {
        if (end->is_pipe() && ::fcntl(end->get(), F_GETPIPE_SZ) < size) (void)::fcntl(end->get(), F_SETPIPE_SZ, size);
    }
    grow_at_ = grow_at_ == first_growth ? second_growth : no_limit;
}

Flow::State Flow::step(std::uint64_t most) {
    if (over()) return state_;
    state_ = splices_ ? splice(most) : copy(most);
    if (grow_ && written_ >= grow_at_ && !over()) grow();
    if (over()) {
        from_.release();
        to_.release();
    }
    return state_;
}

void Flow::add_to(std::vector<pollfd>& entries) const {
    if (state_ == State::wants_input) {
        entries.push_back({from_.get(), POLLIN, 0});
        entries.push_back({to_.get(), 0, 0});
    } else if (state_ == State::wants_output) {
        entries.push_back({to_.get(), POLLOUT, 0});
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
    }
}

}  // namespace sys
