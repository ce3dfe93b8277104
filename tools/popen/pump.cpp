// SPDX-License-Identifier: MIT
#include "pump.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "ipc/pipe.hpp"

namespace tools::popen {
namespace {

constexpr std::size_t block = 64 * 1024;

constexpr std::size_t unasked = static_cast<std::size_t>(-1);

bool came(const std::vector<pollfd>& entries, std::size_t slot) { return slot != unasked && entries[slot].revents != 0; }

}  // namespace

Outlet* Pump::add_outlet(sys::Stream sink, bool ours) {
    outlets_.push_back({std::move(sink), ours, {}, {}, 0, 0, false, 0, unasked});
    return &outlets_.back();
}

Inlet* Pump::add_inlet(sys::Stream source, Outlet* outlet, std::optional<Lines> lines) {
    ++outlet->inlets;
    inlets_.push_back({std::move(source), outlet, std::move(lines), 0, 0, false, {}, false, unasked});
    return &inlets_.back();
}

void Pump::ask(std::vector<pollfd>& entries) {
    for (auto& inlet : inlets_) {
        inlet.slot = unasked;
        // What is wanted is there now or never: poll would not say that it is not.
        while (inlet.at_most && inlet.source && inlet.outlet->pending.size() < block) read(inlet);
    }
    for (auto& outlet : outlets_) {
        outlet.slot = unasked;
        if (!outlet.sink || outlet.error != 0 || (outlet.unwatched && outlet.pending.empty())) continue;
        // Without events, to learn that its reader is gone before there is something to write.
        outlet.slot = entries.size();
        entries.push_back({outlet.sink.fd(), static_cast<short>(outlet.pending.empty() ? 0 : POLLOUT), 0});
    }
    for (auto& inlet : inlets_) {
        if (!inlet.source || inlet.at_most || inlet.outlet->pending.size() >= block) continue;
        inlet.slot = entries.size();
        entries.push_back({inlet.source.fd(), POLLIN, 0});
    }
}

void Pump::move(const std::vector<pollfd>& entries) {
    for (auto& inlet : inlets_) {
        if (came(entries, inlet.slot)) read(inlet);
    }
    for (auto& outlet : outlets_) {
        const int told = came(entries, outlet.slot) ? entries[outlet.slot].revents : 0;
        outlet.unwatched = outlet.unwatched || (told & POLLNVAL) != 0;
        if (!outlet.pending.empty()) {
            write(outlet);
        } else if ((told & (POLLERR | POLLHUP)) != 0 && outlet.error == 0) {
            fail(outlet, EPIPE);
        }
        if (outlet.inlets == 0 && outlet.pending.empty() && outlet.ours && outlet.error == 0) close(outlet);
    }
}

void Pump::read(Inlet& inlet) {
    block_.resize(block);
    const auto [count, error] = inlet.source.read(std::span{block_}.first(std::min(block, inlet.at_most.value_or(block))));
    if (error == EAGAIN && !inlet.at_most) return;
    if (count == 0) {
        inlet.still_open = error == EAGAIN;
        inlet.error = error == EAGAIN || (inlet.terminal && error == EIO) ? 0 : error;
        return end(inlet);
    }
    inlet.taken += count;
    std::string_view bytes{block_.data(), count};
    if (suspend_on && inlet.terminal == false && inlet.outlet->ours) {
        if (const auto at = bytes.find(*suspend_on); at != std::string_view::npos) {
            suspend_asked = true;
            inlet.outlet->pending += bytes.substr(0, at);
            bytes.remove_prefix(at + 1);
        }
    }
    if (inlet.lines) {
        inlet.lines->add(bytes, inlet.outlet->pending);
    } else {
        inlet.outlet->pending += bytes;
    }
    if (inlet.at_most && (*inlet.at_most -= count) == 0) {
        pollfd entry{inlet.source.fd(), 0, 0};
        inlet.still_open = ::poll(&entry, 1, 0) == 0;  // POLLHUP: nobody writes any more
        end(inlet);
    }
}

void Pump::write(Outlet& outlet) {
    std::size_t done = 0;
    while (done < outlet.pending.size() && outlet.error == 0) {
        const auto [count, error] = outlet.sink.write(std::string_view{outlet.pending}.substr(done));
        if (error == EAGAIN) break;
        if (error != 0) fail(outlet, error);
        done += count;
    }
    outlet.written += done;
    outlet.pending.erase(0, done);
}

void Pump::close(Outlet& outlet) {
    if (!outlet.sink) return;
    const auto path = "/proc/self/fd/" + std::to_string(outlet.sink.fd());
    if (ipc::pipe_capacity(outlet.sink.fd())) outlet.rest = sys::Fd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    outlet.sink = {};
}

void Pump::fail(Outlet& outlet, int error) {
    outlet.error = error;
    // The command learns it as it would without us: SIGPIPE, or the end of its input.
    for (auto& inlet : inlets_) {
        if (inlet.outlet == &outlet && inlet.source) end(inlet);
    }
}

void Pump::take_rest(Inlet& inlet, std::size_t capacity) {
    if (inlet.source && !inlet.at_most) inlet.at_most = capacity;
}

void Pump::end(Inlet& inlet) {
    if (!inlet.source) return;
    inlet.source = {};
    --inlet.outlet->inlets;
    if (inlet.lines) inlet.lines->end(inlet.outlet->pending);
}

void Pump::abandon() {
    for (auto& inlet : inlets_) {
        if (inlet.source) --inlet.outlet->inlets;
        inlet.source = {};
    }
    for (auto& outlet : outlets_) {
        if (outlet.error == 0 && !outlet.pending.empty()) outlet.error = EINTR;
    }
}

bool Pump::busy() const {
    const auto waits = [](const Outlet& outlet) { return outlet.error == 0 && !outlet.pending.empty(); };
    return std::ranges::any_of(inlets_, [](const Inlet& inlet) { return static_cast<bool>(inlet.source); }) || std::ranges::any_of(outlets_, waits);
}

}  // namespace tools::popen
