// SPDX-License-Identifier: MIT
// complete: answers for the completion shims of bash, zsh and fish.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/verb.hpp"

namespace cli {

/// words: those behind the tool's name, the last one being completed (perhaps empty). One candidate a line, a TAB and a
/// note behind it; the last line is a directive: :nofiles, :files (complete file names) or :command (complete the words
/// behind -- as a command line of their own).
std::string complete(const Tool& tool, std::span<const std::string_view> words);

}  // namespace cli
