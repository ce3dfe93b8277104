// SPDX-License-Identifier: MIT
// mq_list: which queues there are, without /dev/mqueue and without changing anything.
#include <fcntl.h>
#include <fmt/core.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <dirent.h>
#include <map>
#include <memory>

#include "ipc/mq.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
#include "sys/privilege.hpp"
#include "sys/proc.hpp"
#include "sys/trace.hpp"

namespace ipc {
namespace {

constexpr long mqueue_magic = 0x19800202;  // ipc/mqueue.c

// include/uapi/linux/mount.h (5.2), not in glibc 2.36's <sys/mount.h> under these names everywhere
constexpr unsigned fsconfig_create = 6;  // FSCONFIG_CMD_CREATE
constexpr unsigned fsopen_cloexec = 1;   // FSOPEN_CLOEXEC
constexpr unsigned fsmount_cloexec = 1;  // FSMOUNT_CLOEXEC

/// The queues' file system of our ipc namespace, mounted nowhere: no mount table changes. Needs CAP_SYS_ADMIN.
sys::Fd detached_mount() {
    const sys::Fd context{static_cast<int>(::syscall(SYS_fsopen, "mqueue", fsopen_cloexec))};
    if (!context) return {};
    if (::syscall(SYS_fsconfig, context.get(), fsconfig_create, nullptr, nullptr, 0) < 0) return {};
    const sys::Fd mount{static_cast<int>(::syscall(SYS_fsmount, context.get(), fsmount_cloexec, 0))};
    if (!mount) return {};
    sys::trace("mounted the queues' file system on no path (fsopen, fsmount)");
    return sys::Fd{::openat(mount.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
}

/// Where the table of mounts says that an mqueue file system is, or an empty path. mountinfo is described in proc(5).
std::string mounted_at() {
    const auto table = sys::read_file(AT_FDCWD, "/proc/self/mountinfo");
    for (std::size_t at = 0; at < table.size();) {
        const auto end = std::min(table.find('\n', at), table.size());
        const auto line = std::string_view{table}.substr(at, end - at);
        at = end + 1;
        const auto separator = line.find(" - mqueue ");
        if (separator == std::string_view::npos) continue;
        std::size_t start = 0;
        for (int field = 0; field < 4; ++field) start = line.find(' ', start) + 1;  // the fifth is the mount point
        return std::string{line.substr(start, line.find(' ', start) - start)};
    }
    return {};
}

/// A queue that may be looked at but not read is listed by what its file tells.
MqInfo closed_queue(const std::string& name, int directory) {
    MqInfo info;
    info.name.posix = "/" + name;
    struct stat status {};
    if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
        info.mode = status.st_mode & 07777;
        info.uid = status.st_uid;
        info.gid = status.st_gid;
        info.used = status.st_mtime;
        info.device = status.st_dev;
        info.inode = status.st_ino;
    }
    return info;
}

void list_directory(sys::Fd directory, MqList& list) {
    std::size_t closed = 0;
    std::size_t foreign = 0;
    DIR* const stream = ::fdopendir(directory.get());
    if (!stream) return list.notes.push_back(fmt::format("POSIX queues could not be listed: {}", sys::error_text(errno)));
    const int at = directory.release();
    const std::unique_ptr<DIR, int (*)(DIR*)> owner{stream, ::closedir};
    std::vector<std::string> names;
    for (;;) {
        errno = 0;  // readdir(3) tells an error from the end by errno alone
        const auto* entry = ::readdir(stream);
        if (!entry && errno != 0) list.notes.push_back(fmt::format("not all POSIX queues could be listed: {}", sys::error_text(errno)));
        if (!entry) break;
        const std::string name = entry->d_name;
        if (name != "." && name != "..") names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    for (const auto& name : names) {
        Name queue;
        queue.posix = "/" + name;
        try {
            list.queues.push_back(detail::open_posix(queue, Mq::Access::look)->info());
        } catch (const sys::Error& failure) {
            struct stat status {};
            const bool there = ::fstatat(at, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
            if (failure.number() == ENOENT && there) ++foreign;
            if (failure.number() == ENOENT) continue;  // else removed between the listing and the look
            ++closed;
            list.queues.push_back(closed_queue(name, at));
        }
    }
    if (closed > 0) list.notes.push_back(fmt::format("{} of {} POSIX queues could not be read (not permitted)", closed, names.size()));
    if (foreign > 0) list.notes.push_back(fmt::format("{} queues on the mounted mqueue file system belong to another ipc namespace and are left out", foreign));
}

/// What can be had without a mount and without privilege: the queues that readable processes have open.
void list_descriptors(MqList& list) {
    std::map<std::pair<dev_t, ino_t>, bool> seen;
    sys::for_each_process([&](const sys::Process& process) {
        const auto numbers = sys::numbers_in(process.directory(), "fd");
        for (const auto number : numbers.value_or(std::vector<int>{})) {
            const auto link = fmt::format("fd/{}", number);
            std::array<char, 512> target;
            const auto length = ::readlinkat(process.directory(), link.c_str(), target.data(), target.size());
            if (length <= 0 || target[0] != '/') continue;
            // O_PATH opens nothing of the object; fstatfs of it asks no server, unlike stat of a path on a dead mount.
            const sys::Fd look{::openat(process.directory(), link.c_str(), O_PATH | O_CLOEXEC)};
            struct statfs system {};
            struct stat status {};
            if (!look || ::fstatfs(look.get(), &system) < 0 || system.f_type != mqueue_magic || ::fstat(look.get(), &status) < 0) continue;
            if (!S_ISREG(status.st_mode) || !seen.emplace(std::pair{status.st_dev, status.st_ino}, true).second) continue;
            Name queue{.kind = Name::Kind::descriptor};
            queue.pid = process.pid();
            queue.descriptor = number;
            std::string_view path{target.data(), static_cast<std::size_t>(length)};
            try {
                auto info = detail::open_posix(queue, Mq::Access::look)->info();
                if (!path.ends_with(" (deleted)")) {
                    info.name = {};
                    info.name.posix = "/" + std::string{path.substr(path.rfind('/') + 1)};
                }
                list.queues.push_back(std::move(info));
            } catch (const sys::Error&) {
                continue;  // closed meanwhile, or not ours to read
            }
        }
    });
}

void list_posix(MqList& list) {
    auto directory = sys::has_capability(CAP_SYS_ADMIN) ? detached_mount() : sys::Fd{};
    if (!directory) {
        const auto path = mounted_at();
        if (!path.empty()) directory = sys::Fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (directory) sys::trace("reads the queues' file system at {}", path);
    }
    if (directory) {
        list_directory(std::move(directory), list);
    } else {
        list_descriptors(list);
        list.notes.emplace_back(
            "POSIX queues: only those open in readable processes are shown; all of them need /dev/mqueue (mount -t mqueue none /dev/mqueue) or CAP_SYS_ADMIN");
    }
}

void list_sysv(MqList& list) {
    msginfo limits{};
    const int highest = ::msgctl(0, MSG_INFO, reinterpret_cast<msqid_ds*>(&limits));
    if (highest < 0) list.notes.push_back(fmt::format("System V queues could not be listed: {}", sys::error_text(errno)));
    std::size_t unread = 0;
    for (int index = 0; index <= highest; ++index) {
        msqid_ds state{};
        // MSG_STAT_ANY (4.17) needs no read permission, as /proc/sysvipc/msg does not.
        const int id = ::msgctl(index, MSG_STAT_ANY, &state);
        if (id >= 0) list.queues.push_back(detail::describe_sysv(id, state));
        // EINVAL, EIDRM: there is none at this index.
        if (id < 0 && errno != EINVAL && errno != EIDRM) ++unread;
    }
    if (unread > 0) list.notes.push_back(fmt::format("{} System V queues could not be read", unread));
}

void list_here(MqList& list, std::optional<ino_t> space) {
    const auto before = list.queues.size();
    list_posix(list);
    list_sysv(list);
    for (auto at = before; at < list.queues.size(); ++at) list.queues[at].ipc_namespace = space.value_or(0);
}

/// One process of every ipc namespace but ours.
std::map<ino_t, sys::Fd> other_namespaces(ino_t ours, std::size_t& unreadable) {
    std::map<ino_t, sys::Fd> spaces;
    sys::for_each_process([&](const sys::Process& process) {
        const auto space = process.namespace_inode("ipc");
        if (!space) ++unreadable;
        if (!space || *space == ours || spaces.contains(*space)) return;
        sys::Fd fd{::openat(process.directory(), "ns/ipc", O_RDONLY | O_CLOEXEC)};
        if (fd) spaces.emplace(*space, std::move(fd));
    });
    return spaces;
}

}  // namespace

MqList list_queues(bool all_namespaces) {
    MqList list;
    const auto ours = sys::Process{::getpid()}.namespace_inode("ipc");
    list_here(list, ours);
    if (!all_namespaces) return list;

    std::size_t unreadable = 0;
    const auto spaces = other_namespaces(ours.value_or(0), unreadable);
    const sys::Fd home{::open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC)};
    std::size_t refused = 0;
    for (const auto& [inode, fd] : spaces) {
        if (::setns(fd.get(), CLONE_NEWIPC) < 0) {
            ++refused;
            continue;
        }
        sys::trace("entered ipc namespace {} (setns)", inode);
        list_here(list, inode);
    }
    if (!spaces.empty() && refused < spaces.size() && ::setns(home.get(), CLONE_NEWIPC) < 0) throw sys::Error(errno, "cannot return to our ipc namespace");
    if (refused > 0) list.notes.push_back(fmt::format("{} of {} other ipc namespaces could not be entered (needs CAP_SYS_ADMIN)", refused, spaces.size()));
    if (unreadable > 0) list.notes.push_back(fmt::format("{} processes hide their ipc namespace (not permitted)", unreadable));
    return list;
}

}  // namespace ipc
