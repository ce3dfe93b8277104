// SPDX-License-Identifier: MIT
// sock: sockets from the shell.
#include "cli/main.hpp"
#include "habits.hpp"
#include "verbs.hpp"

int main(int argc, char** argv) {
    using namespace tools::sock;
    return cli::main({"sock",
                      "sockets: connect, listen, relay, look",
                      {&connect, &listen, &pair, &relay, &wait, &send, &recv, &call, &send_fd, &recv_fd, &peer, &raw, &ls, &stat, &kill},
                      &meant},
                     argc, argv);
}
