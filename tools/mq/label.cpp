// SPDX-License-Identifier: MIT
#include "label.hpp"

#include <fmt/format.h>

#include "cli/exit.hpp"
#include "sys/error.hpp"

namespace tools::mq {

std::optional<long> LabelOptions::label_for(const ipc::Mq& queue) const {
    if (queue.sysv() && priority) throw cli::Usage(fmt::format("{}: a System V queue has types, not priorities", queue.name()), "use --type");
    if (!queue.sysv() && type) throw cli::Usage(fmt::format("{}: a POSIX queue has priorities, not types", queue.name()), "use --priority");
    if (priority) return static_cast<long>(priority->value);
    if (type) return static_cast<long>(type->value);
    return std::nullopt;
}

long carried(bool from_sysv, const ipc::Mq& to, long label) {
    if (from_sysv == to.sysv()) return label;
    const long other = ipc::highest_priority + 1 - label;
    if (to.sysv() || other >= 0) return other;
    throw sys::Error(ERANGE, fmt::format("{}: type {} has no priority that stands for it; the highest is {}", to.name(), label, ipc::highest_priority + 1),
                     "--priority gives all messages one");
}

cli::Object as_json(const ipc::Mq& queue, const ipc::Message& message) {
    cli::Object object{{"queue", queue.name()}};
    object.emplace_back("priority", queue.sysv() ? cli::Value{nullptr} : cli::Value{message.label});
    object.emplace_back("type", queue.sysv() ? cli::Value{message.label} : cli::Value{nullptr});
    object.emplace_back("size", message.bytes.size());
    cli::add_bytes(object, "message", message.bytes);
    return object;
}

}  // namespace tools::mq
