// SPDX-License-Identifier: MIT
// messages: standard input to a socket of datagrams or records, a read each, and what comes from it to standard output.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "delivery.hpp"
#include "exchange.hpp"
#include "inbox.hpp"
#include "outbox.hpp"
#include "sys/stream.hpp"

namespace tools::sock {

class Messages {
public:
    /// socket: connected, non-blocking. name: for messages.
    Messages(const ExchangeOptions& options, int socket, std::string name, const sys::Deadline& deadline, sys::Signals& signals);

    /// To the end: of both sides where the socket has one (seqpacket), else until it is quiet behind the end of input. What is missing
    /// has been said; a signal that came ends the process after that.
    cli::Exit run();
    [[nodiscard]] Moved moved() const;

private:
    enum class Why { done, deadline, idle, linger, signal };
    Why move();
    bool send_one();
    bool receive_some();
    void input_ended();
    void other_side_ended();
    void restart_clocks(bool received);
    [[nodiscard]] bool finished() const;
    Why wait(bool moved);
    cli::Exit finish(Why why);
    cli::Exit complain_of(std::string_view reason, cli::Exit status) const;

    const ExchangeOptions& options_;
    int socket_;
    std::string name_;
    bool has_end_;  ///< the other side can end, and be told that we have
    sys::Deadline deadline_;
    sys::Deadline linger_;
    sys::Deadline idle_;
    sys::Signals& signals_;
    std::chrono::steady_clock::time_point begin_;
    sys::Stream input_;
    std::string buffer_;
    Outbox outbox_;
    Inbox inbox_;
    Delivery delivery_;
    std::vector<Datagram> taken_;
    bool sending_;
    bool receiving_ = true;
    std::uint64_t bytes_read_ = 0;
    std::uint64_t received_ = 0;
    std::uint64_t bytes_received_ = 0;
    const char* closed_by_ = nullptr;
    int error_ = 0;
    std::optional<std::chrono::nanoseconds> first_;
};

}  // namespace tools::sock
