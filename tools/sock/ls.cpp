// SPDX-License-Identifier: MIT
// sock ls: every socket, with its queues, who has it open, and who has its other end.
#include <algorithm>

#include "cli/groups.hpp"
#include "cli/table.hpp"
#include "cli/talk.hpp"
#include "filter.hpp"
#include "ipc/sock_diag.hpp"
#include "seen.hpp"
#include "verbs.hpp"
#include "which.hpp"

namespace tools::sock {
namespace {

constexpr auto columns = socket_columns(false);

struct Options : cli::ListOptions, FilterOptions {
    std::vector<Which> sockets;
};

cli::Exit run(const Options& opt) {
    cli::Table table{columns, opt};
    auto list = ipc::list_sockets(all_kinds);
    if (!opt.sockets.empty()) list.sockets = chosen(list.sockets, opt.sockets);
    static constexpr const char* by_process[] = {"process", "other", "holders", "others", "waiting"};
    const bool wants_users = !opt.processes.empty() || std::ranges::any_of(by_process, [&](const char* key) { return table.wants(key); });
    const auto users = wants_users ? ipc::find_socket_users() : ipc::SocketUsers{};
    for (const auto& socket : list.sockets) {
        if (opt.lets_through(socket, users)) table.add(socket_cells(socket, users));
    }
    table.print();
    for (const auto& sentence : list.notes) cli::note(sentence);
    cli::note_unreadable(users.unreadable, users.processes);
    return cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    form.operands("SOCKET", &Options::sockets, 0, "only these: an address, PID:FD, fd:N, inode:N or cookie:N");
    filter_options(form);
    cli::list_options(form);
    form.columns(columns);
    form.example("sock ls --listening --protocol inet", "who accepts connections, and where");
    form.example("sock ls --port 8080 -o +TIMER,RTT", "both ends of what uses a port");
    form.example("sock ls -j | jq -r 'select(.receive_queue > 0).process'", "who does not read what has come");
}

}  // namespace

const cli::Verb ls = cli::verb<Options, declare, run>("ls", "list sockets, their queues, and who has each end");

}  // namespace tools::sock
