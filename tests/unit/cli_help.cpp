// SPDX-License-Identifier: MIT
// cli/help: the short help fits on a small terminal, the full help leaves nothing out.
#include "cli/help.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "cli/complete.hpp"
#include "cli/groups.hpp"
#include "cli/json.hpp"

namespace {

struct Options : cli::WaitOptions, cli::FramingOptions, cli::ListOptions {
    std::vector<std::string> words;
    std::string more;
    std::vector<std::string> command;
};

constexpr std::array columns{cli::Column{"NAME", "name", cli::Kind::name, "who"}, cli::Column{"COUNT", "count", cli::Kind::number, "how many", false}};

constexpr std::array many{"--one", "--two", "--three", "--four", "--five", "--six", "--seven", "--eight", "--nine", "--ten", "--eleven", "--twelve"};

void declare_large(cli::Form<Options>& form) {
    form.operands("WORD", &Options::words, 1, "words");
    form.command(&Options::command, "what to run");
    cli::wait_options(form);
    cli::input_options(form);
    cli::list_options(form);
    for (const char* name : many) form.option(name, &Options::more, "one of many");
    form.columns(columns);
    for (const char* command : {"mq try 1", "mq try 2", "mq try 3", "mq try 4", "mq try 5"}) form.example(command, "an example");
}

void declare_small(cli::Form<Options>& form) {
    form.option("-m,--more", &Options::more, "more");
    form.example("mq go", "the only example");
}

cli::Exit run(const Options&) { return cli::Exit::ok; }

constexpr auto large = cli::verb<Options, declare_large, run>("try", "tries");
constexpr auto small = cli::verb<Options, declare_small, run>("go", "goes");
const cli::Tool tool{"mq", "a tool", {&large, &small}};

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(Help, IsShortWhenAskedShortlyAndHasThreeExamples) {
    for (const auto* verb : {&large, &small}) {
        const auto text = cli::short_help(tool, *verb, *verb->make());
        EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 25) << text;
        EXPECT_TRUE(text.ends_with('\n'));
    }
    const auto text = cli::short_help(tool, large, *large.make());
    EXPECT_TRUE(holds(text, "mq try 3") && !holds(text, "mq try 4")) << text;
    EXPECT_TRUE(holds(text, "Usage: mq try [OPTION...] WORD... [-- COMMAND [ARG...]]")) << text;
    EXPECT_TRUE(holds(text, "More: mq try --help"));
}

TEST(Help, InFullHasEveryOptionColumnExampleAndStatus) {
    const auto spec = large.make();
    const auto text = cli::full_help(tool, large, *spec);
    for (const auto& option : spec->options) EXPECT_TRUE(holds(text, option.name)) << option.name;
    for (const auto& option : cli::common_options()) EXPECT_TRUE(holds(text, option.name)) << option.name;
    for (const auto& column : columns) EXPECT_TRUE(holds(text, column.heading));
    for (const auto& example : spec->examples) EXPECT_TRUE(holds(text, example.command));
    for (const auto& row : cli::exit_table()) EXPECT_TRUE(holds(text, row.meaning));
    EXPECT_FALSE(holds(cli::full_help(tool, small, *small.make()), "127")) << "it runs no command";
}

TEST(Help, OfTheToolHasEveryVerb) {
    const auto text = cli::tool_help(tool);
    EXPECT_TRUE(holds(text, "try") && holds(text, "goes") && holds(text, "mq go"));
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 25);
}

TEST(DumpSpec, IsOneLineOfJsonWithEverythingDeclared) {
    const auto text = cli::dump_spec(tool);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    const auto value = cli::from_json(text);
    ASSERT_TRUE(value);
    const auto& object = std::get<cli::Object>(*value);
    EXPECT_EQ(*cli::member(object, "tool")->text(), "mq");
    const auto& verbs = std::get<cli::List>(*cli::member(object, "verbs"));
    ASSERT_EQ(verbs.size(), 2U);
    const auto& first = std::get<cli::Object>(verbs[0]);
    EXPECT_EQ(std::get<cli::List>(*cli::member(first, "options")).size(), large.make()->options.size());
    EXPECT_EQ(std::get<cli::List>(*cli::member(first, "columns")).size(), columns.size());
    EXPECT_EQ(std::get<cli::List>(*cli::member(object, "exit_statuses")).size(), cli::exit_table().size());
}

TEST(Letters, MeanOneThingOnly) {
    const auto spec = large.make();
    for (const auto& option : cli::common_options()) {
        for (const auto& other : spec->options) EXPECT_TRUE(option.letter != other.letter && option.name != other.name) << option.name;
    }
}

TEST(Complete, SurvivesWhateverIsOnTheLine) {
    const std::vector<std::string_view> pool{
        "", "-", "--", "try", "go", "g", "-t", "--timeout", "--timeout=", "-m", "x\n", "\xff", "--no", "help", "-h", "--complete-words", "-tn", "--", "[a"};
    for (const auto first : pool) {
        for (const auto second : pool) {
            for (const auto third : pool) {
                const std::vector<std::string_view> words{first, second, third};
                const auto answer = cli::complete(tool, words);
                ASSERT_TRUE(answer.ends_with(":nofiles\n") || answer.ends_with(":files\n") || answer.ends_with(":command\n")) << answer;
            }
        }
    }
    (void)cli::complete(tool, {});
    const std::vector<std::string_view> verb{"t"};
    EXPECT_EQ(cli::complete(tool, verb), "try\ttries\n:nofiles\n");
}

}  // namespace
