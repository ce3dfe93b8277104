// SPDX-License-Identifier: MIT
#include "reach.hpp"

#include <algorithm>
#include <cerrno>

#include "sys/error.hpp"
#include "sys/poll.hpp"

namespace tools::sock {
namespace {

/// It may be there later.
bool passes(int error) {
    return error == ECONNREFUSED || error == ENOENT || error == ENXIO || error == EHOSTUNREACH || error == ENETUNREACH || error == ENETDOWN ||
           error == ETIMEDOUT || error == ECONNRESET || error == EADDRNOTAVAIL;
}

}  // namespace

sys::Wait reach(const ipc::Address& address, const sys::Deadline& deadline, const std::optional<sys::Deadline>& retry, sys::Signals& signals,
                ipc::Connection& into, std::string* reason) {
    // A server that is about to start is ready within milliseconds; one that is not is not asked a hundred times a second.
    for (std::chrono::milliseconds pause{5};; pause = std::min(pause * 2, std::chrono::milliseconds{250})) {
        try {
            return ipc::connect(address, retry && retry->left() < deadline.left() ? *retry : deadline, signals, into);
        } catch (const sys::Error& failure) {
            if (!retry || retry->past() || !passes(failure.number())) throw;
            if (reason) *reason = failure.what();
        }
        if (deadline.past()) return sys::Wait::gave_up;
        const auto left = std::min(deadline.left(), retry->left());
        if (sys::poll({}, sys::Deadline::after(std::min<std::chrono::nanoseconds>(pause, left)), &signals) == sys::Wait::interrupted)
            return sys::Wait::interrupted;
    }
}

}  // namespace tools::sock
