// SPDX-License-Identifier: MIT
// base64: the standard alphabet with padding (RFC 4648 section 4), for bytes inside JSON.
#pragma once

#include <string>
#include <string_view>

#include "text/word.hpp"

namespace text {

std::string to_base64(std::string_view bytes);

/// Exactly what to_base64 writes: no blanks, padding required.
Parsed<std::string> from_base64(std::string_view text);

}  // namespace text
