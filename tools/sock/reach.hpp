// SPDX-License-Identifier: MIT
// reach: connecting, again and again where that was asked for; shared by connect, relay and wait.
#pragma once

#include <optional>
#include <string>

#include "ipc/connection.hpp"
#include "text/duration.hpp"

namespace tools::sock {

/// Connects. With `retry`: as long as nobody is there (refused, no path, unreachable, no such host) it tries again, until that
/// moment; then the last reason is thrown. tries: how many it took.
sys::Wait reach(const ipc::Address& address, const sys::Deadline& deadline, const std::optional<sys::Deadline>& retry, sys::Signals& signals,
                ipc::Connection& into, std::string* reason = nullptr);

}  // namespace tools::sock
