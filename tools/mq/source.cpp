// SPDX-License-Identifier: MIT
#include "source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/exit.hpp"
#include "sys/error.hpp"
#include "sys/poll.hpp"

namespace tools::mq {

ipc::Selection SelectionOptions::selection() const {
    if (type.has_value() + lowest.has_value() + except.has_value() > 1) throw cli::Usage("--type, --lowest and --except exclude each other");
    using Rule = ipc::Selection::Rule;
    if (type) return {Rule::exact, static_cast<long>(type->value)};
    if (lowest) return {Rule::lowest, static_cast<long>(lowest->value)};
    if (except) return {Rule::except, static_cast<long>(except->value)};
    return {};
}

bool same_queue(ipc::Mq& one, ipc::Mq& other) {
    if (one.sysv() != other.sysv()) return false;
    const auto a = one.info();
    const auto b = other.info();
    return one.sysv() ? a.id == b.id : a.device == b.device && a.inode == b.inode;
}

bool Source::has(ipc::Mq& queue) const {
    return std::any_of(queues_.begin(), queues_.end(), [&](const auto& ours) { return same_queue(*ours, queue); });
}

Source::Source(std::span<const ipc::MqName> names, const ipc::Selection& selection) : selection_(selection) {
    for (const auto& name : names) queues_.push_back(ipc::Mq::open(name, ipc::Mq::Access::receive));
}

sys::Wait Source::try_take(Taken& into) {
    for (const auto& queue : queues_) {
        if (queue->try_receive(into.message, selection_) == sys::Wait::done) {
            into.queue = queue.get();
            return sys::Wait::done;
        }
    }
    return sys::Wait::would_block;
}

std::vector<int> Source::descriptors() const {
    std::vector<int> descriptors;
    for (const auto& queue : queues_) {
        if (queue->descriptor() < 0) {
            throw sys::Error(EOPNOTSUPP, fmt::format("{}: a System V queue cannot be waited for together with others", queue->name()),
                             "give each a mq recv of its own, or take what is there with --all");
        }
        descriptors.push_back(queue->descriptor());
    }
    return descriptors;
}

sys::Wait Source::take(Taken& into, const sys::Deadline& deadline, sys::Signals& signals) {
    if (queues_.size() == 1) {
        into.queue = queues_.front().get();
        for (;;) {
            const auto wait = into.queue->receive(into.message, selection_, deadline, signals);
            if (wait != sys::Wait::would_block) return wait;
        }
    }
    std::vector<pollfd> entries;
    for (const auto descriptor : descriptors()) entries.push_back({descriptor, POLLIN, 0});
    for (;;) {
        if (const auto wait = sys::poll(entries, deadline, &signals); wait != sys::Wait::done) return wait;
        if (try_take(into) == sys::Wait::done) return sys::Wait::done;
        // Another receiver was faster.
    }
}

}  // namespace tools::mq
