// SPDX-License-Identifier: MIT
// mq mv: moves messages from one queue to another, of either kind.
#include <fmt/format.h>

#include <limits>

#include "cli/groups.hpp"
#include "cli/talk.hpp"
#include "label.hpp"
#include "sys/error.hpp"
#include "transfer.hpp"
#include "verbs.hpp"

namespace tools::mq {
namespace {

constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

struct Options : cli::WaitOptions, LabelOptions {
    ipc::MqName from;
    ipc::MqName to;
    std::optional<text::Number<1, no_end - 1>> count;
    std::optional<text::Path> rescue;
};

cli::Exit run(const Options& opt) {
    const auto deadline = opt.deadline();
    sys::Signals signals;
    const auto from = ipc::Mq::open(opt.from, ipc::Mq::Access::receive);
    const auto to = ipc::Mq::open(opt.to, ipc::Mq::Access::send);
    if (same_queue(*from, *to)) throw cli::Usage(fmt::format("{} and {} are the same queue", opt.from.spelled(), opt.to.spelled()));
    const auto forced = opt.label_for(*to);
    Rescue rescue{opt.rescue ? std::optional{opt.rescue->path} : std::nullopt};

    const auto label = [&](const ipc::Message& message) { return forced ? *forced : carried(from->sysv(), *to, message.label); };
    Transferred moved;
    try {
        moved = transfer(*from, *to, label, opt.count ? opt.count->value : no_end, deadline, signals, rescue);
    } catch (const sys::Error&) {
        rescue.tell();
        throw;
    }
    if (moved.end != sys::Wait::done) {
        cli::complain(fmt::format("{}: {} messages moved, then {} was full", opt.from.spelled(), moved.messages, opt.to.spelled()));
        rescue.tell();
    }
    if (moved.end == sys::Wait::interrupted) sys::end_by(sys::Signals::taken());
    if (moved.end == sys::Wait::gave_up) return opt.gave_up();
    return moved.messages == 0 ? cli::Exit::no : cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    form.operand("FROM", &Options::from, "queue to empty");
    form.operand("TO", &Options::to, "queue to fill");
    form.option("-N,--count", &Options::count, "at most this many messages (default: all that are there)");
    cli::wait_options(form);
    form.option("-p,--priority", &Options::priority, "to POSIX: give all messages this priority");
    form.option("--type", &Options::type, "to System V: give all messages this type");
    form.option("--rescue", &Options::rescue, "append a message that cannot be put back to this file");
    form.example("mq mv /old /new", "in order, with their priorities");
    form.example("mq mv /jobs $id", "priority P becomes type 32768 - P");
    form.example("mq mv -n -N 5 /jobs /later", "five, as long as there is room");
}

}  // namespace

const cli::Verb mv = cli::verb<Options, declare, run>("mv", "move messages to another queue");

}  // namespace tools::mq
