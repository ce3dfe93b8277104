// SPDX-License-Identifier: MIT
#include "status.hpp"

#include <array>

#include "client.hpp"
#include "sys/error.hpp"

namespace tools::popen {
namespace {

using cli::Kind;

constexpr cli::Column columns[] = {
    {"NAME", "name", Kind::name, "what it is called"},
    {"STATE", "state", Kind::text, "idle, busy, settling, ended, dead or silent"},
    {"PID", "pid", Kind::number, "the command's process"},
    {"STATUS", "status", Kind::number, "how it ended"},
    {"WAITING", "waiting", Kind::number, "callers that wait for their turn"},
    {"UNREAD", "unread", Kind::size, "output that nobody asked for"},
    {"COMMAND", "command", Kind::list, "its words", false},
    {"SIGNAL", "signal", Kind::text, "the signal that ended it, such as KILL", false},
    {"IN", "bytes_in", Kind::size, "bytes it took", false},
    {"OUT", "bytes_out", Kind::size, "bytes it gave", false},
    {"DISCARDED", "discarded", Kind::size, "replies whose callers had left, and standard error that nobody read", false},
    {"KEEPER", "keeper", Kind::number, "the process that keeps it", false},
    {"WITH", "lives_with", Kind::number, "the process it ends with", false},
    {"TERMINAL", "terminal", Kind::text, "whether it runs on one", false},
    {"STARTED", "started", Kind::time, "when", false},
};

constexpr auto all_shown = [] {
    auto all = std::to_array(columns);
    for (auto& column : all) column.shown = true;
    return all;
}();

/// In a table a command is one cell of words, and not their number.
constexpr auto in_words = [] {
    auto all = std::to_array(columns);
    for (auto& column : all) {
        if (column.kind == Kind::list) column.kind = Kind::name;
    }
    return all;
}();

}  // namespace

const std::span<const cli::Column> list_columns{in_words};
const std::span<const cli::Column> all_columns{columns};
const std::span<const cli::Column> status_columns{all_shown};

cli::List status_row(const Registry& registry, const std::string& name) {
    const auto keeper = registry.connect(name);
    const bool dead = !keeper;
    const auto said = keeper ? describe(keeper) : std::nullopt;
    const auto json = said ? cli::from_json(*said) : cli::from_json("{}");
    const auto* object = json ? std::get_if<cli::Object>(&*json) : nullptr;
    cli::List row;
    for (const auto& column : columns) {
        const auto* value = object ? cli::member(*object, column.key) : nullptr;
        row.push_back(value ? *value : cli::Value{nullptr});
    }
    if (!said) row[0] = name, row[1] = dead ? "dead" : "silent";
    return row;
}

cli::List list_row(const Registry& registry, const std::string& name, bool json) {
    auto row = status_row(registry, name);
    for (auto& cell : row) {
        const auto* words = std::get_if<cli::List>(&cell);
        if (!words || json) continue;
        std::string joined;
        for (const auto& word : *words) joined += (joined.empty() ? "" : " ") + (word.text() ? *word.text() : std::string{});
        cell = std::move(joined);
    }
    return row;
}

}  // namespace tools::popen
