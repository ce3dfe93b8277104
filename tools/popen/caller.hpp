// SPDX-License-Identifier: MIT
// caller: one who talks to the keeper: what it asks, what it sends, and what it is still to be told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sys/stream.hpp"
#include "wire.hpp"

namespace tools::popen {

struct Caller {
    sys::Stream stream;
    std::string in, out;
    std::string held;  ///< data that came before its turn
    std::optional<Request> request;
    std::string marker;
    bool input_ended = false;
    bool answered = false;
    bool gone = false;
    std::uint64_t fed = 0;  ///< bytes of it that the command took
    std::size_t slot = 0;   ///< where poll(2) has it

    /// The next one who waits at this socket; empty: none, or none of ours.
    static sys::Stream accept(int listening);
    /// What poll(2) is to look for; room: for what it sends.
    [[nodiscard]] short events(bool room) const;
    /// Reads what it has sent. true: its request is there now.
    bool listen();
    /// Sends what it is to be told, as far as there is room.
    void speak();
    void tell(Kind kind, std::string_view bytes) { add_frame(out, kind, bytes); }

private:
    void take(const Frame& frame);
};

}  // namespace tools::popen
