// SPDX-License-Identifier: MIT
// exchange: standard input to a socket and the socket to standard output, until both are at their end, and what came of it.
#pragma once

#include <optional>
#include <string>

#include "cli/groups.hpp"
#include "cli/json.hpp"
#include "sys/flow.hpp"
#include "text/duration.hpp"

namespace tools::sock {

struct ExchangeOptions {
    bool send_only = false;
    bool receive_only = false;
    bool no_half_close = false;
    bool end_with_peer = false;
    std::optional<text::Duration> linger;
    std::optional<text::Duration> idle_timeout;
    /// Throws Usage.
    void check_exchange() const;
};

template <class T>
void exchange_options(cli::Form<T>& form) {
    form.option("--send-only", &ExchangeOptions::send_only, "print nothing of what comes; end when all was taken");
    form.option("--receive-only", &ExchangeOptions::receive_only, "leave standard input alone");
    form.option("--no-half-close", &ExchangeOptions::no_half_close, "do not tell the other side that the input is at its end");
    form.option("--end-with-peer", &ExchangeOptions::end_with_peer, "end when the other side does, not only at the end of input");
    form.option("--linger", &ExchangeOptions::linger, "after the end of input wait this long for its end, then status 124");
    form.option("--idle-timeout", &ExchangeOptions::idle_timeout, "give up when nothing moves for this long, status 124");
}

/// What was moved, for a report and for the message that says what is missing.
struct Moved {
    std::uint64_t sent = 0;  ///< handed to the socket
    std::uint64_t received = 0;
    std::optional<std::uint64_t> taken;             ///< of those sent; nothing: not known of this kind of socket
    std::optional<std::chrono::nanoseconds> first;  ///< until the first byte came
    const char* closed_by = nullptr;                ///< who ended first: "us", "peer"; null: nobody
    int error = 0;                                  ///< what the socket said at the end
    std::optional<std::uint64_t> messages_sent;     ///< nothing: it was a stream of bytes
    std::optional<std::uint64_t> messages_received;
};

class Exchange {
public:
    /// socket: connected, non-blocking. name: for messages. active: it was us who connected.
    Exchange(const ExchangeOptions& options, int socket, std::string name, bool active, const sys::Deadline& deadline, sys::Signals& signals);

    /// To the end. What is missing has been said; a signal that came ends the process after that, by cleanup() first.
    cli::Exit run(const std::function<void()>& cleanup = {});
    [[nodiscard]] Moved moved() const;

private:
    enum class Why { done, deadline, idle, linger, signal };
    Why move();
    void look_at_output();
    void look_at_input();
    void look_for_reset();
    [[nodiscard]] bool finished() const;
    Why wait(bool moved);
    cli::Exit finish(Why why);
    cli::Exit complain_of_loss(std::string_view reason, cli::Exit status);
    [[nodiscard]] bool terminal_input() const;

    const ExchangeOptions& options_;
    int socket_;
    std::string name_;
    bool active_;
    sys::Deadline deadline_;
    sys::Deadline linger_;
    sys::Deadline idle_;
    sys::Signals& signals_;
    std::chrono::steady_clock::time_point begin_;
    sys::Fd nowhere_;
    sys::Flow out_;  ///< standard input to the socket
    sys::Flow in_;   ///< the socket to standard output
    bool sending_;
    bool receiving_ = true;
    int error_ = 0;  ///< of the socket
    const char* closed_by_ = nullptr;
    std::optional<std::chrono::nanoseconds> first_;
    mutable std::optional<std::uint64_t> left_;  ///< not taken, asked before the socket forgot it
};

}  // namespace tools::sock
