// SPDX-License-Identifier: MIT
// out: standard output, buffered, and checked before status 0 is returned.
#pragma once

#include <cstddef>
#include <string_view>

#include "sys/signals.hpp"

namespace cli {

/// Adds to the output; written when 64 KiB are held, or at the end. Throws OutputError.
void print(std::string_view text);

/// Writes what is held, now. Throws OutputError.
void flush();

/// How far a write came: all of it when `wait` is done and `error` 0.
struct Output {
    sys::Wait wait = sys::Wait::done;  ///< or interrupted: a signal came while it was full
    std::size_t written = 0;
    int error = 0;  ///< an errno
};

/// Writes these bytes at once, with the signals let in while standard output is full; for callers that can put things back.
Output write_out(std::string_view bytes, sys::Signals& signals);

/// Standard output did not take what it was given. Printed once, status 3; EPIPE ends the process by SIGPIPE instead.
struct OutputError {
    int error;
};

/// Throws OutputError with the signals let loose again, so that EPIPE can end us by SIGPIPE.
[[noreturn]] void output_failed(int error, sys::Signals& signals);

}  // namespace cli
