// SPDX-License-Identifier: MIT
// mq create: makes queues, with the mode exactly as given.
#include <fmt/format.h>

#include "cli/out.hpp"
#include "cli/talk.hpp"
#include "ipc/mq.hpp"
#include "shape.hpp"
#include "sys/error.hpp"
#include "sys/signals.hpp"
#include "text/mode.hpp"
#include "verbs.hpp"

#include <unistd.h>

namespace tools::mq {
namespace {

struct Options {
    std::vector<ipc::NewMqName> names;
    std::optional<Count> count;
    std::optional<MessageSize> size;
    std::optional<ByteLimit> byte_limit;
    std::optional<text::Mode> mode;
    bool exclusive = false;
};

/// Nobody could know the queue's id if it is not printed: then it is removed again, also when a signal ends us.
void create_and_print(const ipc::NewMqName& name, const ipc::Shape& shape, sys::Signals& signals) {
    ipc::Name made{.kind = ipc::Name::Kind::id};
    (void)ipc::Mq::create(name, shape, true, &made.id);
    const auto line = made.spelled() + "\n";
    int error = 0;
    auto wait = sys::Wait::done;
    try {
        wait = signals.run({}, error, [&] { return ::write(STDOUT_FILENO, line.data(), line.size()) < 0 ? errno : 0; });
    } catch (const sys::Error&) {
        ipc::Mq::remove(made);
        throw;
    }
    if (wait == sys::Wait::done && error == 0) return;
    ipc::Mq::remove(made);
    if (wait == sys::Wait::interrupted) sys::end_by(sys::Signals::taken());
    signals.release();
    throw cli::OutputError{error};
}

void create_named(const ipc::NewMqName& name, const ipc::Shape& shape, bool exclusive) {
    int id = -1;
    const auto found = ipc::Mq::create(name, shape, exclusive, &id);
    if (found == ipc::Mq::Found::existed) cli::note(fmt::format("{}: is there already, and fits", name.spelled()));
}

void create_one(const ipc::NewMqName& name, const ipc::Shape& shape, bool exclusive) {
    // More than one step: a signal waits, so that no queue is left half made.
    const bool steps = name.kind == ipc::Name::Kind::anonymous || shape.byte_limit;
    std::optional<sys::Signals> signals;
    if (steps) signals.emplace();
    if (name.kind == ipc::Name::Kind::anonymous) create_and_print(name, shape, *signals);
    if (name.kind != ipc::Name::Kind::anonymous) create_named(name, shape, exclusive);
    if (const int signal = steps ? signals->caught() : 0; signal != 0) sys::end_by(signal);
    if (steps) signals->release();
}

cli::Exit run(const Options& opt) {
    ipc::Shape shape;
    if (opt.count) shape.messages = opt.count->value;
    if (opt.size) shape.size = opt.size->bytes;
    if (opt.byte_limit) shape.byte_limit = opt.byte_limit->bytes;
    if (opt.mode) shape.mode = opt.mode->applied_to(text::Mode::private_bits);

    for (const auto& name : opt.names) create_one(name, shape, opt.exclusive);
    return cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    form.operands("NAME", &Options::names, 1, "/jobs, key:0x4d2, ftok:PATH:c, or private (its id is printed)");
    form.option("-N,--count", &Options::count, "POSIX: messages it can hold (default: fs.mqueue.msg_default)");
    form.option("-S,--size", &Options::size, "POSIX: largest message in bytes (default: fs.mqueue.msgsize_default)");
    form.option("--byte-limit", &Options::byte_limit, "System V: bytes it can hold (default: kernel.msgmnb)");
    form.option("-m,--mode", &Options::mode, "permissions, exactly (default: 0600, whatever the umask is)");
    form.option("-x,--exclusive", &Options::exclusive, "fail with status 6 if there is such a queue, even one that fits");
    form.example("mq create /jobs -N 10 -S 4K", "ten messages of up to 4096 bytes");
    form.example("id=$(mq create private)", "a System V queue that only its id names");
    form.example("mq create key:0x4d2 -m u=rw,g=r", "a System V queue that the group may read");
}

}  // namespace

const cli::Verb create = cli::verb<Options, declare, run>("create", "make queues");

}  // namespace tools::mq
