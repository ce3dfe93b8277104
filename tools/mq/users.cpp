// SPDX-License-Identifier: MIT
#include "users.hpp"

#include <fmt/format.h>

#include "cli/talk.hpp"

namespace tools::mq {
namespace {

cli::Object person(const ipc::MqUser& user) {
    cli::Object object{{"pid", user.pid}};
    cli::add_bytes(object, "command", user.command);
    return object;
}

}  // namespace

cli::List holder_cells(std::span<const ipc::MqUser> holders) {
    cli::List cells;
    for (const auto& user : holders) {
        auto object = person(user);
        object.emplace_back("fd", user.descriptor);
        object.emplace_back("access", user.reads && user.writes ? "rw" : user.reads ? "r" : user.writes ? "w" : "-");
        cells.emplace_back(std::move(object));
    }
    return cells;
}

cli::List waiter_cells(std::span<const ipc::MqUser> waiters) {
    cli::List cells;
    for (const auto& user : waiters) {
        auto object = person(user);
        object.emplace_back("tid", user.tid);
        object.emplace_back("type", user.type ? cli::Value{*user.type} : cli::Value{nullptr});
        cells.emplace_back(std::move(object));
    }
    return cells;
}

}  // namespace tools::mq
