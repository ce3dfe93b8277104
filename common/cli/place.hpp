// SPDX-License-Identifier: MIT
// place: where things that nobody names are put.
#pragma once

#include <string>

#include "sys/fd.hpp"

namespace cli {

/// $TMPDIR, or /tmp.
std::string temporary_directory();

/// $XDG_RUNTIME_DIR if it is what its specification wants (absolute, a directory, ours, mode 0700), else /tmp.
/// Throws Error when it is there, perhaps, but cannot be looked at.
std::string runtime_directory();

struct RuntimeDirectory {
    std::string path;
    sys::Fd fd;
};

/// $XDG_RUNTIME_DIR/moreipc/NAME, else /tmp/moreipc-UID/NAME, mode 0700, made if it is not there (only if `make`; else fd is
/// empty). Throws Error when a part of it is a link, belongs to somebody else or may be entered by others: EPERM.
RuntimeDirectory open_runtime_directory(const std::string& name, bool make);

}  // namespace cli
