// SPDX-License-Identifier: MIT
// mq set: changes a queue's mode, owner and size.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <limits>

#include "cli/talk.hpp"
#include "ipc/mq.hpp"
#include "shape.hpp"
#include "sys/error.hpp"
#include "sys/privilege.hpp"
#include "text/escape.hpp"
#include "text/mode.hpp"
#include "transfer.hpp"
#include "verbs.hpp"

namespace tools::mq {
namespace {

struct Options {
    ipc::MqName name;
    std::optional<text::Mode> mode;
    std::optional<std::string> owner;
    std::optional<std::string> group;
    std::optional<ByteLimit> byte_limit;
    std::optional<Count> count;
    std::optional<MessageSize> size;
    bool force = false;
};

ipc::Mq::Change change_of(const Options& opt, const ipc::MqInfo& now) {
    ipc::Mq::Change change;
    if (opt.mode) change.mode = opt.mode->applied_to(*now.mode);
    if (opt.byte_limit) change.byte_limit = opt.byte_limit->bytes;
    if (opt.owner) {
        change.uid = sys::user_id(*opt.owner);
        if (!change.uid) throw cli::Usage(fmt::format("--owner: no user '{}' in /etc/passwd", text::escape(*opt.owner)));
    }
    if (opt.group) {
        change.gid = sys::group_id(*opt.group);
        if (!change.gid) throw cli::Usage(fmt::format("--group: no group '{}' in /etc/group", text::escape(*opt.group)));
    }
    return change;
}

/// A name that nobody can have guessed, near the queue's own.
ipc::Name beside(const ipc::Name& name) {
    std::uint64_t chance = 0;
    if (::getrandom(&chance, sizeof chance, 0) != sizeof chance) throw sys::Error(errno, "cannot get a random number");
    ipc::Name other;
    other.posix = fmt::format("{}.{:016x}", name.posix.substr(0, 200), chance);
    return other;
}

/// A POSIX queue cannot change its size: a new one takes its messages and then its name. Step by step, so that at every
/// moment each message is in a queue that has a name.
void recreate(const Options& opt, const ipc::MqInfo& now) {
    const auto users = ipc::find_users({&now, 1});
    if (!users.of.front().holders.empty() && !opt.force) {
        const auto& holder = users.of.front().holders.front();
        throw sys::Error(
            EBUSY, fmt::format("{}: process {} ({}) has it open and would keep the old queue", opt.name.spelled(), holder.pid, text::escape(holder.command)),
            "--force re-creates it all the same");
    }
    ipc::Shape shape{opt.count ? opt.count->value : *now.capacity, opt.size ? opt.size->bytes : *now.size, std::nullopt, *now.mode};
    if (*shape.messages < *now.messages) {
        throw sys::Error(ENOSPC, fmt::format("{}: holds {} messages, which {} places cannot take", opt.name.spelled(), *now.messages, *shape.messages));
    }
    sys::Signals signals;
    Rescue rescue{std::nullopt};
    std::size_t largest = 0;
    const auto keep_label = [&](const ipc::Message& message) {
        largest = std::max(largest, message.bytes.size());
        return message.label;
    };
    constexpr auto all = std::numeric_limits<std::uint64_t>::max();
    const auto at_once = sys::Deadline::after({});

    const auto aside = beside(opt.name);
    // It takes every message, also one that will turn out to be too large: then all go back, in their order.
    auto roomy = shape;
    roomy.size = std::max(*shape.size, *now.size);
    try {
        (void)ipc::Mq::create(aside, roomy, true, nullptr);
    } catch (const sys::Error& failure) {
        throw sys::Error(failure.number(), fmt::format("{}: a second queue, to take its messages, cannot be made", opt.name.spelled()), failure.hint());
    }
    cli::note(fmt::format("messages pass through {}; should this end early, they are there", aside.spelled()));
    const auto old = ipc::Mq::open(opt.name, ipc::Mq::Access::receive);
    const auto middle = ipc::Mq::open(aside, ipc::Mq::Access::both);
    try {
        const auto moved = transfer(*old, *middle, keep_label, all, at_once, signals, rescue);
        if (moved.end != sys::Wait::done || signals.caught() != 0 || old->info().messages != 0)
            throw sys::Error(EBUSY, fmt::format("{}: its messages did not fit; other senders are at work", opt.name.spelled()));
        if (largest > *shape.size)
            throw sys::Error(EMSGSIZE, fmt::format("{}: holds a message of {} bytes, more than {}", opt.name.spelled(), largest, *shape.size));
    } catch (const sys::Error&) {
        (void)transfer(*middle, *ipc::Mq::open(opt.name, ipc::Mq::Access::send), keep_label, all, at_once, signals, rescue);
        if (middle->info().messages == 0) ipc::Mq::remove(aside);
        throw;
    }
    try {
        ipc::Mq::remove(opt.name);
        // What was sent between the last look and the removal is in the old queue still, which we have open.
        (void)transfer(*old, *middle, keep_label, all, at_once, signals, rescue);
        if (old->info().messages != 0) throw sys::Error(EBUSY, fmt::format("{}: other senders filled it while it was re-created", opt.name.spelled()));
        (void)ipc::Mq::create(opt.name, shape, true, nullptr);
        const auto fresh = ipc::Mq::open(opt.name, ipc::Mq::Access::both);
        const bool foreign = *now.uid != *fresh->info().uid || *now.gid != *fresh->info().gid;
        if (foreign) fresh->change({.mode = {}, .uid = now.uid, .gid = now.gid, .byte_limit = {}});
        // A signal waits until the messages are home.
        for (auto moved = Transferred{.messages = 1}; moved.messages > 0;) moved = transfer(*middle, *fresh, keep_label, all, at_once, signals, rescue);
        if (middle->info().messages != 0) throw sys::Error(EBUSY, fmt::format("{}: other senders filled it", opt.name.spelled()));
    } catch (const sys::Error&) {
        cli::complain(fmt::format("{}: its messages are in {}", opt.name.spelled(), aside.spelled()));
        throw;
    }
    ipc::Mq::remove(aside);
    if (const int signal = signals.caught(); signal != 0) sys::end_by(signal);
}

cli::Exit run(const Options& opt) {
    const bool reshape = opt.count || opt.size;
    if (!reshape && !opt.mode && !opt.owner && !opt.group && !opt.byte_limit) throw cli::Usage("nothing to set");
    const auto queue = ipc::Mq::open(opt.name, ipc::Mq::Access::look);
    const auto now = queue->info();
    if (reshape && queue->sysv())
        throw sys::Error(EOPNOTSUPP, fmt::format("{}: a System V queue is limited in bytes, not by --count or --size", queue->name()), "--byte-limit sets it");
    if (reshape && opt.name.kind != ipc::Name::Kind::posix) throw cli::Usage(fmt::format("{}: only a queue with a name can be re-created", queue->name()));
    const auto change = change_of(opt, now);
    if (reshape) recreate(opt, now);
    if (change.mode || change.uid || change.gid || change.byte_limit) ipc::Mq::open(opt.name, ipc::Mq::Access::look)->change(change);
    return cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    form.operand("NAME", &Options::name, "queue to change");
    form.option("-m,--mode", &Options::mode, "permissions; symbolic ones change those there are");
    form.option("--owner", &Options::owner, "user name or uid (needs privilege)");
    form.option("--group", &Options::group, "group name or gid");
    form.option("--byte-limit", &Options::byte_limit, "System V: bytes it can hold");
    form.option("-N,--count", &Options::count, "POSIX: messages it can hold; re-creates it, keeping its messages");
    form.option("-S,--size", &Options::size, "POSIX: largest message; re-creates it, keeping its messages");
    form.option("-f,--force", &Options::force, "re-create it although processes have it open");
    form.example("mq set /jobs -m g+rw", "let the group in");
    form.example("mq set $id --byte-limit 8K", "less room, System V");
    form.example("mq set -q /jobs -N 10", "more room, POSIX");
}

}  // namespace

const cli::Verb set = cli::verb<Options, declare, run>("set", "change mode, owner or size");

}  // namespace tools::mq
