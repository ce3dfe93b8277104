// SPDX-License-Identifier: MIT
// sock stat: all that is known of sockets.
#include "cli/groups.hpp"
#include "cli/out.hpp"
#include "cli/table.hpp"
#include "cli/talk.hpp"
#include "ipc/sock_diag.hpp"
#include "seen.hpp"
#include "verbs.hpp"
#include "which.hpp"

namespace tools::sock {
namespace {

constexpr auto columns = socket_columns(true);

struct Options : cli::ListOptions {
    std::vector<Which> sockets;
};

cli::Exit run(const Options& opt) {
    const auto list = ipc::list_sockets(all_kinds);
    const auto users = ipc::find_socket_users();
    bool first = true;
    for (const auto& socket : chosen(list.sockets, opt.sockets)) {
        if (!first && !opt.json && !opt.null) cli::print("\n");
        first = false;
        cli::print_one(columns, opt, socket_cells(socket, users));
    }
    for (const auto& sentence : list.notes) cli::note(sentence);
    cli::note_unreadable(users.unreadable, users.processes);
    return cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    form.operands("SOCKET", &Options::sockets, 1, "an address at either end, PID:FD, fd:N, inode:N or cookie:N");
    cli::list_options(form);
    form.columns(columns);
    form.example("sock stat tcp://localhost:8080", "whatever has this address, both ends of it");
    form.example("sock stat $pid:5 -o STATE,RETRANS,SHUT", "how a connection of a process fares");
    form.example("sock stat -j unix:/tmp/service | jq .waiting", "clients that a server has not accepted yet");
}

}  // namespace

const cli::Verb stat = cli::verb<Options, declare, run>("stat", "show sockets in full");

}  // namespace tools::sock
