// SPDX-License-Identifier: MIT
// proc: readers of /proc: processes, their descriptors, namespaces and the calls they are blocked in.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sys/fd.hpp"

namespace sys {

/// A directory of /proc, held open: what is read through it belongs to one process, also when its number is given out anew.
class Process {
public:
    /// An empty one (false) when there is no such process.
    explicit Process(pid_t pid);
    Process(pid_t pid, Fd directory) : pid_(pid), directory_(std::move(directory)) {}

    [[nodiscard]] explicit operator bool() const { return static_cast<bool>(directory_); }
    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] int directory() const { return directory_.get(); }

    /// The name the kernel keeps, at most 15 bytes, any bytes; empty when the process is gone.
    [[nodiscard]] std::string command() const;
    /// Inode of a namespace ("ipc", "pid"), which is its identity; nothing when it may not be read.
    [[nodiscard]] std::optional<ino_t> namespace_inode(const char* kind) const;

private:
    pid_t pid_;
    Fd directory_;
};

/// Calls visit for every process in this pid namespace; one that cannot be looked at is empty (false). Throws Error when /proc cannot be read.
void for_each_process(const std::function<void(const Process&)>& visit);

/// The numbers in a directory of /proc such as "fd" or "task"; nothing when it may not be read.
std::optional<std::vector<int>> numbers_in(int directory, const char* name);

/// Whether errno says that what was looked at in /proc is gone: no loss, unlike what may not be read.
bool vanished();

/// How a process has opened a descriptor; neither when it cannot be seen.
struct Opened {
    bool reads = false;
    bool writes = false;
};
Opened opened(int process_directory, int descriptor);

/// A system call that a thread is blocked in, from /proc/PID/task/TID/syscall (proc(5)): the number and six arguments.
struct BlockedCall {
    long number = -1;
    std::array<std::uint64_t, 6> arguments{};
};
/// Nothing: it runs, it is gone, or it may not be read.
std::optional<BlockedCall> parse_blocked_call(std::string_view line);
std::optional<BlockedCall> blocked_call(int process_directory, pid_t tid);

}  // namespace sys
