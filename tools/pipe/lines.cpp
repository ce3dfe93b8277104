// SPDX-License-Identifier: MIT
#include "lines.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "sys/io.hpp"

namespace tools::pipe {

Line::Line(int terminal) : terminal_(::open(fmt::format("/proc/self/fd/{}", terminal).c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    while (line_ < most - 1 && !lock(line_, false)) ++line_;
    highest_ = line_;
}

Line::~Line() {
    unlock(line_);
    if (!shown_ || !lock(drawing, true)) return;
    bool last = true;
    for (int place = 0; place < most; ++place) last = last && !is_locked(place);
    if (last) (void)sys::write_all(terminal_.get(), std::string(static_cast<std::size_t>(highest_) + 1, '\n'));
    unlock(drawing);
}

long Line::offset(int place) const { return static_cast<long>(::getpgrp()) * (most + 1) + place; }

bool Line::lock(int place, bool wait) {
    struct flock range {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    range.l_start = offset(place);
    range.l_len = 1;
    return ::fcntl(terminal_.get(), wait ? F_OFD_SETLKW : F_OFD_SETLK, &range) == 0;
}

void Line::unlock(int place) {
    struct flock range {};
    range.l_type = F_UNLCK;
    range.l_whence = SEEK_SET;
    range.l_start = offset(place);
    range.l_len = 1;
    (void)::fcntl(terminal_.get(), F_OFD_SETLK, &range);
}

bool Line::is_locked(int place) const {
    struct flock range {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    range.l_start = offset(place);
    range.l_len = 1;
    return ::fcntl(terminal_.get(), F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

void Line::look_for_others() {
    for (int place = highest_ + 1; place < most && is_locked(place); ++place) highest_ = place;
}

void Line::show(std::string_view text) {
    if (!terminal_ || ::tcgetpgrp(terminal_.get()) != ::getpgrp()) return;
    winsize size{};
    const std::size_t width = ::ioctl(terminal_.get(), TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1U : 79U;
    if (!lock(drawing, true)) return;
    look_for_others();
    // Newlines make room where the screen ends; the way up is the same in any case.
    const auto down = std::string(static_cast<std::size_t>(line_), '\n');
    const auto up = line_ > 0 ? fmt::format("\x1b[{}A", line_) : std::string{};
    (void)sys::write_all(terminal_.get(), fmt::format("{}\r\x1b[K{}{}\r", down, text.substr(0, width), up));
    unlock(drawing);
    shown_ = true;
}

}  // namespace tools::pipe
