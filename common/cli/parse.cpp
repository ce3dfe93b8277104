// SPDX-License-Identifier: MIT
// The one file that knows CLI11: it compiles for seconds, and its habits (statuses 104 to 114, reversed extras, lists in
// brackets) are cured here.
#include "cli/parse.hpp"

// CLI11 includes <iostream> for defaults that are not used here; its start-up (locales, eight streams) would be paid by
// every run. The guard keeps it out, and the two streams are declared without being needed.
#define _GLIBCXX_IOSTREAM 1  // NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): libstdc++'s own guard
#include <istream>
#include <ostream>
namespace std {  // NOLINT(cert-dcl58-cpp): declared there by <iostream>
extern ostream cout;
extern ostream cerr;
}  // namespace std

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "cli/help.hpp"
#include "text/escape.hpp"
#include "text/suggest.hpp"

namespace cli {
namespace {

void give(const Take& take, std::string_view what, std::string_view word) {
    if (const auto problem = take(word); !problem.empty()) throw Usage(fmt::format("{}: {}", what, problem));
}

void give_operands(const Spec& spec, std::span<const std::string> words) {
    std::size_t next = 0;
    for (const auto& operand : spec.operands) {
        const auto left = words.size() - next;
        if (left < operand.least) throw Usage(fmt::format("{} is missing: {}", operand.name, operand.help));
        for (std::size_t taken = 0; taken < operand.most && next < words.size(); ++taken) give(operand.take, operand.name, words[next++]);
    }
    if (next < words.size()) throw Usage(fmt::format("'{}': one operand too many", text::escape(words[next])));
}

[[noreturn]] void unknown_option(const Spec& spec, std::string_view word) {
    std::vector<std::string> known;
    for (const auto& option : spec.options) known.emplace_back(option.name);
    for (const auto& option : common_options()) known.emplace_back(option.name);
    const auto near = text::nearest(word.substr(0, word.find('=')), known);
    throw Usage(fmt::format("unknown option {}", text::escape(word)),
                near.empty() ? "-- ends the options, if it was meant as an operand" : fmt::format("did you mean {}?", near));
}

const Option* find_option(const Spec& spec, std::string_view name) {
    for (const auto& option : spec.options) {
        if (option.name == name) return &option;
    }
    for (const auto& option : common_options()) {
        if (option.name == name) return &option;
    }
    return nullptr;
}

/// --name=value as two words: CLI11 would take the next word for an empty value, and true for a flag's.
std::vector<std::string> split_values(const Spec& spec, std::span<char* const> words) {
    std::vector<std::string> split;
    for (const std::string_view word : words) {
        const auto equals = word.find('=');
        const auto* option = word.starts_with("--") && equals != std::string_view::npos ? find_option(spec, word.substr(0, equals)) : nullptr;
        if (!option) {
            split.emplace_back(word);
            continue;
        }
        if (!option->takes_value) throw Usage(fmt::format("{} takes no value", option->name));
        split.emplace_back(option->name);
        split.emplace_back(word.substr(equals + 1));
    }
    return split;
}

/// The words before the first --, by CLI11: options to their fields, the others to `operands`.
Asked parse_options(const Spec& spec, std::span<char* const> words, std::vector<std::string>& operands) {
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    std::vector<std::pair<CLI::Option*, const Option*>> bound;
    const auto add = [&](const Option& option) {
        const auto names = option.letter.empty() ? std::string{option.name} : fmt::format("{},{}", option.letter, option.name);
        auto* added = option.takes_value ? app.add_option(names)->take_all()->allow_extra_args(false) : app.add_flag(names)->disable_flag_override();
        bound.emplace_back(added, &option);
    };
    for (const auto& option : spec.options) add(option);
    for (const auto& option : common_options()) add(option);

    std::vector<std::string> reversed = split_values(spec, words);
    std::reverse(reversed.begin(), reversed.end());
    const auto wants = [&](std::string_view letter, std::string_view name) {
        return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return word == letter || word == name; });
    };
    Asked asked{wants("-h", "-h"), wants("--help", "--help"), wants("-V", "--version"), false, false};
    if (asked.short_help || asked.full_help || asked.version) return asked;
    try {
        app.parse(reversed);
    } catch (const CLI::ParseError& wrong) {
        // "--timeout: 1 required TEXT missing", "json was given a disallowed flag override": the option's name comes
        // first, with or without its dashes.
        const std::string_view what = wrong.what();
        const auto name = what.substr(0, what.find_first_of(": "));
        for (const auto& [parsed, option] : bound) {
            if (name != option->name && name != option->name.substr(2) &&
                (option->letter.empty() || (name != option->letter && name != option->letter.substr(1))))
                continue;
            throw Usage(option->takes_value ? fmt::format("{} needs a {}", option->name, option->word.placeholder)
                                            : fmt::format("{} takes no value", option->name));
        }
        throw Usage(text::escape(what));
    }
    // Operands are not declared to CLI11, which would take "[a,b]" for a list: they are what remains, in order.
    operands = app.remaining();
    for (const auto& word : operands) {
        if (word.size() > 1 && word.front() == '-') unknown_option(spec, word);
    }
    for (const auto& [parsed, option] : bound) {
        // In a bundle, as in -qh.
        if (parsed->count() > 0 && option->name == "--help") asked.short_help = true;
        if (parsed->count() > 0 && option->name == "--version") asked.version = true;
    }
    if (asked.short_help || asked.version) return asked;
    for (const auto& [parsed, option] : bound) {
        if (parsed->count() == 0) continue;
        if (option->name == "--quiet") asked.quiet = true;
        if (option->name == "--verbose") asked.verbose = true;
        if (!option->take) continue;
        if (!option->takes_value) give(option->take, option->name, "");
        if (option->takes_value) {
            for (const auto& word : parsed->results()) give(option->take, option->name, word);
        }
    }
    return asked;
}

