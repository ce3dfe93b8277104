// SPDX-License-Identifier: MIT
#include "cli/complete.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/help.hpp"
#include "text/escape.hpp"

namespace cli {
namespace {

class Answer {
public:
    void add(std::string_view word, std::string_view note) { lines_ += note.empty() ? fmt::format("{}\n", word) : fmt::format("{}\t{}\n", word, note); }

    void add_if(std::string_view word, std::string_view note, std::string_view start) {
        if (word.starts_with(start)) add(word, note);
    }

    /// Values of a type; `before` is what stands in front of them in the same word (--name=).
    void add_values(const text::Word& word, std::string_view start, std::string_view before) {
        if (word.file) directive_ = ":files";
        if (!word.candidates) return;
        for (const auto& candidate : word.candidates(start)) {
            // Completion hands back the spelling that the verb reads: escaped, one line each.
            if (candidate.word.starts_with(start)) add(std::string{before} + candidate.word, candidate.note);
        }
    }

    void wrapped_command() { directive_ = ":command"; }
    [[nodiscard]] std::string text() const { return lines_ + directive_ + "\n"; }

private:
    std::string lines_;
    std::string directive_ = ":nofiles";
};

const Option* find_option(const std::vector<Option>& options, std::string_view word) {
    const auto name = word.substr(0, word.find('='));
    const auto found = std::find_if(options.begin(), options.end(),
                                    [&](const Option& option) { return option.name == name || (!option.letter.empty() && option.letter == word); });
    return found == options.end() ? nullptr : &*found;
}

void complete_verb(Answer& answer, const Spec& spec, std::span<const std::string_view> words) {
    std::vector<Option> options = spec.options;
    options.insert(options.end(), common_options().begin(), common_options().end());

    const auto current = words.back();
    const Option* awaits_value = nullptr;
    std::size_t operands = 0;
    bool options_ended = false;
    std::vector<const Option*> given;
    for (const auto word : words.first(words.size() - 1)) {
        if (awaits_value) {
            awaits_value = nullptr;
        } else if (!options_ended && word == "--") {
            if (spec.command) return answer.wrapped_command();
            options_ended = true;
        } else if (!options_ended && word.size() > 1 && word.front() == '-') {
            const auto* option = find_option(options, word);
            given.push_back(option);
            if (option && option->takes_value && word.find('=') == std::string_view::npos) awaits_value = option;
        } else {
            ++operands;
        }
    }
    if (awaits_value) return answer.add_values(awaits_value->word, current, "");
    if (!options_ended && current.starts_with("--") && current.find('=') != std::string_view::npos) {
        const auto* option = find_option(options, current);
        const auto value = current.find('=') + 1;
        if (option && option->takes_value) answer.add_values(option->word, current.substr(value), current.substr(0, value));
        return;
    }
    if (!options_ended && current.starts_with('-')) {
        for (const auto& option : options) {
            const bool repeated = std::any_of(given.begin(), given.end(), [&](const Option* seen) { return seen && seen->name == option.name; });
            if (!repeated) answer.add_if(option.name, option.help, current);
        }
        return;
    }
    for (const auto& operand : spec.operands) {
        if (operands < operand.most) return answer.add_values(operand.word, current, "");
        operands -= operand.most;
    }
}

}  // namespace

std::string complete(const Tool& tool, std::span<const std::string_view> words) {
    Answer answer;
    if (words.empty()) return answer.text();
    if (words.size() == 1) {
        for (const auto* verb : tool.verbs) answer.add_if(verb->name, verb->summary, words.front());
        answer.add_if("help", "help on a verb", words.front());
        if (words.front().starts_with('-')) {
            for (const std::string_view name : {"--help", "--version"}) {
                const auto common = common_options();
                const auto option = std::find_if(common.begin(), common.end(), [name](const Option& candidate) { return candidate.name == name; });
                answer.add_if(name, option->help, words.front());
            }
        }
        return answer.text();
    }
    if (words.front() == "help") {
        for (const auto* verb : tool.verbs) answer.add_if(verb->name, verb->summary, words[1]);
        return answer.text();
    }
    for (const auto* verb : tool.verbs) {
        if (verb->name == words.front()) complete_verb(answer, *verb->make(), words.subspan(1));
    }
    return answer.text();
}

}  // namespace cli
