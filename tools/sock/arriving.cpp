// SPDX-License-Identifier: MIT
#include "arriving.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "ipc/connection.hpp"
#include "sys/error.hpp"

namespace tools::sock {

Arriving::Way Arriving::next() {
    again_ = false;
    while (at_ < endpoints_.size()) {
        const auto& endpoint = endpoints_[at_];
        name_ = endpoint.spelled();
        int error = 0;
        try {
            socket_ = ipc::open_socket(target_, endpoint, ipc::Purpose::to_connect);
            if (::connect(socket_.get(), endpoint.name(), endpoint.length) == 0) return Way::there;
            error = errno;
        } catch (const sys::Error& failure) {
            error = failure.number();
        }
        if (error == EINPROGRESS) return Way::on_it;
        if (error == EAGAIN) {
            again_ = true;
            return Way::again;
        }
        error_ = error;
        ++at_;
    }
    return Way::closed;
}

Arriving::Way Arriving::answered() {
    const int error = ipc::pending_error(socket_.get());
    if (error == 0) return Way::there;
    error_ = error;
    ++at_;
    return next();
}

void Arriving::reset() const {
    const linger none{1, 0};
    (void)::setsockopt(guest_.socket.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

}  // namespace tools::sock
