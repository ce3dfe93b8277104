// SPDX-License-Identifier: MIT
// popen: a command as a stream, once or kept under a name.
#include <string_view>

#include "cli/main.hpp"
#include "keeper_main.hpp"
#include "running.hpp"
#include "verbs.hpp"

int main(int argc, char** argv) {
    namespace verbs = tools::popen;  // read, write and close are also the system's
    const std::string_view word = argc > 1 ? argv[1] : "";
    if (word == verbs::become_word) return verbs::become(argc, argv);
    if (word == verbs::keeper_word) return verbs::keep(argc, argv);
    return cli::main({"popen",
                      "a command as a stream, once or kept under a name",
                      {&verbs::run, &verbs::start, &verbs::ask, &verbs::write, &verbs::read, &verbs::close, &verbs::signal, &verbs::ls, &verbs::stat}},
                     argc, argv);
}
