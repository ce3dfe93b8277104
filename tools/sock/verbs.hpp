// SPDX-License-Identifier: MIT
// verbs: all verbs of sock; each is in the file of its name.
#pragma once

#include "cli/verb.hpp"

namespace tools::sock {

extern const cli::Verb connect, listen, relay, pair, wait;

}  // namespace tools::sock
