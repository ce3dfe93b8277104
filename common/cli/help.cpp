// SPDX-License-Identifier: MIT
#include "cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cli {
namespace {

std::string spelling(const Option& option) {
    auto words = option.letter.empty() ? fmt::format("    {}", option.name) : fmt::format("{}, {}", option.letter, option.name);
    if (option.takes_value) words += fmt::format(" {}", option.word.placeholder);
    return words;
}

std::string option_line(const Option& option) { return fmt::format("  {:<27} {}\n", spelling(option), option.help); }

std::string operand_spelling(const Operand& operand) {
    const bool many = operand.most > 1;
    return operand.least == 0 ? fmt::format("[{}{}]", operand.name, many ? "..." : "") : fmt::format("{}{}", operand.name, many ? "..." : "");
}

std::string operand_lines(const Spec& spec) {
    std::string lines;
    for (const auto& operand : spec.operands) lines += fmt::format("  {:<27} {}\n", operand_spelling(operand), operand.help);
    if (spec.command) lines += fmt::format("  {:<27} {}\n", spec.command_leads ? "COMMAND [ARG...]" : "-- COMMAND [ARG...]", spec.command_help);
    return lines;
}

std::string example_lines(const Spec& spec, std::size_t most) {
    std::string lines = "Examples:\n";
    for (std::size_t at = 0; at < std::min(most, spec.examples.size()); ++at) {
        lines += fmt::format("  {:<42}  {}\n", spec.examples[at].command, spec.examples[at].says);
    }
    return lines;
}

long count_lines(std::string_view text) { return std::count(text.begin(), text.end(), '\n'); }

}  // namespace

std::span<const Option> common_options() {
    static const std::array options{
        Option{"-q", "--quiet", {""}, false, "leave out notes; errors are still printed", {}},
        Option{"-v", "--verbose", {""}, false, "tell each system call in words on standard error", {}},
        Option{"-h", "--help", {""}, false, "-h: short help; --help: all of it", {}},
        Option{"-V", "--version", {""}, false, "print the version", {}},
    };
    return options;
}

std::string usage_line(const Tool& tool, const Verb& verb, const Spec& spec) {
    auto line = fmt::format("{} {} [OPTION...]", tool.name, verb.name);
    for (const auto& operand : spec.operands) line += fmt::format(" {}", operand_spelling(operand));
    if (spec.command) line += spec.command_leads ? " COMMAND [ARG...]" : " [-- COMMAND [ARG...]]";
    return line;
}

std::string tool_help(const Tool& tool) {
    // With 15 verbs there are 25 lines: all that a small terminal shows.
    const auto* gap = tool.verbs.size() < 15 ? "\n" : "";
    auto text = fmt::format("{}: {}\n{}Usage: {} VERB [OPTION...] [OPERAND...]\n\n", tool.name, tool.summary, gap, tool.name);
    for (const auto* verb : tool.verbs) text += fmt::format("  {:<10}{}\n", verb->name, verb->summary);
    text += "\nExamples:\n";
    std::size_t shown = 0;
    for (const auto* verb : tool.verbs) {
        const auto spec = verb->make();
        if (shown == 3 || spec->examples.empty()) continue;
        text += fmt::format("  {:<42}  {}\n", spec->examples.front().command, spec->examples.front().says);
        ++shown;
    }
    return text + fmt::format("\nMore: {0} help VERB, man {0}, man moreipc\n", tool.name);
}

std::string short_help(const Tool& tool, const Verb& verb, const Spec& spec) {
    constexpr long most_lines = 25;
    const auto head = fmt::format("{} {}: {}\n\nUsage: {}\n{}\n", tool.name, verb.name, verb.summary, usage_line(tool, verb, spec), operand_lines(spec));
    const auto tail = fmt::format("\n{}\nMore: {} {} --help, man {}\n", example_lines(spec, 3), tool.name, verb.name, tool.name);
    std::string options;
    auto room = most_lines - count_lines(head) - count_lines(tail);
    for (const auto& option : spec.options) {
        if (room-- > 0) options += option_line(option);
    }
    return head + options + tail;
}

std::string full_help(const Tool& tool, const Verb& verb, const Spec& spec) {
    auto text = fmt::format("{} {}: {}\n\nUsage: {}\n{}\nOptions:\n", tool.name, verb.name, verb.summary, usage_line(tool, verb, spec), operand_lines(spec));
    for (const auto& option : spec.options) text += option_line(option);
    for (const auto& option : common_options()) text += option_line(option);
    if (!spec.columns.empty()) {
        text += "\nColumns (-o), with their JSON keys; * shown by default:\n";
        for (const auto& column : spec.columns) {
            text += fmt::format("  {}{:<13}{:<14}{}\n", column.shown ? '*' : ' ', column.heading, column.key, column.help);
        }
    }
    text += "\n" + example_lines(spec, spec.examples.size()) + "\nExit statuses:\n";
    for (const auto& row : exit_table()) {
        if (!row.with_command || spec.command) text += fmt::format("  {:>3}  {}\n", static_cast<int>(row.status), row.meaning);
    }
    if (spec.command) text += "  other: the command's own, or 128 + the signal that ended it\n";
    return text + fmt::format("\nMore: man {}, man moreipc\n", tool.name);
}

std::string version_text(const Tool& tool) { return fmt::format("{} (moreipc) {}\nMIT licence; there is no warranty.\n", tool.name, MOREIPC_VERSION); }

}  // namespace cli
