// SPDX-License-Identifier: MIT
// handler: a command that has a connection: what it gets, and what it is told of the other end.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>
#include <vector>

#include "ipc/endpoint.hpp"
#include "sys/child.hpp"
#include "sys/signals.hpp"

namespace tools::sock {

/// NAME=value: SOCK_LOCAL, SOCK_PEER and so on, and the names that programs for tcpserver(1) and s6-ipcserver(1) look for.
std::vector<std::string> environment_of(int socket);
/// The same of who has sent a message to us. who: of a unix socket, where it is known.
std::vector<std::string> environment_of(const ipc::Endpoint& local, const ipc::Endpoint& peer, const std::optional<ucred>& who);

/// Becomes the command, with the socket as its input and output, or under `number` alone, and signals as they were. Throws Error,
/// and then it cannot be run.
[[noreturn]] void become_handler(const std::vector<std::string>& words, int socket, int number, sys::Signals& signals);

/// The socket blocks again, as programs expect: the flag belongs to the connection, which is handed on.
void make_blocking(int socket);

}  // namespace tools::sock
