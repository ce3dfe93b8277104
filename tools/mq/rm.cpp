// SPDX-License-Identifier: MIT
// mq rm: removes queues; goes on after one that cannot be removed.
#include <fmt/format.h>

#include "cli/out.hpp"
#include "cli/talk.hpp"
#include "ipc/mq.hpp"
#include "sys/error.hpp"
#include "verbs.hpp"

namespace tools::mq {
namespace {

struct Options {
    std::vector<ipc::MqName> names;
    bool force = false;
    bool dry_run = false;
};

cli::Exit run(const Options& opt) {
    for (const auto& name : opt.names) {
        if (name.kind == ipc::Name::Kind::descriptor)
            throw cli::Usage(fmt::format("NAME: {}: has no name to remove; it goes when the last process closes it", name.spelled()));
    }
    auto worst = cli::Exit::ok;
    for (const auto& name : opt.names) {
        try {
            if (opt.dry_run) {
                (void)ipc::Mq::open(name, ipc::Mq::Access::look);
                cli::print(name.spelled() + "\n");
            } else {
                ipc::Mq::remove(name);
            }
        } catch (const sys::Error& failure) {
            if (failure.number() == ENOENT && opt.force) continue;
            cli::complain(failure.what());
            if (!failure.hint().empty()) cli::hint(failure.hint());
            if (worst == cli::Exit::ok) worst = cli::exit_for(failure.number());
        }
    }
    return worst;
}

void declare(cli::Form<Options>& form) {
    form.operands("NAME", &Options::names, 1, "queues to remove; messages in them are lost");
    form.option("-f,--force", &Options::force, "a queue that is not there is no error");
    form.option("--dry-run", &Options::dry_run, "print what would be removed, remove nothing");
    form.example("mq rm /jobs", "remove one; who has it open may use it on");
    form.example("mq rm -f /jobs /done", "none of them need be there");
    form.example("mq rm $id key:0x4d2", "System V queues");
}

}  // namespace

const cli::Verb rm = cli::verb<Options, declare, run>("rm", "remove queues");

}  // namespace tools::mq
