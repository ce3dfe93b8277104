// SPDX-License-Identifier: MIT
// command: a command that is run beside us and ends as we end; shared by with and hold.
#pragma once

#include <string>
#include <vector>

#include "cli/exit.hpp"
#include "sys/child.hpp"
#include "sys/signals.hpp"

namespace tools::fifo {

/// Runs it to its end, which is its status: its own, 128 + the signal that ended it, 126 or 127. Signals that come meanwhile go
/// on to it, once: those that a terminal sends to its whole foreground group reach it without us.
cli::Exit run_command(const sys::Spawn& spawn, sys::Signals& signals);

/// A command that could not be started: says why, and answers 127 (not found) or 126.
cli::Exit cannot_run(int error, const char* words);

}  // namespace tools::fifo
