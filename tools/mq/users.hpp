// SPDX-License-Identifier: MIT
// users: holders and waiters of a queue as cells of a listing; shared by ls and stat.
#pragma once

#include <span>

#include "cli/json.hpp"
#include "ipc/mq.hpp"

namespace tools::mq {

/// A list of objects: pid, command and so on, of those that could be seen.
cli::List holder_cells(std::span<const ipc::MqUser> holders);
cli::List waiter_cells(std::span<const ipc::MqUser> waiters);

}  // namespace tools::mq
