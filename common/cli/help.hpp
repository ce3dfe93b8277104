// SPDX-License-Identifier: MIT
// help: the texts that are made from the declarations.
#pragma once

#include <string>

#include "cli/verb.hpp"

namespace cli {

/// Options that every verb has; main() deals with them.
std::span<const Option> common_options();

std::string usage_line(const Tool& tool, const Verb& verb, const Spec& spec);

/// `mq -h`, `mq --help`.
std::string tool_help(const Tool& tool);
/// `mq send -h`: at most 25 lines, three examples.
std::string short_help(const Tool& tool, const Verb& verb, const Spec& spec);
/// `mq send --help`, `mq help send`: everything.
std::string full_help(const Tool& tool, const Verb& verb, const Spec& spec);

std::string version_text(const Tool& tool);

/// Everything declared, as one JSON object: what the drift tests compare the manual and the completions with.
std::string dump_spec(const Tool& tool);

}  // namespace cli
