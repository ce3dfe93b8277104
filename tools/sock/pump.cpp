// SPDX-License-Identifier: MIT
#include "pump.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "sys/error.hpp"
#include "sys/stream.hpp"

namespace tools::sock {
namespace {

constexpr std::size_t block = 64 * 1024;
constexpr std::size_t most_descriptors = 253;  // SCM_MAX_FD of the kernel

/// After a call that has moved nothing: whether it has failed for good.
bool failed(bool& ready) {
    if (errno == EINTR) return false;
    ready = false;
    return errno != EAGAIN;
}

}  // namespace

sys::Pipe PipePool::take() {
    if (free_.empty()) return sys::Pipe::create();
    auto pipe = std::move(free_.back());
    free_.pop_back();
    return pipe;
}

void PipePool::give_back(sys::Pipe pipe) {
    if (free_.size() < kept) free_.push_back(std::move(pipe));
}

bool Pump::can_move() const {
    if (ended_ || refused_ != 0 || from_.error != 0 || to_.error != 0) return false;
    return held() > 0 ? to_.writable : from_.readable || at_end_;
}

ssize_t Pump::receive(std::size_t most) {
    if (!carries_) return ::recv(from_.socket.get(), memory_.data(), most, MSG_DONTWAIT);
    alignas(cmsghdr) std::array<char, CMSG_SPACE(most_descriptors * sizeof(int))> control{};
    iovec part{memory_.data(), most};
    msghdr message{nullptr, 0, &part, 1, control.data(), control.size(), 0};
    const auto count = ::recvmsg(from_.socket.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count < 0) return count;
    for (auto* head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
        for (std::size_t at = 0; CMSG_LEN(at + sizeof(int)) <= head->cmsg_len; at += sizeof(int)) {
            int descriptor = -1;
            std::memcpy(&descriptor, CMSG_DATA(head) + at, sizeof descriptor);
            descriptors_.emplace_back(descriptor);
        }
    }
    // Ours had no room for them (RLIMIT_NOFILE): to go on without them would be a loss that nobody sees.
    if ((message.msg_flags & MSG_CTRUNC) == 0) return count;
    errno = EMFILE;
    return -1;
}

ssize_t Pump::send(std::string_view bytes) {
    if (descriptors_.empty()) return ::send(to_.socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    alignas(cmsghdr) std::array<char, CMSG_SPACE(most_descriptors * sizeof(int))> control{};
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    const auto length = descriptors_.size() * sizeof(int);
    msghdr message{nullptr, 0, &part, 1, control.data(), CMSG_SPACE(length), 0};
    auto* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(length);
    for (std::size_t at = 0; at < descriptors_.size(); ++at) {
        const int descriptor = descriptors_[at].get();
        std::memcpy(CMSG_DATA(head) + at * sizeof(int), &descriptor, sizeof descriptor);
    }
    const auto count = ::sendmsg(to_.socket.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) descriptors_.clear();
    return count;
}

/// Only into an empty pipe: then EAGAIN can only mean that the socket has nothing.
bool Pump::fill(std::uint64_t most, bool grow) {
    ssize_t count = 0;
    if (!tap_ && !pipe_.read_end) {
        try {
            pipe_ = pool_.take();
        } catch (const sys::Error&) {
            tap_ = [](std::string_view) {};  // no descriptor is free: this one goes through memory from now on
        }
    }
    if (tap_) {
        memory_.resize(block);
        count = receive(static_cast<std::size_t>(std::min<std::uint64_t>(most, block)));
        const int error = errno;
        memory_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        errno = error;
        if (count > 0) tap_(memory_);
    } else {
        if (grow && in_ >= sys::Growth::largest && ::fcntl(pipe_.write_end.get(), F_GETPIPE_SZ) < static_cast<int>(sys::Growth::largest))
            (void)::fcntl(pipe_.write_end.get(), F_SETPIPE_SZ, static_cast<int>(sys::Growth::largest));
        count = ::splice(from_.socket.get(), nullptr, pipe_.write_end.get(), nullptr,
                         static_cast<std::size_t>(std::min<std::uint64_t>(most, sys::Growth::largest)), SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    }
    if (count > 0) {
        in_ += static_cast<std::uint64_t>(count);
        return true;
    }
    if (count == 0) {
        at_end_ = true;
        from_.readable = false;
        return true;
    }
    if (failed(from_.readable)) from_.error = errno;
    return false;
}

bool Pump::drain() {
    ssize_t count = 0;
    if (tap_) {
        const auto rest = std::string_view{memory_}.substr(memory_.size() - held());
        count = send(rest);
    } else {
        count = ::splice(pipe_.read_end.get(), nullptr, to_.socket.get(), nullptr, held(), SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    }
    if (count > 0) out_ += static_cast<std::uint64_t>(count);
    if (count < 0 && failed(to_.writable)) refused_ = errno;
    return count > 0;
}

void Pump::pass_on_end() {
    ended_ = true;
    // Who is gone already needs not be told.
    (void)::shutdown(to_.socket.get(), SHUT_WR);
}

std::uint64_t Pump::step(std::uint64_t most, bool grow) {
    const auto before = in_;
    if (held() == 0 && !at_end_ && from_.readable) (void)fill(std::max<std::uint64_t>(most, 1), grow);
    while (held() > 0 && to_.writable && refused_ == 0) {
        if (!drain()) break;
    }
    if (held() == 0) {
        if (pipe_.read_end) pool_.give_back(std::exchange(pipe_, {}));
        memory_ = {};
        if (at_end_ && !ended_) pass_on_end();
    }
    return in_ - before;
}

}  // namespace tools::sock
