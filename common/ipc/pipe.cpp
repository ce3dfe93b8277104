// SPDX-License-Identifier: MIT
#include "ipc/pipe.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <map>

#include "sys/error.hpp"
#include "sys/io.hpp"
#include "sys/proc.hpp"

namespace ipc {
namespace {

/// What a file is, without asking a server (AT_STATX_DONT_SYNC), if it is a pipe or a FIFO.
std::optional<PipeIdentity> look_at(int directory, const std::string& path) {
    struct statx status {};
    if (::statx(directory, path.c_str(), AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, &status) < 0) return std::nullopt;
    errno = 0;
    if (!S_ISFIFO(status.stx_mode)) return std::nullopt;
    return PipeIdentity{makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino};
}

std::string link_target(int directory, const std::string& link) {
    std::array<char, PATH_MAX> target;
    const auto length = ::readlinkat(directory, link.c_str(), target.data(), target.size());
    return length < 0 ? std::string{} : std::string{target.data(), static_cast<std::size_t>(length)};
}

/// A string in another process's memory; empty when it cannot be read. Read page by page: it may end at a hole.
std::string string_in(pid_t pid, std::uint64_t address) {
    std::string text;
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    std::array<char, PATH_MAX> block;
    while (text.size() < PATH_MAX) {
        const auto at = address + text.size();
        const iovec here{block.data(), std::min<std::uint64_t>(page - at % page, block.size())};
        const iovec there{reinterpret_cast<void*>(at), here.iov_len};  // NOLINT(performance-no-int-to-ptr): another process's address
        const auto count = ::process_vm_readv(pid, &here, 1, &there, 1, 0);
        if (count <= 0) return {};
        const std::string_view read{block.data(), static_cast<std::size_t>(count)};
        const auto end = read.find('\0');
        text += read.substr(0, end);
        if (end != std::string_view::npos) return text;
    }
    return {};
}

/// The descriptors that a call waits for; -1: it is not of that kind. Numbers: every one that may sleep in a pipe.
struct Ends {
    int reads = -1;
    int writes = -1;
};

Ends ends_of(const sys::BlockedCall& call) {
    const auto argument = [&](std::size_t at) { return static_cast<int>(call.arguments[at]); };
    switch (call.number) {
        case SYS_read:
        case SYS_readv:
        case SYS_preadv2: return {argument(0), -1};
        case SYS_write:
        case SYS_writev:
        case SYS_pwritev2:
        case SYS_vmsplice: return {-1, argument(0)};
        case SYS_sendfile: return {argument(1), argument(0)};
        case SYS_splice: return {argument(0), argument(2)};
        case SYS_tee: return {argument(0), argument(1)};
        default: return {};
    }
}

class Scan {
public:
    explicit Scan(bool fill) : fill_(fill) {}

    void look(const sys::Process& process) {
        ++list_.processes;
        bool unread = false;
        const auto numbers = sys::numbers_in(process.directory(), "fd");
        if (!numbers) {
            if (!sys::vanished()) ++list_.unreadable;
            return;
        }
        std::map<int, std::size_t> open;
        const auto command = process.command();
        for (const auto number : *numbers) {
            const auto link = fmt::format("fd/{}", number);
            const auto identity = look_at(process.directory(), link);
            if (!identity && errno != 0 && !sys::vanished()) unread = true;
            if (!identity) continue;
            const auto at = index_of(*identity);
            open.emplace(number, at);
            add_holder(process, number, command, at);
        }
        if (const auto threads = sys::numbers_in(process.directory(), "task")) {
            for (const auto tid : *threads) unread = !look_at_thread(process, tid, command, open) || unread;
        }
        if (unread) ++list_.unreadable;
    }

    PipeList take() { return std::move(list_); }

private:
    std::size_t index_of(const PipeIdentity& identity) {
        const auto [place, added] = index_.try_emplace(identity, list_.pipes.size());
        if (added) list_.pipes.emplace_back().identity = identity;
        return place->second;
    }

    void add_holder(const sys::Process& process, int number, const std::string& command, std::size_t at) {
        auto& pipe = list_.pipes[at];
        const auto link = fmt::format("fd/{}", number);
        PipeUser user;
        user.pid = process.pid();
        user.command = command;
        user.descriptor = number;
        const auto how = sys::opened(process.directory(), number);
        user.reads = how.reads;
        user.writes = how.writes;
        if (pipe.path.empty()) {
            if (const auto target = link_target(process.directory(), link); target.starts_with('/')) pipe.path = target;
        }
        if (fill_ && !pipe.capacity) {
            try {
                const auto borrowed = borrow(process.pid(), number);
                if (pipe_identity(borrowed.get(), link) == pipe.identity) {
                    pipe.capacity = pipe_capacity(borrowed.get());
                    pipe.queued = pipe_queued(borrowed.get());
                }
            } catch (const sys::Error&) {
                // Another holder may let us.
            }
        }
        pipe.holders.push_back(std::move(user));
    }

