// SPDX-License-Identifier: MIT
#include "seen.hpp"

#include <fmt/format.h>

#include <set>

#include "cli/talk.hpp"

namespace tools::pipe {
namespace {

cli::List user_cells(std::span<const ipc::PipeUser> users, bool writers) {
    cli::List cells;
    for (const auto& user : users) {
        if (!(writers ? user.writes : user.reads)) continue;
        cli::Object object{{"pid", user.pid}, {"fd", user.descriptor}};
        cli::add_bytes(object, "command", user.command);
        cells.emplace_back(std::move(object));
    }
    return cells;
}

std::string blocked(const ipc::PipeInfo& pipe) {
    std::string text;
    const auto add = [&](std::span<const ipc::PipeUser> users, const char* doing) {
        for (const auto& user : users)
            text += fmt::format("{}{}[{}] {}", text.empty() ? "" : ", ", user.command, user.tid == user.pid ? user.pid : user.tid, doing);
    };
    add(pipe.blocked_readers, "reading");
    add(pipe.blocked_writers, "writing");
    for (const auto& user : pipe.opening) add({&user, 1}, user.writes ? "opening to write" : "opening to read");
    return text;
}

}  // namespace

std::string processes(std::span<const ipc::PipeUser> users, bool writers) {
    std::string text;
    std::set<pid_t> seen;
    for (const auto& user : users) {
        if (!(writers ? user.writes : user.reads) || !seen.insert(user.pid).second) continue;
        text += fmt::format("{}{}[{}]", text.empty() ? "" : ",", user.command, user.pid);
    }
    return text;
}

cli::List pipe_cells(const ipc::PipeInfo& pipe) {
    const auto asleep = blocked(pipe);
    const auto or_nobody = [](const std::string& text) { return text.empty() ? std::string{"nobody"} : text; };
    return {
        pipe.path.empty() ? fmt::format("pipe:[{}]", pipe.identity.inode) : pipe.path,
        cli::known(pipe.capacity),
        cli::known(pipe.queued),
        user_cells(pipe.holders, false),
        user_cells(pipe.holders, true),
        asleep.empty() ? cli::Value{nullptr} : cli::Value{asleep},
        fmt::format("{} > {}", or_nobody(processes(pipe.holders, true)), or_nobody(processes(pipe.holders, false))),
        pipe.identity.inode,
        pipe.path.empty() ? "pipe" : "fifo",
    };
}

}  // namespace tools::pipe
