// SPDX-License-Identifier: MIT
// cli/parse: every spelling of an option, and the plain way and CLI11's way to the same answers.
#include "cli/parse.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "cli/groups.hpp"
#include "text/escape.hpp"
#include "text/number.hpp"
#include "text/size.hpp"

namespace {

using Words = std::vector<std::string>;

struct Options : cli::WaitOptions, cli::FramingOptions {
    Words words;
    std::optional<text::Number<0, 32767>> priority;
    text::Size size{7};
    std::string output = "unset";
    Words each;
    Words command;
};

/// A declaration with every sort of field, bound to options of its own.
struct Declared : cli::Spec {
    Options given;
    explicit Declared(bool runs_command = false) {
        cli::Form<Options> form{*this, given};
        form.operands("WORD", &Options::words, 0, "any words");
        cli::wait_options(form);
        cli::input_options(form);
        form.option("-p,--priority", &Options::priority, "a number");
        form.option("-S,--size", &Options::size, "a size");
        form.option("-o,--output", &Options::output, "text");
        form.option("--each", &Options::each, "text, every one of them");
        form.option("--each-other", &Options::each, "begins as another option does");
        if (runs_command) form.command(&Options::command, "what to run");
    }
};

std::string list(const Words& words) {
    std::string text;
    for (const auto& word : words) text += "<" + text::escape(word) + ">";
    return text;
}

/// All that came of the words, in one line.
std::string told(const Options& given, const Words& operands, const cli::Asked& asked) {
    return fmt::format("timeout={} nonblock={} null={} raw={} framed={} json={} priority={} size={} output={} each={} words={} quiet={} verbose={} help={}{}{}",
                       given.timeout ? spell(*given.timeout) : "-", given.nonblock, given.null, given.raw, given.framed, given.json,
                       given.priority ? std::to_string(given.priority->value) : "-", given.size.bytes, list({given.output}), list(given.each), list(operands),
                       asked.quiet, asked.verbose, asked.short_help, asked.full_help, asked.version);
}

/// argv as it is given to main(): writable, and not sorted out.
struct Argv {
    Words words;
    std::vector<char*> pointers;
    explicit Argv(Words given) : words(std::move(given)) {
        for (auto& word : words) pointers.push_back(word.data());
    }
};

/// The usual way.
std::string usual(const Words& words) {
    Declared spec;
    Argv argv{words};
    try {
        const auto asked = cli::parse(spec, argv.pointers);
        if (asked.short_help || asked.full_help || asked.version) return fmt::format("help={}{}{}", asked.short_help, asked.full_help, asked.version);
        return told(spec.given, spec.given.words, asked);
    } catch (const cli::Usage& wrong) {
        return std::string{"usage: "} + wrong.what();
    }
}

/// By CLI11 alone; what is behind -- is for the caller to add.
std::string by_cli11(const Words& words) {
    Declared spec;
    const auto end = std::find(words.begin(), words.end(), "--");
    Argv argv{Words{words.begin(), end}};
    try {
        Words operands;
        const auto asked = cli::parse_with_cli11(spec, argv.pointers, operands);
        if (asked.short_help || asked.full_help || asked.version) return fmt::format("help={}{}{}", asked.short_help, asked.full_help, asked.version);
        if (end != words.end()) operands.insert(operands.end(), end + 1, words.end());
        return told(spec.given, operands, asked);
    } catch (const cli::Usage& wrong) {
        return std::string{"usage: "} + wrong.what();
    }
}

/// The outcome of the words, which must be the same both ways.
std::string outcome(const Words& words) {
    const auto answer = usual(words);
    EXPECT_EQ(answer, by_cli11(words)) << "the two ways differ for " << list(words);
    return answer;
}

Options given(const Words& words) {
    Declared spec;
    Argv argv{words};
    try {
        (void)cli::parse(spec, argv.pointers);
    } catch (const cli::Usage& wrong) {
        ADD_FAILURE() << list(words) << ": " << wrong.what();
    }
    EXPECT_EQ(usual(words), by_cli11(words)) << "the two ways differ for " << list(words);
    return spec.given;
}

std::pair<std::string, std::string> refusal(const Words& words) {
    Declared spec;
    Argv argv{words};
    try {
        (void)cli::parse(spec, argv.pointers);
    } catch (const cli::Usage& wrong) {
        return {wrong.what(), wrong.hint()};
    }
    ADD_FAILURE() << "taken: " << list(words);
    return {};
}

TEST(Parse, TakesAValueInAllThreeSpellings) {
    for (const Words& words : {Words{"-t5"}, {"-t", "5"}, {"--timeout=5"}, {"--timeout", "5"}}) EXPECT_EQ(spell(*given(words).timeout), "5s") << list(words);
    for (const Words& words : {Words{"-p0"}, {"-p", "0"}, {"--priority=0"}, {"--priority", "0"}}) EXPECT_EQ(given(words).priority->value, 0U) << list(words);
    EXPECT_EQ(given({"-oNAME,MODE"}).output, "NAME,MODE");
    EXPECT_EQ(given({"--output=a=b"}).output, "a=b");
}

TEST(Parse, TakesBundledLetters) {
    const auto options = given({"-nj0"});
    EXPECT_TRUE(options.nonblock && options.json && options.null && !options.raw);
    EXPECT_EQ(spell(*given({"-nt5"}).timeout), "5s");
    EXPECT_EQ(spell(*given({"-nt", "5"}).timeout), "5s");
    EXPECT_NE(outcome({"-qn"}).find("nonblock=true"), std::string::npos);
    EXPECT_NE(outcome({"-qn"}).find("quiet=true"), std::string::npos);
    EXPECT_NE(outcome({"-0"}).find("null=true"), std::string::npos);
    EXPECT_NE(outcome({"-0q", "x"}).find("null=true"), std::string::npos);
}

TEST(Parse, TakesTheLastOfARepeatedOptionAndAllOfAList) {
    EXPECT_EQ(given({"-p", "1", "-p", "2"}).priority->value, 2U);
    EXPECT_EQ(given({"--priority=1", "-p2", "-p", "3"}).priority->value, 3U);
    EXPECT_EQ(given({"--each", "a", "x", "--each=b", "--each", ""}).each, (Words{"a", "b", ""}));
    EXPECT_TRUE(given({"-n", "-n", "--nonblock"}).nonblock);
    EXPECT_EQ(refusal({"-p", "bad", "-p", "2"}).first, "--priority: 'bad' is not a whole number such as 10");
}

TEST(Parse, LeavesOperandsInTheirOrderAndUntouched) {
    const Words strange{"a", "",    "-",     "[a,b]", "[]", "{}",       "a=b",  "%%",       "++", "+x", "/n",
                        "!", " -n", "\"q\"", "'q'",   "\\", "\xff\xfe", "a\nb", "name.sub", "b",  "a"};
    EXPECT_EQ(given(strange).words, strange);
    auto with_options = strange;
    with_options.insert(with_options.begin() + 3, "-t5");
    with_options.insert(with_options.begin() + 9, "--json");
    EXPECT_EQ(given(with_options).words, strange);
    for (const auto& word : strange) {
        EXPECT_EQ(given({"--timeout=5", word, "z"}).words, (Words{word, "z"})) << text::escape(word);
        EXPECT_EQ(given({word, "-v"}).words, (Words{word})) << text::escape(word);
    }
}

TEST(Parse, LeavesValuesUntouched) {
    for (const std::string word : {"[a,b]", "[]", "{}", "a b", "%%", "++", "\"q\"", "'q'",        "\\n", "\xff", "a\nb",
                                   "/n",    "=",  "=x", "-",   "-5", "-n", "-nt",   "--nonblock", "-x",  "!x",   "a,b"}) {
        EXPECT_EQ(given({"-o", word}).output, word);
        EXPECT_EQ(given({"--output", word, "-v"}).output, word);
        EXPECT_EQ(given({"--output=" + word}).output, word);
        EXPECT_EQ(given({"--each", word, "--each=" + word}).each, (Words{word, word}));
        if (word.front() != '=') {
            EXPECT_EQ(given({"-o" + word}).output, word);
        }
    }
}

TEST(Parse, TakesAnEmptyValue) {
    EXPECT_EQ(given({"-o", ""}).output, "");
    EXPECT_EQ(given({"-o", "", "-v", "x"}).output, "");
    EXPECT_EQ(given({"--output", "", "-v", "x"}).words, (Words{"x"}));
}

// The value is the empty text behind the sign, and never the next word.
TEST(Parse, TakesAnEmptyValueBehindTheEqualsSign) {
    EXPECT_EQ(given({"--output="}).output, "");
    const auto options = given({"--output=", "next"});
    EXPECT_EQ(options.output, "");
    EXPECT_EQ(options.words, (Words{"next"}));
    EXPECT_EQ(refusal({"--timeout=", "5"}).first, "--timeout: '' is not a duration such as 500ms, 1.5s, 2m, 1h or 1d");
}

TEST(Parse, TakesAnythingBehindTheEndOfOptionsAsOperands) {
    EXPECT_EQ(given({"--", "-n", "--", "--timeout=5", "-x", ""}).words, (Words{"-n", "--", "--timeout=5", "-x", ""}));
    EXPECT_EQ(given({"a", "-n", "--", "-t"}).words, (Words{"a", "-t"}));
    EXPECT_EQ(given({"--timeout=5", "a", "--", "-h"}).words, (Words{"a", "-h"}));
    EXPECT_TRUE(given({"--"}).words.empty());
    EXPECT_EQ(given({"--", "[a,b]"}).words, (Words{"[a,b]"}));
}

TEST(Parse, RefusesANegativeNumberAsAnOperandOrANumber) {
    EXPECT_EQ(refusal({"-5"}).first, "unknown option -5");
    EXPECT_EQ(refusal({"-p", "-5"}).first, "--priority: '-5' is not a whole number such as 10");
    EXPECT_EQ(refusal({"-p-5"}).first, "--priority: '-5' is not a whole number such as 10");
    EXPECT_EQ(given({"--", "-5"}).words, (Words{"-5"}));
}

TEST(Parse, RefusesAnUnknownOptionWithASuggestion) {
    EXPECT_EQ(refusal({"--tiemout", "5"}), std::pair(std::string{"unknown option --tiemout"}, std::string{"did you mean --timeout?"}));
    EXPECT_EQ(refusal({"--tiemout=5"}).second, "did you mean --timeout?");
    EXPECT_EQ(refusal({"--versoin"}).second, "did you mean --version?");
    EXPECT_EQ(refusal({"-x"}), std::pair(std::string{"unknown option -x"}, std::string{"-- ends the options, if it was meant as an operand"}));
    EXPECT_EQ(refusal({"--time", "5"}).first, "unknown option --time") << "nothing is abbreviated";
    EXPECT_EQ(refusal({"---"}).first, "unknown option ---");
    EXPECT_EQ(refusal({"--\x1b[31m"}).first, "unknown option --\\x1b[31m");
    EXPECT_EQ(refusal({"-nZ"}).first, "unknown option -Z");
    EXPECT_EQ(refusal({"-n5"}).first, "unknown option -5");
    EXPECT_EQ(refusal({"a", "-n", "--no-nonblock"}).first, "unknown option --no-nonblock");
    EXPECT_EQ(refusal({"--Timeout=5"}).first, "unknown option --Timeout=5");
    EXPECT_EQ(refusal({"-T5"}).first.substr(0, 17), "unknown option -T");
}

TEST(Parse, SaysWhichOptionLacksItsValue) {
    for (const Words& words : {Words{"-t"}, {"--timeout"}, {"a", "-nt"}, {"-t", "--"}, {"a", "--timeout", "--", "5"}})
        EXPECT_EQ(refusal(words).first, "--timeout needs a DURATION") << list(words);
    EXPECT_EQ(refusal({"--each"}).first, "--each needs a TEXT");
    EXPECT_EQ(refusal({"--each-other"}).first, "--each-other needs a TEXT");
    EXPECT_EQ(refusal({"-S"}).first, "--size needs a SIZE");
}

TEST(Parse, SaysWhichOptionTakesNoValue) {
    for (const char* word : {"--nonblock=false", "--nonblock=true", "--nonblock=1", "--nonblock=x"})
        EXPECT_EQ(refusal({word}).first, "--nonblock takes no value") << word;
    EXPECT_EQ(refusal({"--quiet=1"}).first, "--quiet takes no value");
}

TEST(Parse, SaysWhatIsWrongWithAValue) {
    EXPECT_EQ(refusal({"--timeout=soon"}).first, "--timeout: 'soon' is not a duration such as 500ms, 1.5s, 2m, 1h or 1d");
    EXPECT_EQ(refusal({"-p", "32768"}).first, "--priority: 32768 is not in the range 0 to 32767");
    EXPECT_EQ(refusal({"-S16E"}).first, "--size: 16E is over the largest size, 18446744073709551615 bytes");
}

TEST(Parse, AnswersHelpAndVersionAnywhereOnTheLine) {
    for (const Words& start : {Words{}, {"a"}, {"-n"}, {"--nonsense"}, {"-t", "bad"}, {"-t"}, {"--priority"}, {"-q"}}) {
        for (const auto& [word, answer] : std::vector<std::pair<std::string, std::string>>{
                 {"-h", "help=truefalsefalse"}, {"--help", "help=falsetruefalse"}, {"-V", "help=falsefalsetrue"}, {"--version", "help=falsefalsetrue"}}) {
            auto words = start;
            words.push_back(word);
            EXPECT_EQ(outcome(words), answer) << list(words);
            words.insert(words.begin(), "first");
            words.push_back("last");
            EXPECT_EQ(outcome(words), answer) << list(words);
        }
    }
}

// A verb that removes things must not run because the h of help stood beside another letter.
TEST(Parse, AnswersHelpAndVersionInABundle) {
    for (const char* word : {"-qh", "-vh", "-nh", "-hn", "-hq"}) EXPECT_EQ(outcome({"a", word}).substr(0, 9), "help=true") << word;
    for (const char* word : {"-qV", "-nV", "-Vn"}) EXPECT_EQ(outcome({"a", word}), "help=falsefalsetrue") << word;
}

TEST(Parse, DoesNotAnswerHelpBehindTheEndOfOptions) { EXPECT_EQ(given({"--", "-h", "--help"}).words, (Words{"-h", "--help"})); }

TEST(Parse, KnowsQuietAndVerbose) {
    for (const char* word : {"-q", "--quiet"}) EXPECT_NE(outcome({word}).find("quiet=true verbose=false"), std::string::npos);
    for (const char* word : {"-v", "--verbose"}) EXPECT_NE(outcome({word}).find("quiet=false verbose=true"), std::string::npos);
    EXPECT_NE(outcome({"-qv"}).find("quiet=true verbose=true"), std::string::npos);
}

TEST(Parse, GivesTheSameAnswersBothWaysForATableOfSpellings) {
    const std::vector<Words> table{{},
                                   {"a"},
                                   {"a", "b", "c"},
                                   {""},
                                   {"", ""},
                                   {"-"},
                                   {"-", "-"},
                                   {"-n"},
                                   {"--nonblock"},
                                   {"-q", "-n", "a"},
                                   {"-t", "5", "a", "-p", "3", "b"},
                                   {"a", "-t", "5"},
                                   {"-t", "1.5s", "-t", "2m"},
                                   {"-p", "1", "-p", "1"},
                                   {"--each", "x", "--each", "y", "--each-other", "z"},
                                   {"-o", "[a,b]"},
                                   {"-o", ""},
                                   {"-o", "-"},
                                   {"-o", "-n"},
                                   {"-o", "--nonblock", "-n"},
                                   {"-o", "--", "x"},
                                   {"[a,b]", "[c]"},
                                   {"--each", "[a,b]"},
                                   {"++"},
                                   {"a", "++", "b"},
                                   {"-S", "64K"},
                                   {"-S", "64k", "--size", "1kB"},
                                   {"-x"},
                                   {"--nonsense"},
                                   {"-5"},
                                   {"-t"},
                                   {"-t", "-5"},
                                   {"-p", "x"},
                                   {"--raw", "--framed", "--json", "--null"},
                                   {"-0", "-j"},
                                   {"-t", "--", "5"},
                                   {"a b", "c\nd", "\xff"},
                                   {"-o", "\xff", "\xfe"},
                                   {"=", "=a", "a="},
                                   {"-o", "="},
                                   {"-="},
                                   {"--="},
                                   {"-n", "--", "-n", "--"}};
    for (const auto& words : table) (void)outcome(words);
}

TEST(Parse, GivesTheSameAnswersBothWaysForRandomWords) {
    const Words pool{"-n", "--nonblock", "-q", "--quiet", "-t",    "--timeout", "5",  "1.5s",  "-p", "--priority", "3",  "32768", "-o", "--output", "--each",
                     "x",  "",           "-",  "a",       "[a,b]", "-0",        "-j", "--raw", "-S", "64K",        "-x", "--no",  "-5", "++",       "--"};
    std::mt19937 random{11};
    for (int round = 0; round < 3000; ++round) {
        Words words(random() % 6);
        for (auto& word : words) word = pool[random() % pool.size()];
        const auto one = usual(words);
        const auto other = by_cli11(words);
        // With two mistakes on a line either may be named.
        if (one.starts_with("usage: ") && other.starts_with("usage: ")) continue;
        ASSERT_EQ(one, other) << list(words);
    }
}

TEST(Parse, GivesTheWordsBehindTheDashesToACommand) {
    const auto run = [](const Words& words) {
        Declared spec{true};
        Argv argv{words};
        (void)cli::parse(spec, argv.pointers);
        return list(spec.given.words) + " " + list(spec.given.command);
    };
    EXPECT_EQ(run({"a", "--", "ls", "-l", "--", "-h"}), "<a> <ls><-l><--><-h>");
    EXPECT_EQ(run({"a"}), "<a> ");
    EXPECT_EQ(run({"-n", "--", ""}), " <>");
    EXPECT_THROW(run({"a", "--"}), cli::Usage);
}

struct Fixed {
    std::string first;
    Words rest;
};

struct DeclaredFixed : cli::Spec {
    Fixed given;
    explicit DeclaredFixed(bool with_rest) {
        cli::Form<Fixed> form{*this, given};
        form.operand("NAME", &Fixed::first, "the name");
        if (with_rest) form.operands("WORD", &Fixed::rest, 1, "the words");
    }
};

/// A verb whose command needs no --: NAME and options before it.
struct Leading : cli::Spec {
    struct Given : cli::WaitOptions {
        std::string name;
        std::string output;
        bool read = false;
        bool write = false;
        Words command;
    } given;
    Leading() {
        cli::Form<Given> form{*this, given};
        form.operand("NAME", &Given::name, "a name");
        form.leading_command(&Given::command, "what to run");
        form.option("-r,--read", &Given::read, "a flag");
        form.option("-w,--write", &Given::write, "a flag");
        form.option("-o,--output", &Given::output, "text");
        cli::wait_options(form);
    }
};

std::string leading(const Words& words) {
    Leading spec;
    Argv argv{words};
    try {
        const auto asked = cli::parse(spec, argv.pointers);
        return fmt::format("{} {} {} {}{} {}{}", spec.given.name, spec.given.output, spec.given.timeout ? spell(*spec.given.timeout) : "-", spec.given.read,
                           spec.given.write, list(spec.given.command), asked.short_help || asked.full_help ? " help" : "");
    } catch (const cli::Usage& wrong) {
        return std::string{"usage: "} + wrong.what();
    }
}

TEST(Parse, LetsALeadingCommandBeginBehindTheOperands) {
    EXPECT_EQ(leading({"a", "ls", "-l", "-t", "5", "--help"}), "a  - falsefalse <ls><-l><-t><5><--help>");
    EXPECT_EQ(leading({"-t", "5", "a", "ls", "-r"}), "a  5s falsefalse <ls><-r>");
    EXPECT_EQ(leading({"a", "-rwt", "5", "ls"}), "a  5s truetrue <ls>");
    EXPECT_EQ(leading({"-rt5", "a", "ls", "--", "x"}), "a  5s truefalse <ls><--><x>");
    EXPECT_EQ(leading({"--output", "ls", "--timeout=5", "a", "--", "-r"}), "a ls 5s falsefalse <-r>");
    EXPECT_EQ(leading({"-ols", "a", "-", "x"}), "a ls - falsefalse <-><x>");
    EXPECT_EQ(leading({"-h", "a", "ls"}), "  - falsefalse  help");
    EXPECT_EQ(leading({"a"}), "usage: COMMAND is missing: what to run");
    EXPECT_EQ(leading({"a", "--"}), "usage: no COMMAND behind --");
    EXPECT_EQ(leading({"--", "ls"}), "usage: NAME is missing: a name");
    EXPECT_EQ(leading({"-x", "a", "ls"}), "usage: unknown option -x");
}

TEST(Parse, CountsOperands) {
    const auto run = [](bool with_rest, const Words& words) -> std::string {
        DeclaredFixed spec{with_rest};
        Argv argv{words};
        try {
            (void)cli::parse(spec, argv.pointers);
            return spec.given.first + " " + list(spec.given.rest);
        } catch (const cli::Usage& wrong) {
            return wrong.what();
        }
    };
    EXPECT_EQ(run(false, {}), "NAME is missing: the name");
    EXPECT_EQ(run(false, {"a"}), "a ");
    EXPECT_EQ(run(false, {"a", "b\n"}), "'b\\x0a': one operand too many");
    EXPECT_EQ(run(true, {"a"}), "WORD is missing: the words");
    EXPECT_EQ(run(true, {"a", "b", "c"}), "a <b><c>");
    EXPECT_EQ(run(false, {""}), " ");
}

TEST(Parse, TakesAVeryLongArgument) {
    const std::string huge(128 * 1024, 'x');
    EXPECT_EQ(given({huge, "-o", huge, "--each=" + huge}).each, (Words{huge}));
    EXPECT_EQ(refusal({"--" + huge}).first.size(), std::string{"unknown option --"}.size() + huge.size());
}

}  // namespace
