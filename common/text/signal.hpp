// SPDX-License-Identifier: MIT
// signal: TERM, SIGTERM, 15, RTMIN+3, in any case.
#pragma once

#include <string>

#include "text/word.hpp"

namespace text {

/// A signal's number: 1 to the highest of the kernel but those that libc keeps for itself, or 0, which only asks.
struct Signal {
    int number = 0;
    static constexpr Word word{"SIGNAL"};
    static Parsed<Signal> parse(std::string_view text);
};

/// Without SIG: "TERM", "RTMIN+3"; a number where there is no name. parse() reads it back.
std::string spell(Signal signal);

}  // namespace text
