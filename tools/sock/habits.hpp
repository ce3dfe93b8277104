// SPDX-License-Identifier: MIT
// habits: what a user of nc has meant by a command line without a verb.
#pragma once

#include <span>
#include <string>

namespace tools::sock {

/// The command line of sock that does it, such as "sock listen 7000"; empty: nc would not understand it either.
std::string meant(std::span<char* const> words);

}  // namespace tools::sock
