// SPDX-License-Identifier: MIT
// mq ls: the queues there are, who has them open and who waits in them.
#include "cli/groups.hpp"
#include "cli/table.hpp"
#include "cli/talk.hpp"
#include "ipc/mq.hpp"
#include "sys/privilege.hpp"
#include "users.hpp"
#include "verbs.hpp"

namespace tools::mq {
namespace {

using cli::Kind;

constexpr cli::Column columns[] = {
    {"NAME", "name", Kind::name, "/name (POSIX) or id:N (System V)"},
    {"KEY", "key", Kind::text, "key of a System V queue", false},
    {"MODE", "mode", Kind::text, "permissions, octal"},
    {"OWNER", "owner", Kind::name, "user, or uid"},
    {"MESSAGES", "messages", Kind::number, "messages in it"},
    {"CAPACITY", "capacity", Kind::number, "POSIX: messages it can hold"},
    {"BYTES", "bytes", Kind::size, "bytes in it"},
    {"LIMIT", "byte_limit", Kind::size, "System V: bytes it can hold", false},
    {"SIZE", "size", Kind::size, "POSIX: its largest message", false},
    {"HOLDERS", "holders", Kind::list, "POSIX: processes that have it open"},
    {"SENDERS", "senders", Kind::list, "threads blocked sending: it is full"},
    {"RECEIVERS", "receivers", Kind::list, "threads blocked receiving: it is empty"},
    {"USED", "used", Kind::time, "last send or receive", false},
    {"KIND", "kind", Kind::text, "posix or sysv", false},
    {"NAMESPACE", "namespace", Kind::number, "inode of its ipc namespace", false},
};

struct Options : cli::ListOptions {
    bool all_namespaces = false;
};

std::optional<std::int64_t> last_use(const ipc::MqInfo& queue) {
    if (!queue.sysv) return queue.used;
    const auto last = std::max(queue.sent.value_or(0), queue.received.value_or(0));
    return last == 0 ? std::nullopt : std::optional{last};
}

cli::List row(const ipc::MqInfo& queue, const ipc::MqUsers* users) {
    const auto people = [&](auto cells, const std::vector<ipc::MqUser> ipc::MqUsers::*who) {
        return users ? cli::Value{cells(users->*who)} : cli::Value{nullptr};
    };
    return {
        ipc::Name{queue.name}.kind == ipc::Name::Kind::posix ? cli::Value{queue.name.posix} : cli::Value{queue.name.spelled()},
        queue.key ? cli::Value{fmt::format("{:#x}", *queue.key)} : cli::Value{nullptr},
        queue.mode ? cli::Value{fmt::format("{:04o}", *queue.mode)} : cli::Value{nullptr},
        queue.uid ? cli::Value{sys::user_name(*queue.uid)} : cli::Value{nullptr},
        cli::known(queue.messages),
        cli::known(queue.capacity),
        cli::known(queue.bytes),
        cli::known(queue.byte_limit),
        cli::known(queue.sysv ? std::nullopt : queue.size),
        queue.sysv ? cli::Value{nullptr} : people(holder_cells, &ipc::MqUsers::holders),
        people(waiter_cells, &ipc::MqUsers::senders),
        people(waiter_cells, &ipc::MqUsers::receivers),
        cli::known(last_use(queue)),
        queue.sysv ? "sysv" : "posix",
        cli::known(std::optional{queue.ipc_namespace}),
    };
}

cli::Exit run(const Options& opt) {
    cli::Table table{columns, opt};
    const auto list = ipc::list_queues(opt.all_namespaces);
    const bool wants_users = table.wants("holders") || table.wants("senders") || table.wants("receivers");
    const auto usage = wants_users ? ipc::find_users(list.queues) : ipc::MqUsage{};

    for (std::size_t at = 0; at < list.queues.size(); ++at) table.add(row(list.queues[at], wants_users ? &usage.of[at] : nullptr));
    table.print();
    for (const auto& sentence : list.notes) cli::note(sentence);
    cli::note_unreadable(usage.unreadable, usage.processes);
    return cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    cli::list_options(form);
    form.option("--all-namespaces", &Options::all_namespaces, "also the queues of other ipc namespaces (containers)");
    form.columns(columns);
    form.example("mq ls", "all queues");
    form.example("mq ls -j | jq -r 'select(.messages > 0).name'", "those that hold messages");
    form.example("mq ls -o NAME,RECEIVERS", "who waits where");
}

}  // namespace

const cli::Verb ls = cli::verb<Options, declare, run>("ls", "list queues, with holders and waiters");

}  // namespace tools::mq
