// SPDX-License-Identifier: MIT
// fifo serve: a run of a command for each reader, or for each request.
#include "server.hpp"
#include "verbs.hpp"

namespace tools::fifo {
namespace {

cli::Exit run(const ServeOptions& opt) {
    if (opt.command.empty()) throw cli::Usage("no COMMAND given", "fifo serve FIFO -- COMMAND");
    if (opt.timeout && opt.nonblock) throw cli::Usage("--timeout and --nonblock exclude each other");
    opt.check_ready();
    return opt.request ? serve_requests(opt) : serve_readers(opt);
}

void declare(cli::Form<ServeOptions>& form) {
    form.operand("FIFO", &ServeOptions::path, "where readers open, or callers call; made if it is not there");
    form.command(&ServeOptions::command, "its output is what the reader reads, or the reply");
    form.option("--request", &ServeOptions::request, "answer requests of fifo call: each is the input of a run");
    form.option("--jobs", &ServeOptions::jobs, "run this many commands at once (default: 1)");
    form.option("-N,--count", &ServeOptions::count, "end after this many runs");
    form.option("-m,--mode", &ServeOptions::mode, "permissions of the FIFO, exactly (default: 0600)");
    cli::ready_options(form);
    form.option("-t,--timeout", &ServeOptions::timeout, "a run may take this long: then SIGTERM, and status 124 for its caller");
    form.option("-n,--nonblock", &ServeOptions::nonblock, "serve who waits already, and end; status 1: nobody did");
    form.example("fifo serve now -- date", "cat now shows the time, each time");
    form.example("fifo serve sum --request -- sh -c 'expr $(cat)'", "fifo call sum '2 + 3' prints 5");
    form.example("fifo serve once -N 1 -m u=rw,g=r -- cat secret", "the first reader gets it, nobody else");
}

}  // namespace

const cli::Verb serve = cli::verb<ServeOptions, declare, run>("serve", "run a command for each reader, or each request");

}  // namespace tools::fifo
