// SPDX-License-Identifier: MIT
// suggest: the known word that a mistyped one was probably meant to be.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace text {

/// The nearest of the known words by insertions, deletions, changes and swaps of neighbours (optimal string alignment);
/// empty when none is near: more than a third of the word wrong, or over 64 bytes long.
std::string nearest(std::string_view typed, std::span<const std::string> known);

}  // namespace text
