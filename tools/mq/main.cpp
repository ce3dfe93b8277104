// SPDX-License-Identifier: MIT
// mq: message queues from the shell, POSIX and System V.
#include "cli/main.hpp"
#include "verbs.hpp"

int main(int argc, char** argv) {
    using namespace tools::mq;
    return cli::main({"mq", "message queues from the shell, POSIX and System V", {&create, &rm, &ls, &stat, &set, &send, &recv, &peek, &wait, &mv, &limits}},
                     argc, argv);
}
