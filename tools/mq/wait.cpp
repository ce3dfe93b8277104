// SPDX-License-Identifier: MIT
// mq wait: returns when a message, or room, is there; takes nothing.
#include <fmt/format.h>

#include "cli/groups.hpp"
#include "ipc/mq.hpp"
#include "sys/error.hpp"
#include "verbs.hpp"

namespace tools::mq {
namespace {

struct Options : cli::WaitOptions {
    ipc::MqName name;
    bool room = false;
};

cli::Exit run(const Options& opt) {
    const auto deadline = opt.deadline();
    const auto queue = ipc::Mq::open(opt.name, opt.room ? ipc::Mq::Access::send : ipc::Mq::Access::receive);
    if (opt.room && queue->sysv()) {
        throw sys::Error(EOPNOTSUPP, fmt::format("{}: a System V queue does not tell when there is room", queue->name()),
                         "mq send -t waits for room, and sends");
    }
    sys::Signals signals;
    const auto wait = opt.room ? queue->wait_room(deadline, signals) : queue->wait_message({}, deadline, signals);
    if (wait == sys::Wait::interrupted) sys::end_by(sys::Signals::taken());
    return wait == sys::Wait::done ? cli::Exit::ok : opt.gave_up();
}

void declare(cli::Form<Options>& form) {
    form.operand("NAME", &Options::name, "queue to watch");
    form.option("--room", &Options::room, "until there is room for a message (POSIX)");
    cli::wait_options(form);
    form.example("mq wait /jobs && mq recv -n /jobs", "somebody else may be faster");
    form.example("mq wait -t 500ms /jobs || echo nothing", "give up after half a second");
    form.example("mq wait -n /jobs", "ask: is a message there?");
}

}  // namespace

const cli::Verb wait = cli::verb<Options, declare, run>("wait", "wait for a message or for room, taking nothing");

}  // namespace tools::mq
