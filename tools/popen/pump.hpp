// SPDX-License-Identifier: MIT
// pump: moves bytes between us and a command in all directions at once, with bounded buffers, so that nobody waits for nobody.
#pragma once

#include <poll.h>

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "lines.hpp"
#include "sys/stream.hpp"

namespace tools::popen {

/// Where bytes go.
struct Outlet {
    sys::Stream sink;
    bool ours = false;  ///< to be closed when nothing more comes: the command's input
    sys::Fd rest;       ///< a reading end, opened when the sink is closed: what the command leaves in the pipe can be counted
    std::string pending;
    std::uint64_t written = 0;
    int error = 0;           ///< what it refused with; nothing more is written then
    bool unwatched = false;  ///< there is no such descriptor: whoever writes to it will be told
    int inlets = 0;
    std::size_t slot = 0;
};

/// Where bytes come from; its end is passed on when it is the last of its outlet.
struct Inlet {
    sys::Stream source;
    Outlet* outlet = nullptr;
    std::optional<Lines> lines;
    std::uint64_t taken = 0;
    int error = 0;
    bool terminal = false;               ///< EIO is its end: pty(7)
    std::optional<std::size_t> at_most;  ///< bytes that are still wanted
    bool still_open = false;             ///< its end did not come while there was room for it
    std::size_t slot = 0;
};

class Pump {
public:
    Outlet* add_outlet(sys::Stream sink, bool ours);
    Inlet* add_inlet(sys::Stream source, Outlet* outlet, std::optional<Lines> lines = {});

    /// Adds what is to be waited for.
    void ask(std::vector<pollfd>& entries);
    /// Moves what can be moved, once the entries have been waited for.
    void move(const std::vector<pollfd>& entries);

    /// Takes only what is in the source now, which is bounded by `capacity`, and then calls it ended.
    void take_rest(Inlet& inlet, std::size_t capacity);
    /// Nothing more from there; bytes in hand are still delivered.
    void end(Inlet& inlet);
    /// Gives up what is in hand and everything that would come.
    void abandon();

    /// Whether an inlet or pending bytes are left.
    [[nodiscard]] bool busy() const;
    /// A terminal to be watched: a byte that asks for a stop is taken out and noted here.
    std::optional<char> suspend_on;
    bool suspend_asked = false;

private:
    void read(Inlet& inlet);
    void write(Outlet& outlet);
    static void close(Outlet& outlet);
    void fail(Outlet& outlet, int error);

    std::list<Outlet> outlets_;
    std::list<Inlet> inlets_;
    std::vector<char> block_;
};

}  // namespace tools::popen
