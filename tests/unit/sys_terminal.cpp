// SPDX-License-Identifier: MIT
// sys/terminal: pseudo terminals and their settings.
#include "sys/terminal.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "in_child.hpp"
#include "sys/child.hpp"

namespace {

std::string read_all(int fd) {
    std::string text;
    std::array<char, 4096> block{};
    for (;;) {
        const auto count = ::read(fd, block.data(), block.size());
        if (count <= 0) return text;
        text.append(block.data(), static_cast<std::size_t>(count));
    }
}

/// What a command on a pseudo terminal of this shape prints.
std::string printed(const sys::Pty::Shape& shape, const std::string& line) {
    auto pty = sys::Pty::open(shape);
    sys::Spawn spawn;
    spawn.words = {"sh", "-c", line};
    spawn.terminal = pty.path;
    spawn.own_session = true;
    auto child = sys::Child::start(spawn);
    pty.slave = {};
    const auto text = read_all(pty.master.get());
    EXPECT_EQ(child.wait().status, 0);
    return text;
}

TEST(Pty, IsATerminalOfItsSizeThatControlsTheCommand) {
    EXPECT_EQ(printed({.size = {31, 97, 0, 0}, .echo = true, .carriage = true}, "stty size; test -t 0 -a -t 1 -a -t 2 && : </dev/tty && echo yes"),
              "31 97\r\nyes\r\n");
}

TEST(Pty, KeepsNewlinesAsTheyAreIfAsked) { EXPECT_EQ(printed({.echo = false, .carriage = false}, "printf 'a\\nb\\n'"), "a\nb\n"); }

TEST(Pty, GivesInputBackOnlyWithEcho) {
    for (const bool echo : {false, true}) {
        const auto pty = sys::Pty::open({.echo = echo, .carriage = false});
        ASSERT_EQ(::write(pty.master.get(), "x\n", 2), 2);
        std::array<char, 8> block{};
        EXPECT_EQ(::read(pty.slave.get(), block.data(), block.size()), 2);
        pollfd entry{pty.master.get(), POLLIN, 0};
        EXPECT_EQ(::poll(&entry, 1, echo ? 5000 : 0), echo ? 1 : 0);
    }
}

TEST(Pty, TellsItsSpecialCharactersInTheirModesOnly) {
    const auto pty = sys::Pty::open({});
    EXPECT_EQ(sys::end_of_input(pty.master.get()), '\x04');
    EXPECT_EQ(sys::suspend_character(pty.master.get()), '\x1a');
    termios settings{};
    ASSERT_EQ(::tcgetattr(pty.slave.get(), &settings), 0);
    ::cfmakeraw(&settings);
    ASSERT_EQ(::tcsetattr(pty.slave.get(), TCSANOW, &settings), 0);
    EXPECT_EQ(sys::end_of_input(pty.master.get()), std::nullopt);
    EXPECT_EQ(sys::suspend_character(pty.master.get()), std::nullopt);
}

TEST(Pty, HasASizeThatCanBeChanged) {
    const auto pty = sys::Pty::open({});
    sys::set_window_size(pty.master.get(), {5, 6, 0, 0});
    const auto size = sys::window_size(pty.slave.get());
    ASSERT_TRUE(size.has_value());
    EXPECT_EQ(size->ws_row, 5);
    EXPECT_EQ(size->ws_col, 6);
    const auto pipe = sys::Pipe::create();
    EXPECT_FALSE(sys::window_size(pipe.read_end.get()).has_value());
}

TEST(RawMode, IsNotEnteredWhereWeAreNotInTheForeground) {
    const auto pty = sys::Pty::open({});
    sys::RawMode raw{pty.slave.get()};
    EXPECT_FALSE(raw.enter());
    EXPECT_FALSE(raw.entered());
    termios settings{};
    ASSERT_EQ(::tcgetattr(pty.slave.get(), &settings), 0);
    EXPECT_NE(settings.c_lflag & ICANON, 0U);
}

}  // namespace
