// SPDX-License-Identifier: MIT
// mq_limits: what bounds message queues, how much of it is used, and where it is raised.
#include <fmt/core.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ipc/mq.hpp"

namespace ipc {

std::vector<MqLimit> mq_limits() {
    const auto list = list_queues(false);
    std::uint64_t posix_queues = 0;
    std::uint64_t sysv_queues = 0;
    std::uint64_t charged = 0;
    for (const auto& queue : list.queues) {
        ++(queue.sysv ? sysv_queues : posix_queues);
        // Charged to the user who created it; the owner is as near as can be seen from outside.
        if (!queue.sysv && queue.uid == ::getuid() && queue.capacity && queue.size) charged += mq_charge(*queue.capacity, *queue.size);
    }
    // A queue that could not be read is not in the sums: then they are not known.
    const bool complete = list.notes.empty();
    const auto used = [complete](std::uint64_t sum) { return complete ? std::optional{sum} : std::nullopt; };
    rlimit of_user{};
    const bool limited = ::getrlimit(RLIMIT_MSGQUEUE, &of_user) == 0 && of_user.rlim_cur != RLIM_INFINITY;

    const auto row = [](const char* name, const char* path, const char* meaning, bool bytes, std::optional<std::uint64_t> in_use = {}) {
        return MqLimit{name, meaning, detail::read_number(path), in_use, fmt::format("sysctl {}=N", name), bytes};
    };
    return {
        {"RLIMIT_MSGQUEUE", "POSIX: bytes that all queues of a user may be charged", limited ? std::optional<std::uint64_t>{of_user.rlim_cur} : std::nullopt,
         used(charged), "prlimit --msgqueue=N, limits.conf msgqueue", true},
        row("fs.mqueue.queues_max", "/proc/sys/fs/mqueue/queues_max", "POSIX: queues in this ipc namespace", false, used(posix_queues)),
        row("fs.mqueue.msg_max", "/proc/sys/fs/mqueue/msg_max", "POSIX: messages that a queue may be created for", false),
        row("fs.mqueue.msgsize_max", "/proc/sys/fs/mqueue/msgsize_max", "POSIX: message size that a queue may be created for", true),
        row("fs.mqueue.msg_default", "/proc/sys/fs/mqueue/msg_default", "POSIX: messages, when nothing is said", false),
        row("fs.mqueue.msgsize_default", "/proc/sys/fs/mqueue/msgsize_default", "POSIX: message size, when nothing is said", true),
        row("kernel.msgmni", "/proc/sys/kernel/msgmni", "System V: queues in this ipc namespace", false, used(sysv_queues)),
        row("kernel.msgmax", "/proc/sys/kernel/msgmax", "System V: the largest message", true),
        row("kernel.msgmnb", "/proc/sys/kernel/msgmnb", "System V: bytes that a new queue holds", true),
    };
}

}  // namespace ipc
