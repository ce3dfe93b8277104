// SPDX-License-Identifier: MIT
// argv: any command line is a plan or a usage error, and the plain way and CLI11's way agree
#include <fmt/format.h>

#include <algorithm>

#include "cli/groups.hpp"
#include "cli/parse.hpp"
#include "fuzz.hpp"
#include "text/number.hpp"

namespace {

using Words = std::vector<std::string>;

struct Options : cli::WaitOptions, cli::FramingOptions {
    Words words;
    std::optional<text::Number<0, 32767>> priority;
    std::string output;
    Words each;
};

struct Declared : cli::Spec {
    Options given;
    Declared() {
        cli::Form<Options> form{*this, given};
        form.operands("WORD", &Options::words, 0, "any words");
        cli::wait_options(form);
        cli::input_options(form);
        form.option("-p,--priority", &Options::priority, "a number");
        form.option("-o,--output", &Options::output, "text");
        form.option("--each", &Options::each, "text, every one of them");
    }
};

std::string told(const Options& given, const Words& operands, const cli::Asked& asked) {
    if (asked.short_help || asked.full_help || asked.version) return fmt::format("help {}{}{}", asked.short_help, asked.full_help, asked.version);
    std::string text =
        fmt::format("{} {}{}{}{}{} {} {} {}{}", given.timeout ? given.timeout->length.count() : -1, given.nonblock, given.null, given.raw, given.framed,
                    given.json, given.priority ? static_cast<int>(given.priority->value) : -1, given.output, asked.quiet, asked.verbose);
    for (const auto& word : given.each) text += "\n" + word;
    for (const auto& word : operands) text += "\n\n" + word;
    return text;
}

template <class Parse>
std::string outcome(Parse parse) {
    Declared spec;
    try {
        return parse(spec);
    } catch (const cli::Usage& wrong) {
        must(harmless(wrong.what()) && harmless(wrong.hint()), "the message");
        return "usage";
    }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Words as in /proc/PID/cmdline: a NUL behind each.
    Words words;
    for (auto rest = text_of(data, size); !rest.empty();) {
        const auto end = std::min(rest.find('\0'), rest.size());
        words.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (words.size() > 30) return 0;
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    const auto end = std::find(words.begin(), words.end(), "--");
    const auto before = std::span{argv}.first(static_cast<std::size_t>(end - words.begin()));

    const auto usual = outcome([&](Declared& spec) {
        const auto asked = cli::parse(spec, argv);
        return told(spec.given, spec.given.words, asked);
    });
    const auto by_cli11 = outcome([&](Declared& spec) {
        Words operands;
        const auto asked = cli::parse_with_cli11(spec, before, operands);
        if (end != words.end()) operands.insert(operands.end(), end + 1, words.end());
        return told(spec.given, operands, asked);
    });
    if (usual != by_cli11) std::fprintf(stderr, "parse: %s\nparse_with_cli11: %s\n", usual.c_str(), by_cli11.c_str());
    must(usual == by_cli11, "both ways agree");
    return 0;
}
