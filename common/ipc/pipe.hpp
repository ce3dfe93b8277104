// SPDX-License-Identifier: MIT
// pipe: pipes and FIFOs that processes have open: what is in them, who reads and writes, and who is blocked.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sys/fd.hpp"

namespace ipc {

/// The file behind a pipe: a FIFO has one name or more, a pipe none, and neither is known by it.
struct PipeIdentity {
    dev_t device = 0;
    ino_t inode = 0;
    auto operator<=>(const PipeIdentity&) const = default;
};

/// A process that has one end open, or a thread of it that is blocked.
struct PipeUser {
    pid_t pid = 0;
    pid_t tid = 0;  ///< of a blocked one; 0 otherwise
    std::string command;
    int descriptor = -1;  ///< -1: it is blocked in open(2) and has none yet
    bool reads = false;
    bool writes = false;
};

struct PipeInfo {
    PipeIdentity identity;
    std::string path;                       ///< of a FIFO, as /proc/PID/fd spells it; empty: a pipe
    std::optional<std::uint64_t> capacity;  ///< bytes; nothing: no descriptor of it could be borrowed
    std::optional<std::uint64_t> queued;    ///< bytes in it
    std::vector<PipeUser> holders;          ///< each descriptor
    std::vector<PipeUser> blocked_readers;  ///< threads inside read(2) and its like: it is empty
    std::vector<PipeUser> blocked_writers;  ///< threads inside write(2) and its like: it is full
    std::vector<PipeUser> opening;          ///< threads inside open(2) of a FIFO, for want of the other end
};

struct PipeList {
    std::vector<PipeInfo> pipes;  ///< by the lowest process id that has each open
    std::size_t processes = 0;
    std::size_t unreadable = 0;  ///< processes that could not be looked at
};

/// All pipes and FIFOs that the processes of this pid namespace, but ourselves, have open or are opening. Nothing is opened,
/// nobody is woken; fill and capacity are asked through a descriptor borrowed for that moment (pidfd_getfd(2)), unless `fill` is false.
/// Throws Error when /proc cannot be read.
PipeList list_pipes(bool fill = true);

/// The pipe or FIFO behind a descriptor; throws Error naming `what` (EINVAL: it is something else).
PipeIdentity pipe_identity(int descriptor, const std::string& what);

/// The path of the FIFO behind a descriptor of ours, as the kernel spells it; empty: it is a pipe.
std::string fifo_path(int descriptor);

/// A process's own descriptor, borrowed: the same open description. Throws Error (ESRCH no process, EBADF no descriptor,
/// EPERM it may not be traced, ENOSYS before Linux 5.6).
sys::Fd borrow(pid_t pid, int descriptor);

/// Bytes a pipe can hold (F_GETPIPE_SZ) and bytes that are in it (FIONREAD); nothing when it is not a pipe.
std::optional<std::uint64_t> pipe_capacity(int descriptor);
std::optional<std::uint64_t> pipe_queued(int descriptor);

}  // namespace ipc
