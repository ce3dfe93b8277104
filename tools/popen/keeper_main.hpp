// SPDX-License-Identifier: MIT
// keeper_main: how a keeper is started: what it is told, and what it tells when the command runs.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace tools::popen {

/// What `popen start` hands to the keeper, as words behind keeper_word, and on the descriptors below.
struct KeeperSetup {
    std::string name;
    bool merge = false;
    bool pty = false;
    pid_t lives_with = 0;  ///< ends with this process; 0: on its own
    std::vector<std::string> command;

    static constexpr int listen_fd = 3;
    static constexpr int ready_fd = 4;
    static constexpr int directory_fd = 5;
    static constexpr int life_fd = 6;  ///< a pidfd, if lives_with

    [[nodiscard]] std::vector<std::string> words() const;
};

constexpr const char* keeper_word = "--keeper";
/// The keeper's main.
int keep(int argc, char** argv);

}  // namespace tools::popen
