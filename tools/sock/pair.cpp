// SPDX-License-Identifier: MIT
// sock pair: two commands, each with one end of a pair of unix sockets.
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "cli/groups.hpp"
#include "cli/talk.hpp"
#include "sys/child.hpp"
#include "sys/error.hpp"
#include "sys/poll.hpp"
#include "text/escape.hpp"
#include "text/number.hpp"
#include "verbs.hpp"

namespace tools::sock {
namespace {

struct PairType {
    int type = SOCK_STREAM;
    static std::vector<text::Candidate> candidates(std::string_view begin) {
        std::vector<text::Candidate> found;
        for (const std::string_view type : {"stream", "dgram", "seqpacket"}) {
            if (type.starts_with(begin)) found.push_back({std::string{type}, ""});
        }
        return found;
    }
    static constexpr text::Word word{"TYPE", &candidates};
    static text::Parsed<PairType> parse(std::string_view text) {
        if (text == "stream") return PairType{SOCK_STREAM};
        if (text == "dgram") return PairType{SOCK_DGRAM};
        if (text == "seqpacket") return PairType{SOCK_SEQPACKET};
        return std::unexpected(fmt::format("'{}' is none of stream, dgram and seqpacket", text::escape(text)));
    }
};

struct Options {
    std::vector<std::string> words;
    PairType type;
    std::optional<text::Number<3, 1'000'000>> fd;
    std::optional<text::Number<1, 2>> exit_from;
    std::optional<text::Duration> timeout;
};

using Command = std::vector<std::string>;

std::array<Command, 2> commands_of(const Options& opt) {
    const auto middle = std::ranges::find(opt.words, "::");
    if (middle == opt.words.end()) throw cli::Usage("the second COMMAND is missing", "sock pair A :: B");
    std::array<Command, 2> commands{Command{opt.words.begin(), middle}, Command{middle + 1, opt.words.end()}};
    if (std::ranges::find(commands[1], "::") != commands[1].end()) throw cli::Usage("a pair has two ends, and there are more commands");
    for (const auto& command : commands) {
        if (command.empty() || command.front().empty()) throw cli::Usage("a COMMAND is empty", "sock pair A :: B");
    }
    return commands;
}

class Pair {
public:
    Pair(const Options& opt, sys::Signals& signals)
        : opt_(opt), signals_(signals), deadline_(opt.timeout ? sys::Deadline::after(opt.timeout->length) : sys::Deadline{}) {}

    cli::Exit run(const std::array<Command, 2>& commands) {
        {
            std::array<int, 2> raw{};
            if (::socketpair(AF_UNIX, opt_.type.type | SOCK_CLOEXEC, 0, raw.data()) < 0) throw sys::Error(errno, "cannot create a pair of sockets");
            const std::array ends{sys::Fd{raw[0]}, sys::Fd{raw[1]}};
            for (std::size_t at = 0; at < 2; ++at) {
                if (!start(commands[at], ends[at].get(), at)) break;
            }
        }  // our own ends are closed: each sees the other's end
        while (left() > 0) {
            std::vector<pollfd> entries;
            for (const auto& child : children_) entries.push_back({child ? child->fd() : -1, POLLIN, 0});
            const auto wait = sys::poll(entries, late_ ? sys::Deadline{} : deadline_, &signals_);
            if (wait == sys::Wait::interrupted) pass_on();
            if (wait == sys::Wait::gave_up) give_up();
            for (std::size_t at = 0; at < entries.size(); ++at) {
                if (entries[at].revents == 0) continue;
                statuses_[at] = children_[at]->wait().status;
                children_[at].reset();
            }
        }
        if (signal_ != 0) sys::end_by(signal_);
        if (late_) return cli::Exit::gave_up;
        if (opt_.exit_from) return static_cast<cli::Exit>(statuses_[opt_.exit_from->value - 1]);
        return static_cast<cli::Exit>(statuses_[1] != 0 ? statuses_[1] : statuses_[0]);
    }

private:
    [[nodiscard]] std::size_t left() const {
        return static_cast<std::size_t>(std::ranges::count_if(children_, [](const auto& child) { return child.has_value(); }));
    }

    bool start(const Command& command, int end, std::size_t at) {
        sys::Spawn spawn;
        spawn.words = command;
        spawn.mask = &signals_.outside();
        if (opt_.fd)
            spawn.descriptors = {{end, static_cast<int>(opt_.fd->value)}};
        else
            spawn.descriptors = {{end, STDIN_FILENO}, {end, STDOUT_FILENO}};
        try {
            children_.emplace_back(sys::Child::start(spawn));
            return true;
        } catch (const sys::Error& failure) {
            cli::complain(failure.what());
            statuses_[at] = static_cast<int>(cli::exit_for_start(failure.number()));
            return false;
        }
    }

    void pass_on() {
        const int signal = sys::Signals::taken();
        sys::Signals::forget(signal);
        if (signal == SIGCHLD) return;
        if (signal_ == 0) signal_ = signal;
        for (const auto& child : children_) {
            // A terminal sends these to them as well.
            if (child && signal != SIGINT && signal != SIGQUIT) child->signal(signal);
        }
    }

    void give_up() {
        late_ = true;
        cli::complain(fmt::format("gave up after {}", text::spell(*opt_.timeout)));
        for (const auto& child : children_) {
            if (child) child->signal(SIGTERM);
        }
    }

    const Options& opt_;
    sys::Signals& signals_;
    sys::Deadline deadline_;
    std::vector<std::optional<sys::Child>> children_;
    std::array<int, 2> statuses_{};
    bool late_ = false;
    int signal_ = 0;
};

cli::Exit run(const Options& opt) {
    const auto commands = commands_of(opt);
    sys::Signals signals;
    signals.listen();
    return Pair{opt, signals}.run(commands);
}

void declare(cli::Form<Options>& form) {
    form.leading_command(&Options::words, "two commands with :: between them");
    form.option("--type", &Options::type, "stream (default), dgram or seqpacket, which keep records apart");
    form.option("--fd", &Options::fd, "they have their ends under this number; input and output stay");
    form.option("--exit-from", &Options::exit_from, "the status of this one, 1 or 2 (default: the second's, or the first's)");
    form.option("-t,--timeout", &Options::timeout, "after this long send both SIGTERM, status 124");
    form.example("sock pair sh -c 'echo ping; read a; echo $a >&2' :: sh -c 'read a; echo re: $a'", "they talk");
    form.example("sock pair --fd 3 sh -c 'echo hi >&3' :: sh -c 'cat <&3'", "output stays where it was");
    form.example("sock pair --type seqpacket sh -c 'echo 1; echo 2' :: dd count=1 of=one status=none", "records");
}

}  // namespace

const cli::Verb pair = cli::verb<Options, declare, run>("pair", "give two commands the ends of a socket pair");

}  // namespace tools::sock
