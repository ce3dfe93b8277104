// SPDX-License-Identifier: MIT
// exit: the statuses of every tool, in one table.
#pragma once

#include <exception>
#include <span>
#include <string>

namespace cli {

enum class Exit : int {
    ok = 0,
    no = 1,
    usage = 2,
    refused = 3,
    missing = 4,
    denied = 5,
    exists = 6,
    lost = 7,
    gone = 8,
    unsupported = 9,
    gave_up = 124,
    own_trouble = 125,
    cannot_run = 126,
    not_found = 127,
};

struct ExitRow {
    Exit status;
    const char* meaning;
    bool with_command;  ///< only of verbs that run a command
};

/// All of them, in order; help, the manual's check and the specification read this.
std::span<const ExitRow> exit_table();

/// The status of a run that ended with this errno.
Exit exit_for(int error);

/// The status when a command could not be started for this errno: 127 (not found), 126 (cannot be run), or 125 where it is
/// no fault of the command (no process, memory or descriptor to be had, too many words).
Exit exit_for_start(int error);

/// A command line that cannot be carried out as it is written; nothing was touched.
class Usage : public std::exception {
public:
    explicit Usage(std::string what, std::string hint = {});
    [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }
    [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

private:
    std::string what_;
    std::string hint_;
};

}  // namespace cli
