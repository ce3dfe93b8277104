// SPDX-License-Identifier: MIT
// escape: foreign text made safe to print on one line, and read back.
#pragma once

#include <string>
#include <string_view>

#include "text/word.hpp"

namespace text {

/// Control characters (C0, DEL, C1), the backslash and bytes that are not UTF-8 become \xHH or \\; all other text stays.
/// unescape(escape(x)) == x for every x, and the result holds no byte below 0x20, no 0x7f and no raw C1.
std::string escape(std::string_view raw);

/// The inverse: \\ and \xHH (two hexadecimal digits) are decoded, any other backslash is an error.
Parsed<std::string> unescape(std::string_view escaped);

/// The length of the valid UTF-8 sequence at the start of the text, 1 to 4 bytes; 0: none (RFC 3629: no surrogates, no overlong form).
std::size_t utf8_length(std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace text
