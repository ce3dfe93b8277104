// SPDX-License-Identifier: MIT
// control: lines that come through a FIFO while a command runs, and change what it does.
#pragma once

#include <string>
#include <vector>

#include "sys/fd.hpp"

namespace tools::pipe {

class Control {
public:
    /// Opens it for both, so that it has no end when a writer goes. Throws Error, and Usage when it is no FIFO.
    explicit Control(const std::string& path);

    /// For poll(2).
    [[nodiscard]] int fd() const { return fifo_.get(); }
    /// The lines that have come since the last call, without their ends. Never waits.
    std::vector<std::string> lines();

private:
    sys::Fd fifo_;
    std::string begun_;  ///< a line whose end has not come
};

}  // namespace tools::pipe