/// The plain spelling: operands, and options as whole words (-p 3, --priority 3, -n), is most of what scripts write. It
/// needs no CLI11, which costs more than all the rest of a start. False, and nothing done, when any word is of another
/// form; tests/unit/cli_parse.cpp holds both ways to the same answers.
bool parse_plain(const Spec& spec, std::span<char* const> words, std::vector<std::string>& operands, Asked& asked) {
    std::vector<std::pair<const Option*, std::string_view>> given;
    const auto known = [&](std::string_view word) -> const Option* {
        const auto is = [word](const Option& option) { return word == option.name || word == option.letter; };
        const auto own = std::find_if(spec.options.begin(), spec.options.end(), is);
        return own == spec.options.end() ? nullptr : &*own;
    };
    std::vector<std::string> found;
    Asked plain;
    for (std::size_t at = 0; at < words.size(); ++at) {
        const std::string_view word = words[at];
        if (word == "-h" || word == "--help" || word == "-V" || word == "--version") return false;
        if (word.size() < 2 || word.front() != '-') {
            found.emplace_back(word);
        } else if (word == "-q" || word == "--quiet") {
            plain.quiet = true;
        } else if (const auto* option = known(word); !option || (option->takes_value && at + 1 == words.size())) {
            return false;
        } else {
            given.emplace_back(option, option->takes_value ? words[++at] : "");
            if (const auto value = given.back().second; value == "-h" || value == "--help" || value == "-V" || value == "--version") return false;
        }
    }
    for (const auto& [option, value] : given) give(option->take, option->name, value);
    operands = std::move(found);
    asked = plain;
    return true;
}

/// Whether the value of the word's option, or of the last of a bundle, is the next word.
bool takes_next(const Spec& spec, std::string_view word) {
    if (word.starts_with("--")) {
        const auto* option = find_option(spec, word);
        return option && option->takes_value;
    }
    for (std::size_t at = 1; at < word.size(); ++at) {
        const auto is = [&](const Option& option) { return option.letter.size() == 2 && option.letter[1] == word[at]; };
        const auto option = std::find_if(spec.options.begin(), spec.options.end(), is);
        if (option != spec.options.end() && option->takes_value) return at + 1 == word.size();
    }
    return false;
}

/// The first word that is not an option, a value, or one of the verb's operands; --, if that comes before it.
std::size_t command_begins(const Spec& spec, std::span<char* const> words) {
    std::size_t operands = spec.operands.size();
    for (std::size_t at = 0; at < words.size(); ++at) {
        const std::string_view word = words[at];
        if (word == "--") return at;
        if (word.size() < 2 || word.front() != '-') {
            if (operands == 0) return at;
            --operands;
        } else if (takes_next(spec, word)) {
            ++at;
        }
    }
    return words.size();
}

}  // namespace

Asked parse_with_cli11(const Spec& spec, std::span<char* const> words, std::vector<std::string>& operands) { return parse_options(spec, words, operands); }

Asked parse(Spec& spec, std::span<char* const> words) {
    const auto is_end = [](const char* word) { return std::string_view{word} == "--"; };
    const auto border =
        spec.command_leads ? command_begins(spec, words) : static_cast<std::size_t>(std::find_if(words.begin(), words.end(), is_end) - words.begin());
    const auto before = words.first(border);
    const bool ended = border < words.size() && is_end(words[border]);
    const auto after = words.subspan(ended ? border + 1 : border);

    std::vector<std::string> operands;
    Asked asked;
    if (!parse_plain(spec, before, operands, asked)) asked = parse_with_cli11(spec, before, operands);
    if (asked.short_help || asked.full_help || asked.version) return asked;

    if (spec.command) {
        spec.command->assign(after.begin(), after.end());
        if (ended && after.empty()) throw Usage("no COMMAND behind --");
    } else {
        operands.insert(operands.end(), after.begin(), after.end());
    }
    give_operands(spec, operands);
    if (spec.command_leads && after.empty()) throw Usage(fmt::format("COMMAND is missing: {}", spec.command_help));
    return asked;
}

}  // namespace cli
