// SPDX-License-Identifier: MIT
// spec: all declarations of a tool as one JSON object.
#include "cli/help.hpp"
#include "cli/json.hpp"

namespace cli {
namespace {

Object describe(const Option& option) {
    return {{"letter", option.letter.empty() ? Value{nullptr} : Value{std::string{option.letter}}},
            {"name", std::string{option.name}},
            {"placeholder", option.takes_value ? Value{option.word.placeholder} : Value{nullptr}},
            {"help", option.help}};
}

Object describe(const Verb& verb) {
    const auto spec = verb.make();
    List options;
    for (const auto& option : spec->options) options.emplace_back(describe(option));
    List operands;
    for (const auto& operand : spec->operands) {
        operands.emplace_back(Object{{"name", operand.name}, {"required", operand.least > 0}, {"repeats", operand.most > 1}, {"help", operand.help}});
    }
    List columns;
    for (const auto& column : spec->columns) {
        columns.emplace_back(Object{{"heading", column.heading}, {"key", column.key}, {"help", column.help}, {"shown", column.shown}});
    }
    List examples;
    for (const auto& example : spec->examples) examples.emplace_back(example.command);
    return {{"name", verb.name},
            {"summary", verb.summary},
            {"runs_command", spec->command != nullptr},
            {"command_leads", spec->command_leads},
            {"options", options},
            {"operands", operands},
            {"columns", columns},
            {"examples", examples}};
}

}  // namespace

std::string dump_spec(const Tool& tool) {
    List verbs;
    bool commands = false;
    for (const auto* verb : tool.verbs) {
        verbs.emplace_back(describe(*verb));
        commands = commands || verb->make()->command != nullptr;
    }
    List common;
    for (const auto& option : common_options()) common.emplace_back(describe(option));
    List exits;
    for (const auto& row : exit_table()) {
        if (!row.with_command || commands) exits.emplace_back(Object{{"status", static_cast<int>(row.status)}, {"meaning", row.meaning}});
    }
    return to_json(Object{{"tool", tool.name},
                          {"summary", tool.summary},
                          {"version", MOREIPC_VERSION},
                          {"common_options", common},
                          {"verbs", verbs},
                          {"exit_statuses", exits}}) +
           "\n";
}

}  // namespace cli
