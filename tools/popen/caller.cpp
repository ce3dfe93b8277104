// SPDX-License-Identifier: MIT
#include "caller.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace tools::popen {

sys::Stream Caller::accept(int listening) {
    sys::Fd fd{::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!fd) return {};
    ucred who{};
    socklen_t size = sizeof who;
    // The directory lets nobody else in; this holds even if it were changed.
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) < 0 || (who.uid != ::geteuid() && who.uid != 0)) return {};
    return sys::Stream::own(std::move(fd));
}

short Caller::events(bool room) const {
    // One that gives up ends its sending: that is seen even when there is no room to read what it sent before.
    short events = answered ? 0 : POLLRDHUP;
    if (!answered && room) events |= POLLIN;
    if (!out.empty()) events |= POLLOUT;
    return events;
}

bool Caller::listen() {
    std::string block(longest_frame, '\0');
    const auto [count, error] = stream.read(block);
    if (error != 0 || count == 0) return false;
    in.append(block, 0, count);
    const bool asked = request.has_value();
    bool wrong = false;
    while (auto frame = take_frame(in, wrong)) take(*frame);
    gone = gone || wrong;
    return !asked && request && !gone;
}

void Caller::take(const Frame& frame) {
    if (frame.kind == Kind::request && !request) {
        request.emplace();
        gone = gone || !unpack(frame.payload, *request, marker);
    } else if (request && frame.kind == Kind::data && !answered) {
        held += frame.payload;
    } else if (frame.kind == Kind::end) {
        input_ended = true;
    }
}

void Caller::speak() {
    while (!out.empty()) {
        const auto [count, error] = stream.write(out);
        if (error == EAGAIN) return;
        if (error != 0) {
            out.clear();
            gone = true;
            return;
        }
        out.erase(0, count);
    }
}

}  // namespace tools::popen
