// SPDX-License-Identifier: MIT
// out: standard output, buffered, and checked before status 0 is returned.
#pragma once

#include <string_view>

#include "sys/io.hpp"

namespace cli {

/// Adds to the output; written when 64 KiB are held, or at the end. Throws OutputError.
void print(std::string_view text);

/// Writes what is held, now. Throws OutputError.
void flush();

/// Writes these bytes at once, behind what is held, and says how far it got; for callers that can put things back.
sys::Written write_now(std::string_view bytes);

/// Standard output did not take what it was given. Printed once, status 3; EPIPE ends the process by SIGPIPE instead.
struct OutputError {
    int error;
};

}  // namespace cli
