// SPDX-License-Identifier: MIT
// verbs: all verbs of fifo; each is in the file of its name.
#pragma once

#include "cli/verb.hpp"

namespace tools::fifo {

extern const cli::Verb create, rm, ls, stat, with, read, write, hold, serve, call, tee;

}  // namespace tools::fifo
