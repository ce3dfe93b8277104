// SPDX-License-Identifier: MIT
// wire: what a caller and a coprocess's keeper say to each other: frames of a kind, a length and bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tools::popen {

/// What is wanted of a coprocess.
struct Request {
    enum class Act : std::uint8_t { ask, write, read, close, signal, stat };
    /// Where a reply ends.
    enum class Until : std::uint8_t { lines, marker, prompt, quiet, idle, end };

    Act act = Act::stat;
    Until until = Until::lines;
    char separator = '\n';
    std::uint8_t nonblock = 0;  ///< not bool: what comes from a socket may be neither true nor false
    std::int32_t signal = 0;
    std::uint64_t count = 1;  ///< lines
    std::int64_t quiet = 0;   ///< nanoseconds
};

/// What came of it; the last frame to the caller.
struct Answer {
    enum class Result : std::uint8_t {
        done,
        nothing,    ///< not now, or nothing there
        busy,       ///< another caller is served, and waiting was not wanted
        ended,      ///< the command ended before the reply was complete, or cannot be written to
        cancelled,  ///< as the caller asked
        refused,    ///< a line is longer than a terminal takes
        full,       ///< the command waits until its output is read, and takes nothing before that
    };
    Result result = Result::done;
    std::uint8_t has_status = 0;  ///< the command has ended
    std::int32_t status = 0;
    std::int32_t signal = 0;
    std::uint64_t written = 0;  ///< bytes that the command's input took
    std::uint64_t given = 0;    ///< bytes of this request; the caller knows
};

enum class Kind : char {
    request = 'Q',  ///< a Request, and the marker behind it
    data = 'D',     ///< for the command
    end = 'E',      ///< of the data
    output = 'O',
    error = 'S',
    text = 'T',  ///< of stat: JSON
    answer = 'F',
};

struct Frame {
    Kind kind;
    std::string payload;
};

constexpr std::size_t longest_frame = 64 * 1024;

void add_frame(std::string& into, Kind kind, std::string_view payload);
/// Takes the first whole frame out of what came; nothing: more has to come. `wrong` is set when it is no frame.
std::optional<Frame> take_frame(std::string& from, bool& wrong);

std::string packed(const Request& request, std::string_view marker);
bool unpack(std::string_view payload, Request& request, std::string& marker);
std::string packed(const Answer& answer);
bool unpack(std::string_view payload, Answer& answer);

}  // namespace tools::popen
