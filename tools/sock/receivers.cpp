// SPDX-License-Identifier: MIT
#include "receivers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "children.hpp"
#include "cli/json.hpp"
#include "cli/rescue.hpp"
#include "cli/talk.hpp"
#include "handler.hpp"
#include "sys/child.hpp"
#include "sys/poll.hpp"
#include "text/escape.hpp"

namespace tools::sock {
namespace {

class Receivers {
public:
    Receivers(Inbox& inbox, const ReceiverSettings& settings, sys::Signals& signals, const std::function<void()>& over)
        : inbox_(inbox), settings_(settings), signals_(signals), over_(over), children_(signals) {}

    cli::Exit run(const sys::Deadline& deadline, cli::Exit gave_up) {
        while (taking_ || !children_.empty()) {
            std::vector<pollfd> entries;
            children_.add_to(entries);
            if (room() > 0) inbox_.add_to(entries);
            const auto wait = sys::poll(entries, taking_ ? deadline : sys::Deadline{}, &signals_);
            if (wait == sys::Wait::interrupted) children_.signalled([this] { stop_for_signal(); });
            if (wait == sys::Wait::gave_up) {
                late_ = gave_up;
                stop();
            }
            const bool came =
                std::any_of(entries.begin() + static_cast<std::ptrdiff_t>(children_.count()), entries.end(), [](auto& e) { return e.revents != 0; });
            (void)children_.reap(entries, [this](const auto& failed) { keep(failed); });
            if (came) take();
        }
        const auto status = children_.end();
        if (kept_ > 0)
            cli::complain(fmt::format("{} message{} whose command failed appended to {}", kept_, kept_ == 1 ? "" : "s", text::escape(*settings_.rescue)));
        return late_ != cli::Exit::ok ? late_ : status;
    }

    [[nodiscard]] std::uint64_t taken() const { return count_; }

private:
    [[nodiscard]] std::uint64_t room() const {
        return taking_ ? std::min<std::uint64_t>(settings_.most - std::min(settings_.most, children_.count()), settings_.count - count_) : 0;
    }

    void take() {
        inbox_.take(taken_, room());
        for (const auto& message : taken_) {
            ++count_;
            if (!start(message)) stop();
        }
        if (count_ >= settings_.count || inbox_.ended()) stop();
    }

    bool start(const Datagram& message) {
        const auto input = sys::as_input(message.bytes);
        auto local = ipc::local_end(message.through);
        sys::Spawn spawn;
        spawn.words = settings_.command;
        spawn.environment = environment_of(local, message.from, message.sender);
        spawn.environment.push_back(fmt::format("SOCK_SIZE={}", message.size));
        spawn.descriptors = {{input.get(), 0}};
        auto line = settings_.rescue ? cli::to_json(as_json(message)) + "\n" : std::string{};
        return children_.start(std::move(spawn), message.from.length > 0 ? message.from.spelled() : local.spelled(), std::move(line));
    }

    void keep(const Children::Running& failed) {
        if (!settings_.rescue) return;
        if (cli::rescue(*settings_.rescue, failed.line))
            ++kept_;
        else
            cli::complain("not kept: " + failed.line.substr(0, failed.line.size() - 1));
    }

    void stop_for_signal() {
        if (taking_ && !children_.empty()) cli::note(fmt::format("no longer receiving; {} commands are still at work", children_.count()));
        stop();
    }

    void stop() {
        if (std::exchange(taking_, false)) over_();
    }

    Inbox& inbox_;
    const ReceiverSettings& settings_;
    sys::Signals& signals_;
    const std::function<void()>& over_;
    Children children_;
    std::vector<Datagram> taken_;
    std::uint64_t count_ = 0;
    std::uint64_t kept_ = 0;
    bool taking_ = true;
    cli::Exit late_ = cli::Exit::ok;
};

}  // namespace

cli::Exit run_each(Inbox& inbox, const ReceiverSettings& settings, const sys::Deadline& deadline, cli::Exit gave_up, sys::Signals& signals,
                   const std::function<void()>& over, std::uint64_t& taken) {
    Receivers receivers{inbox, settings, signals, over};
    const auto status = receivers.run(deadline, gave_up);
    taken = receivers.taken();
    return status;
}

}  // namespace tools::sock
