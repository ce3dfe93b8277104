// SPDX-License-Identifier: MIT
#include "sys/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "sys/error.hpp"

namespace sys {

Pty Pty::open(const Shape& shape) {
    Pty pty;
    pty.master = Fd{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    std::array<char, 64> name{};
    if (!pty.master || ::unlockpt(pty.master.get()) < 0 || ::ptsname_r(pty.master.get(), name.data(), name.size()) != 0) {
        throw Error(errno, "cannot create a pseudo terminal", errno == ENOSPC ? "kernel.pty.max bounds them: sysctl kernel.pty" : "");
    }
    pty.path = name.data();
    // By the master, not by path: /dev/pts may be another instance's (ioctl_tty(2)).
    pty.slave = Fd{::ioctl(pty.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)};
    if (!pty.slave) pty.slave = sys::open(pty.path.c_str(), O_RDWR);
    termios settings{};
    if (::tcgetattr(pty.slave.get(), &settings) < 0) throw Error(errno, "cannot ask a pseudo terminal");
    if (!shape.echo) settings.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL | ECHOCTL);
    if (!shape.carriage) settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
    settings.c_iflag |= IUTF8;
    if (::tcsetattr(pty.slave.get(), TCSANOW, &settings) < 0) throw Error(errno, "cannot set up a pseudo terminal");
    set_window_size(pty.master.get(), shape.size);
    return pty;
}

std::optional<char> end_of_input(int fd) {
    termios settings{};
    if (::tcgetattr(fd, &settings) < 0 || (settings.c_lflag & ICANON) == 0) return std::nullopt;
    return static_cast<char>(settings.c_cc[VEOF]);
}

std::optional<char> suspend_character(int fd) {
    termios settings{};
    if (::tcgetattr(fd, &settings) < 0 || (settings.c_lflag & ISIG) == 0 || settings.c_cc[VSUSP] == _POSIX_VDISABLE) return std::nullopt;
    return static_cast<char>(settings.c_cc[VSUSP]);
}

bool input_pending(int master) {
    const Fd slave{::ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)};
    pollfd entry{slave.get(), POLLIN, 0};
    // poll(2) also moves on what the kernel has not handed to the other side yet.
    return slave && ::poll(&entry, 1, 0) == 1 && (entry.revents & POLLIN) != 0;
}

std::optional<winsize> window_size(int fd) {
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) < 0) return std::nullopt;
    return size;
}

void set_window_size(int fd, const winsize& size) { (void)::ioctl(fd, TIOCSWINSZ, &size); }

bool in_foreground(int fd) { return ::tcgetpgrp(fd) == ::getpgrp(); }

bool in_background(int fd) {
    const pid_t group = ::tcgetpgrp(fd);
    return group > 0 && group != ::getpgrp();
}

void give_foreground(int fd, pid_t group) { (void)::tcsetpgrp(fd, group); }

bool RawMode::enter() {
    if (saved_) return true;
    termios settings{};
    if (!in_foreground(fd_) || ::tcgetattr(fd_, &settings) < 0) return false;
    saved_ = settings;
    ::cfmakeraw(&settings);
    (void)::tcsetattr(fd_, TCSADRAIN, &settings);
    return true;
}

void RawMode::leave() {
    if (!saved_) return;
    // What was typed and not read stays for the next reader: not TCSAFLUSH.
    while (::tcsetattr(fd_, TCSADRAIN, &*saved_) < 0 && errno == EINTR) {}
    saved_.reset();
}

}  // namespace sys
