// SPDX-License-Identifier: MIT
// rescue: the file of --rescue, which takes what could not be delivered.
#pragma once

#include <string>
#include <string_view>

#include "sys/fd.hpp"

namespace cli {

/// To append to: it may be there, and is no link. Throws Error naming it.
sys::Fd open_rescue(const std::string& path);

/// Appends this line and syncs. false: it is not in the file, and standard error says why.
[[nodiscard]] bool rescue(const std::string& path, std::string_view line);

}  // namespace cli
