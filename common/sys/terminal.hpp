// SPDX-License-Identifier: MIT
// terminal: pseudo terminals, and the settings of the terminal we run in, put back whatever happens.
#pragma once

#include <sys/ioctl.h>
#include <sys/types.h>
#include <termios.h>

#include <optional>
#include <string>

#include "sys/fd.hpp"

namespace sys {

/// A pseudo terminal: what is written to its path is read from the master, and the other way round. pty(7)
struct Pty {
    Fd master;
    Fd slave;          ///< held until the command has its own: without any the master would read EIO
    std::string path;  ///< for Spawn::terminal

    struct Shape {
        winsize size{24, 80, 0, 0};
        bool echo = true;      ///< input comes back as output
        bool carriage = true;  ///< newlines come out as carriage return and newline
    };
    /// Throws Error (ENOSPC: kernel.pty.max is reached).
    static Pty open(const Shape& shape);
};

/// The character that ends the input of a terminal in canonical mode, at the start of a line; nothing: it is not in that mode.
std::optional<char> end_of_input(int fd);
/// The character that asks for a stop (^Z), if the terminal acts on it.
std::optional<char> suspend_character(int fd);

/// Whether input written to the master is still to be read on the other side.
bool input_pending(int master);

/// Nothing when it is no terminal.
std::optional<winsize> window_size(int fd);
void set_window_size(int fd, const winsize& size);

/// Whether it is our controlling terminal and we are in its foreground process group.
bool in_foreground(int fd);
/// Whether it is our controlling terminal and another group is in its foreground: reading it would stop us.
bool in_background(int fd);
/// Makes a group the foreground group (tcsetpgrp(3)); SIGTTOU must be held back.
void give_foreground(int fd, pid_t group);

/// A terminal in raw mode (cfmakeraw(3)) between enter() and leave(), or to the end of this object.
class RawMode {
public:
    explicit RawMode(int fd) : fd_(fd) {}
    RawMode(const RawMode&) = delete;
    RawMode& operator=(const RawMode&) = delete;
    ~RawMode() { leave(); }

    /// Does nothing in the background: the settings are the foreground's. Whether it is raw now.
    bool enter();
    void leave();
    [[nodiscard]] bool entered() const { return saved_.has_value(); }

private:
    int fd_;
    std::optional<termios> saved_;
};

}  // namespace sys
