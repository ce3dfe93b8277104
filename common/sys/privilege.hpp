// SPDX-License-Identifier: MIT
// privilege: capabilities, and the users and groups of the machine.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace sys {

/// Whether the capability (a CAP_ number of capabilities(7)) is effective.
bool has_capability(int capability);

/// Names by /etc/passwd and /etc/group only: a static program must not load name service modules (an unknown uid would
/// crash it in libnss_systemd). Unknown ids are printed as numbers.
std::string user_name(uid_t uid);
std::string group_name(gid_t gid);

/// A name of /etc/passwd (/etc/group), or a decimal number; nothing when there is no such name.
std::optional<uid_t> user_id(std::string_view name);
std::optional<gid_t> group_id(std::string_view name);

}  // namespace sys
