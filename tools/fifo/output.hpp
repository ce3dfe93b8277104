// SPDX-License-Identifier: MIT
// output: bytes to standard output, with signals let in while it is full; shared by read and call.
#pragma once

#include <string_view>

#include "sys/signals.hpp"

namespace tools::fifo {

/// How far a write came: all of it when `wait` is done and `error` 0.
struct Output {
    sys::Wait wait = sys::Wait::done;  ///< or interrupted: a signal came while it was full
    std::size_t written = 0;
    int error = 0;  ///< an errno
};

/// Writes to standard output, past the buffer of cli::print.
Output write_out(std::string_view bytes, sys::Signals& signals);

/// Ends with what standard output's errno means: throws cli::OutputError with the signals let loose again, so that EPIPE ends us by SIGPIPE.
[[noreturn]] void output_failed(int error, sys::Signals& signals);

}  // namespace tools::fifo
