// SPDX-License-Identifier: MIT
// mq_users: who has a queue open, and who is blocked in it.
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <map>

#include "ipc/mq.hpp"
#include "sys/proc.hpp"

namespace ipc {
namespace {

using Identity = std::pair<dev_t, ino_t>;

/// The queues by what processes know them by: the file behind a descriptor, or the id in an ipc namespace.
struct Index {
    std::map<Identity, std::size_t> files;
    std::map<std::pair<ino_t, int>, std::size_t> ids;
};

class Scan {
public:
    Scan(const Index& index, MqUsage& usage) : index_(index), usage_(usage) {}

    void look_at(const sys::Process& process) {
        ++usage_.processes;
        const auto numbers = sys::numbers_in(process.directory(), "fd");
        if (!numbers) {
            if (!sys::vanished()) ++usage_.unreadable;
            return;
        }
        std::map<int, std::size_t> open;
        unread_ = false;
        for (const auto number : *numbers) {
            if (const auto queue = behind(process, number)) open.emplace(number, *queue);
        }
        const auto command = open.empty() ? std::string{} : process.command();
        for (const auto& [number, queue] : open) usage_.of[queue].holders.push_back(holder(process, number, command));
        if (!open.empty() || !index_.ids.empty()) look_at_threads(process, open);
        if (unread_) ++usage_.unreadable;
    }

private:
    [[nodiscard]] std::optional<std::size_t> behind(const sys::Process& process, int number) {
        if (index_.files.empty()) return std::nullopt;
        struct statx status {};
        // AT_STATX_DONT_SYNC: a file on a dead FUSE or NFS mount must not hang us.
        if (::statx(process.directory(), fmt::format("fd/{}", number).c_str(), AT_STATX_DONT_SYNC, STATX_INO, &status) < 0) {
            if (!sys::vanished()) unread_ = true;
            return std::nullopt;
        }
        const auto found = index_.files.find({makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino});
        return found == index_.files.end() ? std::nullopt : std::optional{found->second};
    }

    static MqUser holder(const sys::Process& process, int number, const std::string& command) {
        MqUser user;
        user.pid = process.pid();
        user.command = command;
        user.descriptor = number;
        const auto how = sys::opened(process.directory(), number);
        user.reads = how.reads;
        user.writes = how.writes;
        return user;
    }

    void look_at_threads(const sys::Process& process, const std::map<int, std::size_t>& open) {
        const auto threads = sys::numbers_in(process.directory(), "task");
        if (!threads && !sys::vanished()) unread_ = true;
        for (const auto tid : threads.value_or(std::vector<int>{})) {
            errno = 0;
            const auto call = sys::blocked_call(process.directory(), tid);
            if (!call && errno != 0 && !sys::vanished()) unread_ = true;
            if (!call) continue;
            const auto first = static_cast<int>(call->arguments[0]);
            const bool posix = call->number == SYS_mq_timedsend || call->number == SYS_mq_timedreceive;
            const bool sysv = call->number == SYS_msgsnd || call->number == SYS_msgrcv;
            if (!posix && !sysv) continue;
            std::optional<std::size_t> queue;
            if (posix && open.contains(first)) queue = open.at(first);
            if (sysv) {
                const auto found = index_.ids.find({process.namespace_inode("ipc").value_or(0), first});
                if (found != index_.ids.end()) queue = found->second;
            }
            if (!queue) continue;
            MqUser user;
            user.pid = process.pid();
            user.tid = tid;
            user.command = process.command();
            if (call->number == SYS_msgrcv) user.type = static_cast<long>(call->arguments[3]);
            const bool sends = call->number == SYS_mq_timedsend || call->number == SYS_msgsnd;
            (sends ? usage_.of[*queue].senders : usage_.of[*queue].receivers).push_back(std::move(user));
        }
    }

    const Index& index_;
    MqUsage& usage_;
    bool unread_ = false;  ///< something of the process that is looked at
};

}  // namespace

MqUsage find_users(std::span<const MqInfo> queues) {
    Index index;
    for (std::size_t at = 0; at < queues.size(); ++at) {
        if (queues[at].sysv) index.ids.emplace(std::pair{queues[at].ipc_namespace, *queues[at].id}, at);
        if (!queues[at].sysv && queues[at].inode != 0) index.files.emplace(Identity{queues[at].device, queues[at].inode}, at);
    }
    MqUsage usage;
    usage.of.resize(queues.size());
    if (queues.empty()) return usage;
    Scan scan{index, usage};
    sys::for_each_process([&](const sys::Process& process) {
        if (process.pid() != ::getpid()) scan.look_at(process);
    });
    return usage;
}

}  // namespace ipc
