// SPDX-License-Identifier: MIT
// popen: a command as a stream, once or kept under a name.
#include <string_view>

#include "cli/main.hpp"
#include "running.hpp"
#include "verbs.hpp"

int main(int argc, char** argv) {
    using namespace tools::popen;
    if (argc > 1 && std::string_view{argv[1]} == become_word) return become(argc, argv);
    return cli::main({"popen", "a command as a stream, once or kept under a name", {&run}}, argc, argv);
}
