// SPDX-License-Identifier: MIT
// popen close: the end of a coprocess: its input ends, the rest of its output is printed, its status is ours.
#include <fmt/format.h>

#include "cli/talk.hpp"
#include "client.hpp"
#include "text/signal.hpp"
#include "verbs.hpp"

namespace tools::popen {
namespace {

struct Options : CallOptions {
    Name name;
    std::optional<text::Signal> signal;
};

cli::Exit run_verb(const Options& opt) {
    const auto deadline = opt.patience();
    Request request;
    request.act = Request::Act::close;
    request.nonblock = opt.nonblock;
    if (opt.signal) request.signal = opt.signal->number;
    const auto answer = call(opt.name, request, {}, {}, deadline);
    if (answer.result == Answer::Result::done) return static_cast<cli::Exit>(answer.status);
    if (!opt.nonblock)
        cli::complain(fmt::format("{}: still runs after {}; its input has ended, and its status is kept", opt.name.name, text::spell(*opt.timeout)));
    if (!opt.nonblock) cli::hint("--signal TERM or --signal KILL ends it");
    return opt.gave_up();
}

void declare(cli::Form<Options>& form) {
    form.operand("NAME", &Options::name, "the coprocess");
    form.option("--signal", &Options::signal, "send this as well, at once");
    cli::wait_options(form);
    form.example("popen close calc", "end of input; wait; its status");
    form.example("popen close -t 0.1 log || popen close --signal KILL log", "kill it if it does not end");
    form.example("popen close sorter > sorted", "the rest of its output");
}

}  // namespace

const cli::Verb close = cli::verb<Options, declare, run_verb>("close", "end a coprocess's input, and wait for its status");

}  // namespace tools::popen
