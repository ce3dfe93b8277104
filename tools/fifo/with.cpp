// SPDX-License-Identifier: MIT
// fifo with: temporary FIFOs for one command, gone when it has ended.
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "cli/place.hpp"
#include "cli/talk.hpp"
#include "command.hpp"
#include "path.hpp"
#include "sys/error.hpp"
#include "sys/private_directory.hpp"
#include "text/mode.hpp"
#include "text/escape.hpp"
#include "verbs.hpp"

namespace tools::fifo {
namespace {

/// What a shell takes for a variable.
struct Variable {
    std::string name;
    static constexpr text::Word word{"NAME"};
    static text::Parsed<Variable> parse(std::string_view text) {
        const auto fits = [](unsigned char c) { return c < 0x80 && (std::isalnum(c) != 0 || c == '_'); };
        if (text.empty() || std::isdigit(static_cast<unsigned char>(text.front())) != 0 || !std::ranges::all_of(text, fits))
            return std::unexpected(fmt::format("'{}' is no variable's name: letters, digits and _, no digit first", text::escape(text)));
        return Variable{std::string{text}};
    }
};

struct Options {
    std::vector<Variable> names;
    std::vector<std::string> command;
};

std::string replaced(std::string word, const std::string& what, const std::string& by) {
    for (auto at = word.find(what); at != std::string::npos; at = word.find(what, at + by.size())) word.replace(at, what.size(), by);
    return word;
}

cli::Exit run(const Options& opt) {
    if (opt.command.empty()) throw cli::Usage("no COMMAND given", "fifo with NAME... -- COMMAND");
    sys::Signals signals;
    sys::PrivateDirectory directory{cli::runtime_directory(), std::string{private_prefix}};
    sys::Spawn spawn;
    spawn.words = opt.command;
    spawn.mask = &signals.outside();
    std::vector<std::string> paths;
    for (const auto& [name] : opt.names) {
        const auto& path = paths.emplace_back(directory.add(name));
        (void)ipc::create_fifo(path, text::Mode::private_bits, false);
        spawn.environment.push_back(fmt::format("{}={}", name, path));
        for (auto& word : spawn.words) word = replaced(word, fmt::format("{{{}}}", name), path);
    }
    const auto status = run_command(spawn, signals);
    // Who still waits in open(2) would wait for ever, for a name that is gone: he finds nobody at the other end instead.
    for (const auto& path : paths) (void)sys::Fd{::open(path.c_str(), O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC)};
    if (const int error = directory.remove(); error != 0) cli::complain(fmt::format("{}: cannot remove it: {}", directory.path(), sys::error_text(error)));
    return status;
}

void declare(cli::Form<Options>& form) {
    form.operands("NAME", &Options::names, 1, "FIFOs to make: $NAME and {NAME} are their paths");
    form.command(&Options::command, "gets the paths in its environment and in its words");
    form.example("fifo with F -- sh -c 'date >$F & cat $F'", "in place of mktemp, mkfifo and trap");
    form.example("fifo with A B -- sh -c 'seq 3 >$A & seq 4 6 >$B & paste -d+ $A $B'", "two of them");
    form.example("fifo with F -- test -p {F}", "the path as a word");
}

}  // namespace

const cli::Verb with = cli::verb<Options, declare, run>("with", "run a command with temporary FIFOs");

}  // namespace tools::fifo
