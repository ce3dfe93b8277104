// SPDX-License-Identifier: MIT
// users: holders and waiters of a queue as cells of a listing; shared by ls and stat.
#pragma once

#include <span>

#include "cli/json.hpp"
#include "ipc/mq.hpp"

namespace tools::mq {

/// A list of objects: pid, command and so on; null (unknown) when none was seen, but not all could be looked at.
cli::Value holder_cells(std::span<const ipc::MqUser> holders, const ipc::MqUsage& usage);
cli::Value waiter_cells(std::span<const ipc::MqUser> waiters, const ipc::MqUsage& usage);

/// "3 of 212 processes could not be read (not permitted)", once, if there are such.
void note_unreadable(const ipc::MqUsage& usage);

}  // namespace tools::mq
