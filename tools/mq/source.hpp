// SPDX-License-Identifier: MIT
// source: where messages are received from: one queue, or several, with a rule of selection.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ipc/mq.hpp"
#include "label.hpp"
#include "sys/deadline.hpp"
#include "sys/signals.hpp"

namespace tools::mq {

/// --type, --lowest and --except of a System V queue.
struct SelectionOptions {
    std::optional<Type> type;
    std::optional<Type> lowest;
    std::optional<Type> except;
    /// Throws Usage when more than one is given.
    [[nodiscard]] ipc::Selection selection() const;
};

/// A message and the queue it was taken from, which it goes back to when it cannot be delivered.
struct Taken {
    ipc::Mq* queue = nullptr;
    ipc::Message message;
};

bool same_queue(ipc::Mq& one, ipc::Mq& other);

class Source {
public:
    Source(std::span<const ipc::MqName> names, const ipc::Selection& selection);

    /// From the first queue, in their order, that has one. done, or would_block.
    sys::Wait try_take(Taken& into);
    /// done, gave_up or interrupted. One queue: blocked in the receive itself. Several: poll(2), which System V queues
    /// do not have: throws sys::Error (EOPNOTSUPP).
    sys::Wait take(Taken& into, const sys::Deadline& deadline, sys::Signals& signals);

    [[nodiscard]] bool has(ipc::Mq& queue) const;
    [[nodiscard]] ipc::Mq& only() const { return *queues_.front(); }
    [[nodiscard]] std::size_t size() const { return queues_.size(); }
    [[nodiscard]] const ipc::Selection& selection() const { return selection_; }
    /// The descriptors to poll, or throws as take() does.
    [[nodiscard]] std::vector<int> descriptors() const;

private:
    std::vector<std::unique_ptr<ipc::Mq>> queues_;
    ipc::Selection selection_;
};

}  // namespace tools::mq
