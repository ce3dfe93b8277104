// SPDX-License-Identifier: MIT
// place: where files that nobody names are put.
#pragma once

#include <string>

namespace cli {

/// TMPDIR, or /tmp.
std::string temporary_directory();

}  // namespace cli
