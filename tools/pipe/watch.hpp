// SPDX-License-Identifier: MIT
// watch: how far a running process has got in the files it has open.
#pragma once

#include <optional>

#include "cli/exit.hpp"
#include "display.hpp"

namespace tools::pipe {

/// PID, or PID:FD for one of its descriptors.
struct Watched {
    pid_t pid = 0;
    std::optional<int> descriptor;
    static constexpr text::Word word{"PID[:FD]"};
    static text::Parsed<Watched> parse(std::string_view text);
};

/// Shows progress until the process ends or has closed the files. Throws Error when there is no such process or descriptor.
cli::Exit watch(const Watched& watched, const DisplayOptions& options);

}  // namespace tools::pipe
