// SPDX-License-Identifier: MIT
#include "users.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/talk.hpp"

namespace tools::fifo {
namespace {

cli::Object person(const ipc::PipeUser& user) {
    cli::Object object{{"pid", user.pid}};
    cli::add_bytes(object, "command", user.command);
    return object;
}

cli::List holder_cells(const ipc::PipeInfo& info, bool ipc::PipeUser::*does) {
    cli::List cells;
    for (const auto& user : info.holders) {
        if (!(user.*does)) continue;
        auto object = person(user);
        object.emplace_back("fd", user.descriptor);
        cells.emplace_back(std::move(object));
    }
    return cells;
}

}  // namespace

ipc::PipeInfo info_of(const ipc::PipeList& list, const ipc::PipeIdentity& identity) {
    const auto found = std::ranges::find(list.pipes, identity, &ipc::PipeInfo::identity);
    if (found != list.pipes.end()) return *found;
    ipc::PipeInfo none;
    none.identity = identity;
    return none;
}

cli::Value queued_cell(const ipc::PipeInfo& info, bool all_seen) {
    if (info.queued) return *info.queued;
    return info.holders.empty() && all_seen ? cli::Value{0} : cli::Value{nullptr};
}

cli::List reader_cells(const ipc::PipeInfo& info) { return holder_cells(info, &ipc::PipeUser::reads); }
cli::List writer_cells(const ipc::PipeInfo& info) { return holder_cells(info, &ipc::PipeUser::writes); }

cli::List blocked_cells(const ipc::PipeInfo& info) {
    cli::List cells;
    const auto add = [&](const ipc::PipeUser& user, const char* waits_for) {
        auto object = person(user);
        object.emplace_back("tid", user.tid);
        object.emplace_back("waits_for", waits_for);
        cells.emplace_back(std::move(object));
    };
    for (const auto& user : info.opening) add(user, user.writes ? "a reader" : "a writer");
    for (const auto& user : info.blocked_readers) add(user, "data");
    for (const auto& user : info.blocked_writers) add(user, "room");
    return cells;
}

}  // namespace tools::fifo
