// SPDX-License-Identifier: MIT
// popen write: lines to a coprocess; done when its input has taken them.
#include <fmt/format.h>

#include "client.hpp"
#include "verbs.hpp"

namespace tools::popen {
namespace {

struct Options : CallOptions {
    Name name;
    std::vector<std::string> lines;
    bool null = false;
};

cli::Exit run_verb(const Options& opt) {
    const auto deadline = opt.patience();
    Request request;
    request.act = Request::Act::write;
    request.separator = opt.null ? '\0' : '\n';
    request.nonblock = opt.nonblock;
    return told(opt.name, call(opt.name, request, {}, {opt.lines, opt.lines.empty()}, deadline), opt);
}

void declare(cli::Form<Options>& form) {
    form.operand("NAME", &Options::name, "the coprocess");
    form.operands("LINE", &Options::lines, 0, "what to write, a newline behind each; none: standard input as it is");
    form.option("-0,--null", &Options::null, "a NUL behind each LINE");
    cli::wait_options(form);
    form.example("popen write sorter pear apple", "two lines");
    form.example("popen write calc 'scale=3'", "for what has no reply");
    form.example("seq 3 | popen write -t 5s sorter", "standard input, and a time limit");
}

}  // namespace

const cli::Verb write = cli::verb<Options, declare, run_verb>("write", "give a coprocess lines, and expect no reply");

}  // namespace tools::popen
