// SPDX-License-Identifier: MIT
// mq create: makes queues, with the mode exactly as given.
#include <fmt/format.h>

#include "cli/out.hpp"
#include "cli/talk.hpp"
#include "ipc/mq.hpp"
#include "sys/error.hpp"
#include "text/mode.hpp"
#include "text/number.hpp"
#include "text/size.hpp"
#include "verbs.hpp"

namespace tools::mq {
namespace {

constexpr std::uint64_t most = 0x7fff'ffff'ffff'ffff;

struct Options {
    std::vector<ipc::NewMqName> names;
    std::optional<text::Number<1, most>> count;
    std::optional<text::Size> size;
    std::optional<text::Size> byte_limit;
    std::optional<text::Mode> mode;
    bool exclusive = false;
};

/// Made, printed if nobody could know its id otherwise, and removed again if that could not be printed.
void create_one(const ipc::NewMqName& name, const ipc::Shape& shape, bool exclusive) {
    int id = -1;
    const auto found = ipc::Mq::create(name, shape, exclusive, &id);
    if (name.kind != ipc::Name::Kind::anonymous) {
        if (found == ipc::Mq::Found::existed) cli::note(fmt::format("{}: is there already, and fits", name.spelled()));
        return;
    }
    ipc::Name made{.kind = ipc::Name::Kind::id};
    made.id = id;
    try {
        cli::print(made.spelled() + "\n");
        cli::flush();
    } catch (const cli::OutputError&) {
        ipc::Mq::remove(made);
        throw;
    }
}

cli::Exit run(const Options& opt) {
    ipc::Shape shape;
    if (opt.count) shape.messages = opt.count->value;
    if (opt.size) shape.size = opt.size->bytes;
    if (opt.byte_limit) shape.byte_limit = opt.byte_limit->bytes;
    if (opt.mode) shape.mode = opt.mode->applied_to(text::Mode::private_bits);
    if (shape.size.value_or(1) == 0 || shape.size.value_or(1) > most) throw cli::Usage(fmt::format("--size: {} is not in the range 1 to {}", *shape.size, most));

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
