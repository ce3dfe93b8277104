// SPDX-License-Identifier: MIT
// popen signal: a signal to a coprocess and all it started.
#include <fmt/format.h>

#include "cli/talk.hpp"
#include "client.hpp"
#include "text/signal.hpp"
#include "verbs.hpp"

namespace tools::popen {
namespace {

struct Options {
    Name name;
    text::Signal signal;
};

cli::Exit run_verb(const Options& opt) {
    Request request;
    request.act = Request::Act::signal;
    request.signal = opt.signal.number;
    return told(opt.name, call(opt.name, request, {}, {}, sys::Deadline{}), {});
}

void declare(cli::Form<Options>& form) {
    form.operand("NAME", &Options::name, "the coprocess");
    form.operand("SIGNAL", &Options::signal, "such as INT, SIGTERM, 9 or RTMIN+1; 0 only asks whether it runs");
    form.example("popen signal calc INT", "interrupt a long computation");
    form.example("popen signal sh CONT", "continue a stopped one");
    form.example("popen signal calc 0 && echo alive", "ask");
}

}  // namespace

const cli::Verb signal = cli::verb<Options, declare, run_verb>("signal", "signal a coprocess's process group");

}  // namespace tools::popen
