// SPDX-License-Identifier: MIT
// verbs: all verbs of popen; each is in the file of its name.
#pragma once

#include "cli/verb.hpp"

namespace tools::popen {

extern const cli::Verb run, start, ask, write, read, close, signal, ls, stat;

}  // namespace tools::popen
