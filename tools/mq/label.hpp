// SPDX-License-Identifier: MIT
// label: the number a message carries: a priority (POSIX) or a type (System V); shared by send, recv, peek and mv.
#pragma once

#include <optional>

#include "cli/json.hpp"
#include "ipc/mq.hpp"
#include "text/number.hpp"

namespace tools::mq {

using Priority = text::Number<0, ipc::highest_priority>;
using Type = text::Number<1, 0x7fff'ffff'ffff'ffff>;

/// What --priority and --type say for a queue of this kind; throws Usage when it is the other kind's option.
struct LabelOptions {
    std::optional<Priority> priority;
    std::optional<Type> type;
    [[nodiscard]] std::optional<long> label_for(const ipc::Mq& queue) const;
};

/// Between the kinds, priority P and type 32768 - P stand for each other: the lowest type first is the highest priority first.
/// Throws sys::Error (ERANGE) naming the queue when there is none that stands for it.
long carried(bool from_sysv, const ipc::Mq& to, long label);

/// A message as the JSON object that send reads back.
cli::Object as_json(const ipc::Mq& queue, const ipc::Message& message);

}  // namespace tools::mq
