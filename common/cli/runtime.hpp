// SPDX-License-Identifier: MIT
// runtime: the user's private directory for what lives while he is logged in: sockets, names of background helpers.
#pragma once

#include <string>

#include "sys/fd.hpp"

namespace cli {

struct RuntimeDirectory {
    std::string path;
    sys::Fd fd;
};

/// $XDG_RUNTIME_DIR/moreipc/NAME, else /tmp/moreipc-UID/NAME, mode 0700, made if it is not there (only if `make`; else fd is
/// empty). Throws Error when a part of it is a link, belongs to somebody else or may be entered by others: EPERM.
RuntimeDirectory runtime_directory(const std::string& name, bool make);

}  // namespace cli
