// SPDX-License-Identifier: MIT
#include "children.hpp"

#include <fmt/format.h>

#include <utility>

#include "cli/talk.hpp"
#include "sys/error.hpp"
#include "sys/trace.hpp"

namespace tools::sock {

bool Children::start(sys::Spawn spawn, std::string name, std::string line) {
    spawn.mask = &signals_.outside();
    try {
        running_.push_back({sys::Child::start(spawn), std::move(name), std::move(line)});
    } catch (const sys::Error& failure) {
        const auto status = cli::exit_for_start(failure.number());
        const bool later = status == cli::Exit::own_trouble;
        cli::complain(later ? fmt::format("{}: {}", name, failure.what()) : std::string{failure.what()});
        if (status_ == 0) status_ = static_cast<int>(status);
        return later;
    }
    return true;
}

void Children::add_to(std::vector<pollfd>& entries) const {
    for (const auto& running : running_) entries.push_back({running.child.fd(), POLLIN, 0});
}

std::size_t Children::reap(const std::vector<pollfd>& entries, const std::function<void(const Running&)>& failed) {
    std::size_t ended = 0;
    for (std::size_t at = running_.size(); at-- > 0;) {
        if (at >= entries.size() || entries[at].revents == 0) continue;
        const auto status = running_[at].child.wait().status;
        sys::trace("{}: its command has ended with status {}", running_[at].name, status);
        if (status_ == 0) status_ = status;
        if (status != 0 && failed) failed(running_[at]);
        running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(at));
        ++ended;
    }
    return ended;
}

void Children::signalled(const std::function<void()>& stop) {
    const int signal = sys::Signals::taken();
    sys::Signals::forget(signal);
    if (signal == SIGCHLD) return;
    stop();
    const bool first = std::exchange(signal_, signal) == 0;
    if (first && !running_.empty()) return;
    for (const auto& running : running_) running.child.signal(signal);
    sys::end_by(signal);
}

cli::Exit Children::end() const {
    if (signal_ != 0) sys::end_by(signal_);
    return static_cast<cli::Exit>(status_);
}

}  // namespace tools::sock
