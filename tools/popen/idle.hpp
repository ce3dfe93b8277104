// SPDX-License-Identifier: MIT
// idle: whether a command waits for its input, which no descriptor tells.
#pragma once

#include <sys/types.h>

#include <string>

namespace tools::popen {

/// Whether a process of the session is blocked in read(2) of this file, as a link in /proc/PID/fd spells it ("pipe:[123]",
/// "/dev/pts/4"). One that waits in poll(2) may wait for something else, and is not counted. proc(5): syscall
bool waits_for_input(pid_t session, const std::string& file);

}  // namespace tools::popen
