// SPDX-License-Identifier: MIT
// seen: what listings show of a pipe.
#pragma once

#include <span>

#include "cli/json.hpp"
#include "cli/verb.hpp"
#include "ipc/pipe.hpp"

namespace tools::pipe {

inline constexpr cli::Column pipe_columns[] = {
    {"PIPE", "pipe", cli::Kind::name, "pipe:[INODE], or the path of a FIFO"},
    {"CAPACITY", "capacity", cli::Kind::size, "bytes it can hold"},
    {"QUEUED", "queued", cli::Kind::size, "bytes in it"},
    {"READERS", "readers", cli::Kind::list, "descriptors that read it"},
    {"WRITERS", "writers", cli::Kind::list, "descriptors that write it"},
    {"BLOCKED", "blocked", cli::Kind::name, "who sleeps in it: reading, writing or opening"},
    {"FLOW", "flow", cli::Kind::name, "its writers and readers, by process"},
    {"INODE", "inode", cli::Kind::number, "what tells it from others", false},
    {"KIND", "kind", cli::Kind::text, "pipe or fifo", false},
};

/// One cell for each of pipe_columns.
cli::List pipe_cells(const ipc::PipeInfo& pipe);

/// "cat[1234]"; every process once.
std::string processes(std::span<const ipc::PipeUser> users, bool writers);

}  // namespace tools::pipe
