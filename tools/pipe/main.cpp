// SPDX-License-Identifier: MIT
// pipe: anonymous pipes, joined, measured, buffered and looked into.
#include "cli/main.hpp"
#include "verbs.hpp"

int main(int argc, char** argv) {
    using namespace tools::pipe;
    return cli::main({"pipe",
                      "pipes between commands: joined, measured, buffered, looked into",
                      {&duplex, &status, &meter, &buffer, &tee, &sponge, &join, &ready, &ls, &stat, &size, &peek}},
                     argc, argv);
}
