// SPDX-License-Identifier: MIT
#include "cli/out.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <string>

#include "sys/io.hpp"
#include "sys/poll.hpp"

namespace cli {
namespace {

constexpr std::size_t block = 64 * 1024;

std::string& held() {
    static std::string text;
    return text;
}

}  // namespace

void print(std::string_view text) {
    held().append(text);
    if (held().size() >= block) flush();
}

void flush() {
    if (held().empty()) return;
    const auto written = sys::write_all(STDOUT_FILENO, held());
    held().clear();
    if (written.error != 0) throw OutputError{written.error};
}

Output write_out(std::string_view bytes, sys::Signals& signals) {
    Output output;
    std::array<pollfd, 1> room{{{STDOUT_FILENO, POLLOUT, 0}}};
    while (output.written < bytes.size()) {
        const auto rest = bytes.substr(output.written);
        const auto write = [&] {
            const auto count = ::write(STDOUT_FILENO, rest.data(), rest.size());
            if (count < 0) return errno;
            output.written += static_cast<std::size_t>(count);
            return 0;
        };
        // Up to PIPE_BUF bytes do not block where poll(2) sees room: the signals may stay held.
        if (rest.size() <= PIPE_BUF && ::poll(room.data(), room.size(), 0) == 1) {
            output.error = write();
        } else {
            output.wait = signals.run({}, output.error, write);
            if (output.wait == sys::Wait::interrupted) return output;
        }
        const bool full = output.error == EAGAIN;
        if (full || output.error == EINTR) output.error = 0;
        // An inherited O_NONBLOCK is not ours to clear.
        if (full) output.wait = sys::poll(room, {}, &signals);
        if (output.wait == sys::Wait::interrupted || output.error != 0) return output;
    }
    return output;
}

void output_failed(int error, sys::Signals& signals) {
    signals.release();
    throw OutputError{error};
}

}  // namespace cli
