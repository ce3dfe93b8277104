// SPDX-License-Identifier: MIT
// users: who has a FIFO open, who is blocked in it, and who is blocked opening it, as cells of a listing; shared by ls and stat.
#pragma once

#include <span>

#include "cli/json.hpp"
#include "ipc/pipe.hpp"

namespace tools::fifo {

/// What list_pipes() says of a FIFO that has this identity; an empty one when nobody has it open.
ipc::PipeInfo info_of(const ipc::PipeList& list, const ipc::PipeIdentity& identity);

/// Bytes in it: none when nobody has it open, since its content goes with the last descriptor; null: unknown.
cli::Value queued_cell(const ipc::PipeInfo& info, bool all_seen);
/// Objects with pid, command and fd, of descriptors open for reading (writing).
cli::List reader_cells(const ipc::PipeInfo& info);
cli::List writer_cells(const ipc::PipeInfo& info);
/// Objects with pid, command, tid and waits_for: "data", "room", "a writer" or "a reader".
cli::List blocked_cells(const ipc::PipeInfo& info);

}  // namespace tools::fifo
