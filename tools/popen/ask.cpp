// SPDX-License-Identifier: MIT
// popen ask: a line in, the reply out; callers are served one after the other, so that no reply is another's.
#include "client.hpp"
#include "verbs.hpp"

namespace tools::popen {
namespace {

struct Options : ReplyOptions {
    Name name;
    std::vector<std::string> lines_given;
};

cli::Exit run_verb(const Options& opt) {
    const auto deadline = opt.patience();
    std::string marker;
    const auto request = reply_request(Request::Act::ask, opt, marker);
    return told(opt.name, call(opt.name, request, marker, {opt.lines_given, opt.lines_given.empty()}, deadline), opt);
}

void declare(cli::Form<Options>& form) {
    form.operand("NAME", &Options::name, "the coprocess");
    form.operands("LINE", &Options::lines_given, 0, "what to ask; none: standard input as it is");
    reply_options(form);
    form.example("popen ask calc '2^64'", "a line in, a line out");
    form.example("popen ask calc --lines 2 '1+1' '2+2'", "two questions, two lines");
    form.example("popen ask sh -t 5s --until END ls 'echo END'", "up to a line that says END");
}

}  // namespace

const cli::Verb ask = cli::verb<Options, declare, run_verb>("ask", "give a coprocess a line, and print its reply");

}  // namespace tools::popen
