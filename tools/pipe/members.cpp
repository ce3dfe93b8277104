// SPDX-License-Identifier: MIT
#include "members.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/talk.hpp"
#include "sys/error.hpp"

namespace tools::pipe {

std::vector<Command> split(const std::vector<std::string>& words, std::string_view separator) {
    std::vector<Command> commands(1);
    for (const auto& word : words) {
        if (word == separator)
            commands.emplace_back();
        else
            commands.back().push_back(word);
    }
    for (const auto& command : commands) {
        if (command.empty()) throw cli::Usage(fmt::format("an empty command beside {}", separator));
    }
    if (commands.size() < 2) throw cli::Usage("one command is not enough", fmt::format("put {} between the commands", separator));
    return commands;
}

std::optional<sys::Child> start(const sys::Spawn& spawn, int& status) {
    try {
        return sys::Child::start(spawn);
    } catch (const sys::Error& failure) {
        cli::complain(failure.what());
        status = static_cast<int>(cli::exit_for_start(failure.number()));
        return std::nullopt;
    }
}

Command shell(const std::string& line) { return {"/bin/sh", "-c", line}; }

Members::Members(sys::Signals& signals, const MemberOptions& options, std::size_t count) : signals_(signals), options_(options) {
    if (options.exit_from && options.exit_from->value > count) throw cli::Usage(fmt::format("--exit-from: there are {} commands", count));
    if (options.kill_after && !options.timeout) throw cli::Usage("--kill-after is for --timeout");
    signals_.listen();
    if (options.timeout) deadline_ = sys::Deadline::after(options.timeout->length);
}

void Members::start(Command words, std::vector<sys::Inherited> descriptors, std::string terminal) {
    auto& member = members_.emplace_back();
    member.words = std::move(words);
    member.begin = member.end = Member::Clock::now();
    sys::Spawn spawn;
    spawn.words = member.words;
    spawn.descriptors = std::move(descriptors);
    spawn.mask = &signals_.outside();
    spawn.own_group = options_.timeout.has_value();
    spawn.own_session = !terminal.empty();
    spawn.terminal = std::move(terminal);
    member.apart = spawn.own_group || spawn.own_session;
    int status = 0;
    member.child = pipe::start(spawn, status);
    if (!member.child) member.ended.emplace().status = status;
}

bool Members::all_ended() const {
    return std::ranges::all_of(members_, [](const Member& member) { return member.ended.has_value(); });
}

void Members::reap() {
    sys::Signals::forget(SIGCHLD);
    for (auto& member : members_) {
        if (!member.child) continue;
        pollfd entry{member.child->fd(), POLLIN, 0};
        if (::poll(&entry, 1, 0) != 1) continue;
        member.ended = member.child->wait();
        member.end = Member::Clock::now();
        member.child.reset();
    }
}

void Members::signal_all(int number) {
    for (const auto& member : members_) {
        if (!member.child) continue;
        // SIGINT and SIGQUIT of a terminal have reached those that share our group.
        if ((number == SIGINT || number == SIGQUIT) && !member.apart) continue;
        const auto tell = [&member](int each) {
            // What a command started is to end with it, as under timeout(1).
            if (member.apart)
                member.child->signal_group(each);
            else
                member.child->signal(each);
        };
        tell(number);
        // A stopped one does not end before it goes on.
        if (number != SIGUSR1 && number != SIGUSR2) tell(SIGCONT);
    }
}

void Members::run(std::span<sys::Flow* const> flows, const std::function<void(sys::Flow&)>& over) {
    bool flowing = !flows.empty();
    while (flowing || !all_ended()) {
        auto wait = sys::Wait::done;
        if (flowing) {
            wait = sys::move_all(flows, deadline_, signals_, over);
            flowing = wait != sys::Wait::done;
        } else {
            std::vector<pollfd> entries;
            for (const auto& member : members_) {
                if (member.child) entries.push_back({member.child->fd(), POLLIN, 0});
            }
            wait = sys::poll(entries, deadline_, &signals_);
        }
        reap();
        if (wait == sys::Wait::gave_up) {
            signal_all(gave_up_ ? SIGKILL : SIGTERM);
            deadline_ = !gave_up_ && options_.kill_after ? sys::Deadline::after(options_.kill_after->length) : sys::Deadline{};
            gave_up_ = true;
        }
        // Once time was over, what their children still write is not waited for.
        if (gave_up_ && all_ended()) return;
        const int came = sys::Signals::taken();
        if (came == 0 || came == SIGCHLD) continue;
        sys::Signals::forget(came);
        if (signal_ == 0) signal_ = came;
        signal_all(came);
    }
}

cli::Exit Members::finish() const {
    if (signal_ != 0) sys::end_by(signal_);
    if (gave_up_) return cli::Exit::gave_up;
    if (options_.exit_from) return static_cast<cli::Exit>(members_[options_.exit_from->value - 1].ended->status);
    for (auto at = members_.rbegin(); at != members_.rend(); ++at) {
        if (at->ended->status != 0) return static_cast<cli::Exit>(at->ended->status);
    }
    return cli::Exit::ok;
}

}  // namespace tools::pipe
