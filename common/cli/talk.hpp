// SPDX-License-Identifier: MIT
// talk: lines for the user on standard error.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string_view>

namespace cli {

/// Who speaks, set by main(): "mq: send"; and whether notes are wanted (-q).
void speak_as(const char* tool, const char* verb);
void be_quiet();
bool quiet();

/// "mq: send: words". Always printed: a failure, or something that was not delivered.
void complain(std::string_view words);
/// The same, left out with -q: what could not be seen, what was done.
void note(std::string_view words);
/// "3 of 212 processes could not be read (not permitted)", once, if there are such.
void note_unreadable(std::size_t unreadable, std::size_t processes);
/// "hint: words".
void hint(std::string_view words);

}  // namespace cli