    /// false: it could not be looked at.
    bool look_at_thread(const sys::Process& process, int tid, const std::string& command, const std::map<int, std::size_t>& open) {
        errno = 0;
        const auto call = sys::blocked_call(process.directory(), tid);
        if (!call) return errno == 0 || sys::vanished();
        PipeUser user;
        user.pid = process.pid();
        user.tid = tid;
        user.command = command;
        const auto ends = ends_of(*call);
        if (const auto found = open.find(ends.reads); found != open.end()) {
            auto& pipe = list_.pipes[found->second];
            user.descriptor = ends.reads;
            user.reads = true;
            // A splice waits for one of its ends: for input unless there is some.
            const bool has_input = ends.writes >= 0 && pipe.queued.value_or(0) > 0;
            if (!has_input) {
                pipe.blocked_readers.push_back(std::move(user));
                return true;
            }
            user.reads = false;
        }
        if (const auto found = open.find(ends.writes); found != open.end()) {
            user.descriptor = ends.writes;
            user.writes = true;
            list_.pipes[found->second].blocked_writers.push_back(std::move(user));
            return true;
        }
        look_at_opening(process, *call, std::move(user));
        return true;
    }

    void look_at_opening(const sys::Process& process, const sys::BlockedCall& call, PipeUser user) {
        const bool at = call.number == SYS_openat;
#ifdef SYS_open
        const bool plain = call.number == SYS_open;
#else
        const bool plain = false;
#endif
        if (!at && !plain) return;
        // Only an open that waits for a FIFO's other end: the path of one that waits for a dead server must not be walked.
        const auto place = sys::read_file(process.directory(), fmt::format("task/{}/wchan", user.tid).c_str());
        if (place != "wait_for_partner" && place != "fifo_open") return;  // fs/pipe.c
        const auto path = string_in(process.pid(), call.arguments[at ? 1 : 0]);
        if (path.empty()) return;
        const auto flags = call.arguments[at ? 2 : 1];
        const auto directory = static_cast<int>(call.arguments[0]);
        const auto start = path.starts_with('/') ? std::string{"root"} : at && directory != AT_FDCWD ? fmt::format("fd/{}", directory) : std::string{"cwd"};
        const auto identity = look_at(process.directory(), start + "/" + path);
        if (!identity) return;
        user.reads = (flags & O_ACCMODE) == O_RDONLY;
        user.writes = (flags & O_ACCMODE) == O_WRONLY;
        auto& pipe = list_.pipes[index_of(*identity)];
        if (pipe.path.empty()) pipe.path = path.starts_with('/') ? path : link_target(process.directory(), start) + "/" + path;
        pipe.opening.push_back(std::move(user));
    }

    bool fill_;
    PipeList list_;
    std::map<PipeIdentity, std::size_t> index_;
};

}  // namespace

PipeList list_pipes(bool fill) {
    Scan scan{fill};
    sys::for_each_process([&](const sys::Process& process) {
        if (process.pid() != ::getpid()) scan.look(process);
    });
    return scan.take();
}

PipeIdentity pipe_identity(int descriptor, const std::string& what) {
    struct stat status {};
    if (::fstat(descriptor, &status) < 0) throw sys::Error(errno, what + ": cannot look at it");
    if (!S_ISFIFO(status.st_mode)) throw sys::Error(EINVAL, what + ": not a pipe or FIFO");
    return {status.st_dev, status.st_ino};
}

std::string fifo_path(int descriptor) {
    auto target = link_target(AT_FDCWD, fmt::format("/proc/self/fd/{}", descriptor));
    return target.starts_with('/') ? target : std::string{};
}

sys::Fd borrow(pid_t pid, int descriptor) {
    const auto what = fmt::format("{}:{}", pid, descriptor);
    const sys::Fd process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    if (!process) throw sys::Error(errno, what + ": cannot reach the process");
    sys::Fd borrowed{static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), descriptor, 0))};
    if (!borrowed)
        throw sys::Error(errno, what + ": cannot borrow the descriptor",
                         errno == EPERM ? "its process must be one you may trace: your own, or with CAP_SYS_PTRACE" : "");
    return borrowed;
}

std::optional<std::uint64_t> pipe_capacity(int descriptor) {
    const int size = ::fcntl(descriptor, F_GETPIPE_SZ);
    return size < 0 ? std::nullopt : std::optional{static_cast<std::uint64_t>(size)};
}

std::optional<std::uint64_t> pipe_queued(int descriptor) {
    int count = 0;
    return ::ioctl(descriptor, FIONREAD, &count) < 0 ? std::nullopt : std::optional{static_cast<std::uint64_t>(count)};
}

}  // namespace ipc
