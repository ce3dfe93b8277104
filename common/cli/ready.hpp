// SPDX-License-Identifier: MIT
// ready: whom to tell that something is held or bound.
#pragma once

#include <optional>

#include "cli/verb.hpp"
#include "text/number.hpp"

namespace cli {

/// For verbs that hold or listen: who waits for that is told once it is so.
struct ReadyOptions {
    std::optional<text::Number<0, 1'000'000>> ready_fd;

    /// Call before anything is touched. Throws Usage when the descriptor is not open.
    void check_ready() const;
    /// Writes a newline to --ready-fd, and READY=1 to NOTIFY_SOCKET if that is set (sd_notify(3)).
    /// Throws Error when --ready-fd does not take it.
    void tell_ready() const;
};

template <class T>
void ready_options(Form<T>& form) {
    form.option("--ready-fd", &ReadyOptions::ready_fd, "write a newline to this descriptor when it is so");
}

}  // namespace cli
