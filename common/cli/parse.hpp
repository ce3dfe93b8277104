// SPDX-License-Identifier: MIT
// parse: a verb's words, taken apart by CLI11 and given to its fields.
#pragma once

#include <span>
#include <string_view>

#include "cli/verb.hpp"

namespace cli {

/// What the words asked for besides the verb's own options.
struct Asked {
    bool short_help = false;
    bool full_help = false;
    bool version = false;
    bool quiet = false;
    bool verbose = false;
};

/// Fills the fields that the spec is bound to. Throws Usage. When help or version is asked for, nothing else is checked.
Asked parse(Spec& spec, std::span<char* const> words);

/// The words before --, by CLI11 alone: what parse() does for every spelling that is not plain. Operands are returned as
/// they stand, in order.
Asked parse_with_cli11(const Spec& spec, std::span<char* const> words, std::vector<std::string>& operands);

}  // namespace cli
