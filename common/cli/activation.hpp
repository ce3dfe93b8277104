// SPDX-License-Identifier: MIT
// activation: sockets that a service manager has opened for us (sd_listen_fds(3)), and that we open for a command.
#pragma once

#include <string>

namespace cli {

/// The descriptor of this name, or the first when it is empty. What the environment says of them is forgotten by this, and
/// all of them become ours alone, so that no command gets them. Throws Error (ENOENT: none was handed to us).
int activated(const std::string& name);

/// For a command that we are about to become: there is one, number 3.
void announce_activation();

}  // namespace cli
