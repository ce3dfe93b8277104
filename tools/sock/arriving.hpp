// SPDX-License-Identifier: MIT
// arriving: one who was let in, and is on the way to the target of a relay.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ipc/address.hpp"
#include "ipc/endpoint.hpp"
#include "server.hpp"

namespace tools::sock {

class Arriving {
public:
    enum class Way : std::uint8_t {
        there,   ///< connected
        on_it,   ///< socket() becomes writable when there is an answer
        again,   ///< the queue of the target is full, which nothing tells of: call next() in a while
        closed,  ///< there is nobody left to try
    };
    /// Both ends of what is there.
    struct Joined {
        sys::Fd here;
        sys::Fd there;
        std::string here_name;
        std::string there_name;
    };

    /// endpoints: of the target; each is tried in turn. Both outlive this.
    Arriving(std::uint64_t number, Guest guest, const ipc::Address& target, const std::vector<ipc::Endpoint>& endpoints)
        : number_(number), guest_(std::move(guest)), target_(target), endpoints_(endpoints) {}

    [[nodiscard]] Way next();
    /// socket() is writable, or has an error.
    [[nodiscard]] Way answered();
    [[nodiscard]] Joined take() { return {std::move(guest_.socket), std::move(socket_), std::move(guest_.peer), std::move(name_)}; }
    /// The guest shall see that it was turned away: an end would look like an answer without a byte.
    void reset() const;

    [[nodiscard]] std::uint64_t number() const { return number_; }
    [[nodiscard]] int socket() const { return socket_.get(); }
    [[nodiscard]] const std::string& peer() const { return guest_.peer; }
    [[nodiscard]] bool knocks_again() const { return again_; }
    [[nodiscard]] int error() const { return error_; }  ///< of the last that was tried

private:
    std::uint64_t number_;
    Guest guest_;
    const ipc::Address& target_;
    const std::vector<ipc::Endpoint>& endpoints_;
    std::size_t at_ = 0;
    sys::Fd socket_;
    std::string name_;
    bool again_ = false;
    int error_ = 0;
};

}  // namespace tools::sock
