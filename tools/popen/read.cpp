// SPDX-License-Identifier: MIT
// popen read: what a coprocess said without being asked, or goes on to say.
#include "client.hpp"
#include "verbs.hpp"

namespace tools::popen {
namespace {

struct Options : ReplyOptions {
    Name name;
    bool all = false;
};

cli::Exit run_verb(const Options& opt) {
    const auto deadline = opt.patience();
    std::string marker;
    auto request = reply_request(Request::Act::read, opt, marker);
    if (opt.all) {
        if (opt.lines || opt.until || opt.prompt || opt.quiet || opt.idle) throw cli::Usage("--all excludes the other ends of a reply");
        request.until = Request::Until::end;
    }
    return told(opt.name, call(opt.name, request, marker, {}, deadline), opt);
}

void declare(cli::Form<Options>& form) {
    form.operand("NAME", &Options::name, "the coprocess");
    form.option("--all", &Options::all, "until its output ends; with -n: what is there");
    reply_options(form);
    form.example("popen read login --prompt 'Password: '", "up to a prompt");
    form.example("popen read -n --all py", "what is there now");
    form.example("popen read log --lines 2 -t 5s", "two lines, within five seconds");
}

}  // namespace

const cli::Verb read = cli::verb<Options, declare, run_verb>("read", "print what a coprocess has said");

}  // namespace tools::popen
