// SPDX-License-Identifier: MIT
// where: the pipe that is meant: a descriptor of ours, or one of another process.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "ipc/pipe.hpp"
#include "text/word.hpp"

namespace tools::pipe {

/// stdin, stdout, stderr, fd:N, or PID:FD.
struct Where {
    pid_t pid = 0;  ///< 0: our own
    int descriptor = -1;
    std::string spelled;
    static constexpr text::Word word{"PIPE"};
    static text::Parsed<Where> parse(std::string_view text);
};

/// A descriptor on that pipe: ours, or borrowed for as long as this lives.
class Access {
public:
    /// Throws Error: ESRCH, EBADF, EPERM, ENOSYS as ipc::borrow; EINVAL when it is no pipe.
    explicit Access(const Where& where);
    [[nodiscard]] int get() const { return borrowed_ ? borrowed_.get() : own_; }
    [[nodiscard]] const ipc::PipeIdentity& identity() const { return identity_; }

private:
    sys::Fd borrowed_;
    int own_ = -1;
    ipc::PipeIdentity identity_;
};

}  // namespace tools::pipe
