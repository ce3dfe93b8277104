// SPDX-License-Identifier: MIT
// resolve: temporary until the address layer has it.
#pragma once
#include <sys/socket.h>
#include <vector>
#include "ipc/address.hpp"
namespace tools::sock {
struct Resolved { sockaddr_storage storage{}; socklen_t length = 0; };
std::vector<Resolved> resolve(const ipc::Address& address);
}
