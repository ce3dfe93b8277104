// SPDX-License-Identifier: MIT
// verbs: all verbs of mq; each is in the file of its name.
#pragma once

#include "cli/verb.hpp"

namespace tools::mq {

extern const cli::Verb create, rm, ls, stat, set, send, recv, peek, wait, mv, limits;

}  // namespace tools::mq
