// SPDX-License-Identifier: MIT
// mq stat: all that is known of one queue.
#include <fmt/format.h>

#include <csignal>
#include <cstring>

#include "cli/groups.hpp"
#include "cli/table.hpp"
#include "cli/talk.hpp"
#include "ipc/mq.hpp"
#include "sys/privilege.hpp"
#include "sys/proc.hpp"
#include "users.hpp"
#include "verbs.hpp"

#include <unistd.h>

namespace tools::mq {
namespace {

using cli::Kind;

constexpr cli::Column columns[] = {
    {"NAME", "name", Kind::name, "as it was named"},
    {"KIND", "kind", Kind::text, "posix or sysv"},
    {"ID", "id", Kind::number, "System V id"},
    {"KEY", "key", Kind::text, "System V key"},
    {"MODE", "mode", Kind::text, "permissions, octal"},
    {"OWNER", "owner", Kind::name, "user, or uid"},
    {"GROUP", "group", Kind::name, "group, or gid"},
    {"MESSAGES", "messages", Kind::number, "messages in it"},
    {"CAPACITY", "capacity", Kind::number, "POSIX: messages it can hold"},
    {"BYTES", "bytes", Kind::size, "bytes in it"},
    {"LIMIT", "byte_limit", Kind::size, "System V: bytes it can hold"},
    {"SIZE", "size", Kind::size, "the largest message it takes"},
    {"CHARGE", "charge", Kind::size, "POSIX: what it costs of RLIMIT_MSGQUEUE"},
    {"USED", "used", Kind::time, "POSIX: last send or receive"},
    {"SENT", "sent", Kind::time, "System V: last send"},
    {"SENDER", "last_sender", Kind::number, "System V: process that sent last"},
    {"RECEIVED", "received", Kind::time, "System V: last receive"},
    {"RECEIVER", "last_receiver", Kind::number, "System V: process that received last"},
    {"CHANGED", "changed", Kind::time, "System V: created, or set"},
    {"NOTIFY", "notify", Kind::text, "POSIX: who is told of the next message, and how"},
    {"HOLDERS", "holders", Kind::list, "POSIX: processes that have it open"},
    {"SENDERS", "senders", Kind::list, "threads blocked sending"},
    {"RECEIVERS", "receivers", Kind::list, "threads blocked receiving"},
};

struct Options : cli::ListOptions {
    ipc::MqName name;
};

/// 0 in the kernel's record means that it never happened.
template <class T>
cli::Value happened(const std::optional<T>& value) {
    return value && *value != 0 ? cli::Value{static_cast<std::int64_t>(*value)} : cli::Value{nullptr};
}

cli::Value notification(const ipc::MqInfo& queue) {
    if (!queue.notification) return nullptr;
    const auto& told = *queue.notification;
    const auto who = fmt::format("process {} ({})", told.pid, sys::Process{told.pid}.command());
    if (told.method == SIGEV_SIGNAL)
        return fmt::format("{} by signal {} ({})", who, told.signal, ::sigabbrev_np(told.signal) ? ::sigabbrev_np(told.signal) : "real-time");
    return fmt::format("{} {}", who, told.method == SIGEV_THREAD ? "by a thread of its own" : "in no way (SIGEV_NONE)");
}

cli::Exit run(const Options& opt) {
    auto info = ipc::Mq::open(opt.name, ipc::Mq::Access::look)->info();
    info.ipc_namespace = sys::Process{::getpid()}.namespace_inode("ipc").value_or(0);
    const auto usage = ipc::find_users({&info, 1});
    const auto& users = usage.of.front();

    cli::print_one(columns, opt,
                   {
                       opt.name.kind == ipc::Name::Kind::posix ? cli::Value{opt.name.posix} : cli::Value{opt.name.spelled()},
                       info.sysv ? "sysv" : "posix",
                       cli::known(info.id),
                       info.key ? cli::Value{fmt::format("{:#x}", *info.key)} : cli::Value{nullptr},
                       fmt::format("{:04o}", info.mode.value_or(0)),
                       info.uid ? cli::Value{sys::user_name(*info.uid)} : cli::Value{nullptr},
                       info.gid ? cli::Value{sys::group_name(*info.gid)} : cli::Value{nullptr},
                       cli::known(info.messages),
                       cli::known(info.capacity),
                       cli::known(info.bytes),
                       cli::known(info.byte_limit),
                       cli::known(info.size),
                       info.capacity && info.size ? cli::Value{static_cast<std::int64_t>(ipc::mq_charge(*info.capacity, *info.size))} : cli::Value{nullptr},
                       cli::known(info.used),
                       happened(info.sent),
                       happened(info.last_sender),
                       happened(info.received),
                       happened(info.last_receiver),
                       cli::known(info.changed),
                       notification(info),
                       info.sysv ? cli::Value{nullptr} : cli::Value{holder_cells(users.holders)},
                       waiter_cells(users.senders),
                       waiter_cells(users.receivers),
                   });
    cli::note_unreadable(usage.unreadable, usage.processes);
    return cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    form.operand("NAME", &Options::name, "the queue; PID:FD for one that a process has open");
    cli::list_options(form);
    form.columns(columns);
    form.example("mq stat /jobs", "everything, a line each");
    form.example("mq stat -j /jobs | jq .messages", "one fact");
    form.example("mq stat $worker:3", "a queue that a process has open");
}

}  // namespace

const cli::Verb stat = cli::verb<Options, declare, run>("stat", "show one queue in full");

}  // namespace tools::mq
