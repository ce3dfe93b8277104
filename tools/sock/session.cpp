// SPDX-License-Identifier: MIT
#include "session.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cmath>

#include "sys/error.hpp"

namespace tools::sock {

Session::Session(Ends ends, Side here, Side there, PipePool& pool)
    : ends_(std::move(ends)),
      here_(std::move(here)),
      there_(std::move(there)),
      out_(here_, there_, pool),
      back_(there_, here_, pool),
      begin_(std::chrono::steady_clock::now()),
      last_moved_(begin_) {}

std::uint64_t Session::step(std::uint64_t most, bool grow) {
    const auto moved = (out_.can_move() ? out_.step(most, grow) : 0) + (back_.can_move() ? back_.step(most, grow) : 0);
    if (moved > 0) last_moved_ = std::chrono::steady_clock::now();
    return moved;
}

int Session::failure() const {
    for (const int error : {here_.error, there_.error, out_.refused(), back_.refused()}) {
        if (error != 0) return error;
    }
    return 0;
}

void Session::reset() {
    const linger none{1, 0};
    for (const auto* side : {&here_, &there_}) (void)::setsockopt(side->socket.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

std::string Session::account() const {
    const bool here = here_.error != 0 || (there_.error == 0 && out_.refused() == 0);
    auto words = fmt::format("{} - {}: ", ends_.here, ends_.there);
    if (failed()) words += fmt::format("{}: {}: ", here ? ends_.here : ends_.there, failure() == EPIPE ? "takes nothing more" : sys::error_text(failure()));
    words += fmt::format("{} bytes there, {} back", out_.bytes_out(), back_.bytes_out());
    const auto stuck = out_.bytes_in() - out_.bytes_out() + back_.bytes_in() - back_.bytes_out();
    if (stuck > 0) words += fmt::format("; {} read and not delivered", stuck);
    return words;
}

cli::Object Session::facts() const {
    const auto length = std::chrono::duration<double>{std::chrono::steady_clock::now() - begin_}.count();
    return {{"connection", ends_.number},
            {"from", ends_.here},
            {"to", ends_.there},
            {"seconds", std::round(length * 1e6) / 1e6},
            {"bytes_there", out_.bytes_out()},
            {"bytes_back", back_.bytes_out()},
            {"messages_there", nullptr},
            {"messages_back", nullptr},
            {"undelivered", out_.bytes_in() - out_.bytes_out() + back_.bytes_in() - back_.bytes_out()},
            {"error", failed()        ? cli::Value{sys::error_text(failure())}
                      : !why_.empty() ? cli::Value{why_}
                                      : cli::Value{nullptr}}};
}

}  // namespace tools::sock
