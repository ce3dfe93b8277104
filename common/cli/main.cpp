// SPDX-License-Identifier: MIT
#include "cli/main.hpp"

#include <fmt/format.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include "cli/complete.hpp"
#include "cli/help.hpp"
#include "cli/out.hpp"
#include "cli/parse.hpp"
#include "cli/talk.hpp"
#include "sys/error.hpp"
#include "sys/signals.hpp"
#include "sys/trace.hpp"
#include "text/escape.hpp"
#include "text/suggest.hpp"

namespace cli {
namespace {

using Words = std::span<char* const>;

/// What other tools call it.
std::string habitual(const Tool& tool, std::string_view word) {
    static constexpr std::pair<std::string_view, std::string_view> habits[] = {
        {"list", "ls"},      {"remove", "rm"},     {"delete", "rm"},     {"del", "rm"},      {"unlink", "rm"},    {"new", "create"},
        {"make", "create"},  {"receive", "recv"},  {"get", "recv"},      {"pop", "recv"},    {"put", "send"},     {"push", "send"},
        {"move", "mv"},      {"show", "stat"},     {"info", "stat"},     {"status", "stat"}, {"start", "run"},    {"exec", "run"},
        {"cat", "read"},     {"copy", "cp"},       {"tail", "read"},     {"attr", "stat"},   {"open", "connect"}, {"client", "connect"},
        {"serve", "listen"}, {"server", "listen"}, {"forward", "relay"}, {"proxy", "relay"}, {"ping", "raw"},
    };
    for (const auto& habit : habits) {
        const auto theirs = habit.first;
        const auto ours = habit.second;
        const bool has = std::any_of(tool.verbs.begin(), tool.verbs.end(), [&](const Verb* verb) { return verb->name == ours; });
        if (theirs == word && has) return std::string{ours};
    }
    return {};
}

[[noreturn]] void unknown_verb(const Tool& tool, Words words) {
    const std::string_view word = words.front();
    const auto meant = tool.meant ? tool.meant(words) : std::string{};
    if (word.starts_with('-'))
        throw Usage(fmt::format("{} stands before a verb", text::escape(word)),
                    meant.empty() ? fmt::format("options stand behind the verb: {} VERB {}", tool.name, text::escape(word)) : meant);
    std::vector<std::string> known{"help"};
    for (const auto* verb : tool.verbs) known.emplace_back(verb->name);
    const auto habit = habitual(tool, word);
    const auto near = !habit.empty() ? habit : text::nearest(word, known);
    throw Usage(fmt::format("unknown verb '{}'", text::escape(word)), near.empty() && !meant.empty() ? meant
                                                                      : near.empty()                 ? fmt::format("{} -h lists the verbs", tool.name)
                                                                                                     : fmt::format("did you mean {}?", near));
}

const Verb& find_verb(const Tool& tool, Words words) {
    for (const auto* verb : tool.verbs) {
        if (std::string_view{verb->name} == words.front()) return *verb;
    }
    unknown_verb(tool, words);
}

void answer_help(const Tool& tool, Words words) {
    if (words.empty()) return print(tool_help(tool));
    const auto& verb = find_verb(tool, words);
    print(full_help(tool, verb, *verb.make()));
}

Exit run_verb(const Tool& tool, const Verb& verb, Words words, bool& runs_command) {
    const auto spec = verb.make();
    speak_as(tool.name, verb.name);
    const auto asked = parse(*spec, words);
    runs_command = spec->command && !spec->command->empty();
    if (asked.version) return print(version_text(tool)), Exit::ok;
    if (asked.full_help) return print(full_help(tool, verb, *spec)), Exit::ok;
    if (asked.short_help) return print(short_help(tool, verb, *spec)), Exit::ok;
    if (asked.quiet) be_quiet();
    if (asked.verbose) sys::trace_listener = [](const std::string& line) { complain(line); };
    return spec->run();
}

Exit dispatch(const Tool& tool, Words words, bool& runs_command) {
    if (words.empty()) throw Usage("no VERB given", fmt::format("{} -h lists the verbs", tool.name));
    const std::string_view first = words.front();
    const auto rest = words.subspan(1);
    // Before the verb it asks for the verb's help all the same.
    if (first == "-h" || first == "--help") return answer_help(tool, rest.empty() || rest.front()[0] == '-' ? Words{} : rest), Exit::ok;
    if (first == "-V" || first == "--version") return print(version_text(tool)), Exit::ok;
    if (first == "help") return answer_help(tool, rest), Exit::ok;
    if (first == "--dump-spec") return print(dump_spec(tool)), Exit::ok;
    if (first == "--complete-words") {
        const std::vector<std::string_view> typed{rest.begin() + (rest.empty() ? 0 : 1), rest.end()};
        return print(complete(tool, typed)), Exit::ok;
    }
    return run_verb(tool, find_verb(tool, words), rest, runs_command);
}

/// What the output did not take is never status 0; a closed pipe ends us as it ends everyone.
Exit output_failed(int error) {
    if (error == EPIPE) {
        struct sigaction action {};
        ::sigaction(SIGPIPE, nullptr, &action);
        if (action.sa_handler == SIG_DFL) sys::end_by(SIGPIPE);
    }
    complain(fmt::format("standard output: cannot write: {}", sys::error_text(error)));
    return Exit::refused;
}

Exit guarded(const Tool& tool, Words words) {
    bool runs_command = false;
    const auto failed = [&](Exit status) { return runs_command && status != Exit::usage ? Exit::own_trouble : status; };
    try {
        const auto status = dispatch(tool, words, runs_command);
        flush();
        return status;
    } catch (const Usage& wrong) {
        complain(wrong.what());
        const auto* verb = words.empty() ? "" : words.front();
        const bool known = std::any_of(tool.verbs.begin(), tool.verbs.end(), [&](const Verb* candidate) { return std::string_view{candidate->name} == verb; });
        hint(!wrong.hint().empty() ? wrong.hint() : known ? fmt::format("{} {} -h", tool.name, verb) : fmt::format("{} -h", tool.name));
        return Exit::usage;
    } catch (const OutputError& failure) {
        return output_failed(failure.error);
    } catch (const sys::Error& failure) {
        complain(failure.what());
        if (!failure.hint().empty()) hint(failure.hint());
        return failed(exit_for(failure.number()));
    } catch (const std::bad_alloc&) {
        complain("out of memory");
    } catch (const std::exception& failure) {
        complain(text::escape(failure.what()));
    }
    return failed(Exit::refused);
}

}  // namespace

int main(const Tool& tool, int argc, char** argv) {
    speak_as(tool.name, nullptr);
    if (::getauxval(AT_SECURE) != 0) {
        complain("refuses to run set-user-ID, set-group-ID or with file capabilities");
        return static_cast<int>(Exit::usage);
    }
    const Words words = argc > 0 ? Words{argv + 1, static_cast<std::size_t>(argc - 1)} : Words{};
    return static_cast<int>(guarded(tool, words));
}

}  // namespace cli
