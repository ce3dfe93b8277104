// SPDX-License-Identifier: MIT
// status: what is known of a coprocess, for ls and stat.
#pragma once

#include <string>

#include "cli/table.hpp"
#include "registry.hpp"

namespace tools::popen {

extern const std::span<const cli::Column> list_columns;
/// The same, a list as a list: for JSON.
extern const std::span<const cli::Column> all_columns;
/// The same, all of them shown.
extern const std::span<const cli::Column> status_columns;

/// A row of these columns. One whose keeper died, or does not answer within a second, has a state and no more.
cli::List status_row(const Registry& registry, const std::string& name);
/// The same for list_columns: a command in one cell unless it is for JSON.
cli::List list_row(const Registry& registry, const std::string& name, bool json);

}  // namespace tools::popen
