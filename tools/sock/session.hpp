// SPDX-License-Identifier: MIT
// session: two sockets that are joined both ways, from the first byte to the last.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/json.hpp"
#include "pump.hpp"
#include "traffic.hpp"

namespace tools::sock {

class Session {
public:
    Session(Ends ends, Side here, Side there, PipePool& pool);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] Side& here() { return here_; }
    [[nodiscard]] Side& there() { return there_; }
    [[nodiscard]] Pump& out() { return out_; }  ///< from here to there
    [[nodiscard]] Pump& back() { return back_; }
    [[nodiscard]] std::uint64_t number() const { return ends_.number; }
    [[nodiscard]] const Ends& ends() const { return ends_; }

    [[nodiscard]] bool can_move() const { return out_.can_move() || back_.can_move(); }
    [[nodiscard]] bool over() const {
        const auto done = [](const Pump& pump) { return pump.ended() || pump.refused() != 0; };
        return here_.error != 0 || there_.error != 0 || (done(out_) && done(back_));
    }
    [[nodiscard]] bool failed() const { return failure() != 0; }
    /// The first reason why it is not whole; 0: it is.
    [[nodiscard]] int failure() const;
    [[nodiscard]] std::chrono::steady_clock::time_point last_moved() const { return last_moved_; }
    /// It stands in line for its turn: who keeps the line keeps this, too, and need not search it.
    [[nodiscard]] bool in_line() const { return in_line_; }
    void set_in_line(bool now) { in_line_ = now; }

    /// One piece each way; the bytes that came in.
    std::uint64_t step(std::uint64_t most, bool grow);
    /// What ends it, and is no error of a socket.
    void note_end(std::string why) { why_ = std::move(why); }
    /// Both are closed by reset, where there is such a thing: an end that looks like the end of the data would be a lie.
    void reset();

    /// Where the bytes are, and why it failed, in one line.
    [[nodiscard]] std::string account() const;
    [[nodiscard]] cli::Object facts() const;

private:
    Ends ends_;
    Side here_;
    Side there_;
    Pump out_;
    Pump back_;
    std::chrono::steady_clock::time_point begin_;
    std::chrono::steady_clock::time_point last_moved_;
    bool in_line_ = false;
    std::string why_;
};

}  // namespace tools::sock
