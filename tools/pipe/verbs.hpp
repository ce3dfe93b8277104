// SPDX-License-Identifier: MIT
// verbs: all verbs of pipe; each is in the file of its name.
#pragma once

#include "cli/verb.hpp"

namespace tools::pipe {

extern const cli::Verb duplex, status, meter, buffer, tee, sponge, join, ready, size, stat, ls, peek;

}  // namespace tools::pipe
