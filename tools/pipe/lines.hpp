// SPDX-License-Identifier: MIT
// lines: a line on the terminal for each meter of a pipeline, although they know nothing of one another.
#pragma once

#include <string>
#include <string_view>

#include "sys/fd.hpp"

namespace tools::pipe {

/// Claims the first line that no other meter of our process group has: by a lock on the terminal, at an offset that stands for
/// group and line (F_OFD_SETLK, fcntl(2)), so that it is free again whatever ends us. The cursor rests on the first line.
class Line {
public:
    /// terminal: a descriptor of it, opened once more for locks of our own.
    explicit Line(int terminal);
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;
    /// The last of the group moves the cursor below all of them.
    ~Line();

    /// Replaces the line; cut at the terminal's width. Nothing while another process group is in the foreground.
    void show(std::string_view text);

private:
    static constexpr int most = 63;     ///< lines of a group
    static constexpr int drawing = 63;  ///< the place of the lock that is held while drawing

    bool lock(int place, bool wait);
    void unlock(int place);
    [[nodiscard]] bool is_locked(int place) const;
    [[nodiscard]] long offset(int place) const;
    void look_for_others();

    sys::Fd terminal_;
    int line_ = 0;
    int highest_ = 0;  ///< of all that were seen
    bool shown_ = false;
};

}  // namespace tools::pipe
