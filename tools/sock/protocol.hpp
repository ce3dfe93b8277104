// SPDX-License-Identifier: MIT
// protocol: the numbers of the protocols above IP, by name.
#pragma once

#include <cstdint>
#include <string_view>

#include "text/word.hpp"

namespace tools::sock {

/// A name of the few that matter here, or a number up to 255.
text::Parsed<std::uint8_t> protocol_number(std::string_view text);

}  // namespace tools::sock
