// SPDX-License-Identifier: MIT
// fifo: named pipes that do not hang, lose or leave anything behind.
#include "cli/main.hpp"
#include "verbs.hpp"

int main(int argc, char** argv) {
    namespace verb = tools::fifo;  // read and write are functions of unistd.h, too
    return cli::main(
        {"fifo",
         "named pipes with deadlines, whole records, requests and replies",
         {&verb::create, &verb::rm, &verb::ls, &verb::stat, &verb::with, &verb::read, &verb::write, &verb::hold, &verb::serve, &verb::call, &verb::tee}},
        argc, argv);
}
