// SPDX-License-Identifier: MIT
// request: what call writes into a server's FIFO, and how serve finds the way back; the protocol is in fifo(1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sys/fd.hpp"
#include "text/word.hpp"

namespace tools::fifo {

/// The largest request: more would be a mistake, or fill memory.
constexpr std::uint64_t largest_request = 1UL << 30;

struct Request {
    std::string id;         ///< 32 hexadecimal digits that nobody can guess
    std::string directory;  ///< of the caller's FIFOs
    std::uint64_t size = 0;
    bool attached = false;  ///< the data stand behind the header; else they come through the caller's FIFO "data"

    [[nodiscard]] std::string reply() const { return "reply." + id; }
    [[nodiscard]] std::string status() const { return "status." + id; }
    [[nodiscard]] std::string data() const { return "data." + id; }
};

/// A new one. Throws Error when the kernel has no random bytes to give.
std::string new_id();

/// A JSON line.
std::string header_of(const Request& request);

/// A request at the beginning of what a FIFO holds.
struct Found {
    Request request;
    std::size_t header = 0;  ///< bytes of the header, its newline included
    [[nodiscard]] std::size_t whole() const { return header + (request.attached ? static_cast<std::size_t>(request.size) : 0); }
};

/// The error says what is wrong. What is not a whole request is none: requests are written at once (PIPE_BUF).
text::Parsed<Found> find_request(std::string_view seen);

/// Where the next request may begin behind something that is none: where one seems to, else behind its newline, or its end.
std::size_t length_of_rubbish(std::string_view seen);

/// "ID STATUS\n", which ends a reply, both ways.
std::string status_line(const Request& request, int status);
std::optional<int> parse_status(std::string_view line, const Request& request);

/// The server's ends of the caller's FIFOs.
struct WayBack {
    sys::Fd reply;   ///< waits when it is full: it becomes the command's standard output
    sys::Fd status;  ///< nobody else has it: when we are gone, the caller sees its end
    sys::Fd data;    ///< O_NONBLOCK; empty when the data are attached
};

/// Nothing: the caller is gone. Throws Error (EPERM: what it names is not what call makes, so that no request makes us write
/// into somebody else's FIFO).
std::optional<WayBack> open_way_back(const Request& request);

}  // namespace tools::fifo
