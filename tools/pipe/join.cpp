// SPDX-License-Identifier: MIT
// pipe join: waits until a command and all that it started are gone: until nobody holds a certain pipe any more.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "cli/groups.hpp"
#include "cli/talk.hpp"
#include "ipc/pipe.hpp"
#include "members.hpp"
#include "seen.hpp"
#include "sys/child.hpp"
#include "sys/error.hpp"
#include "sys/flow.hpp"
#include "sys/io.hpp"
#include "verbs.hpp"

namespace tools::pipe {
namespace {

struct Options {
    std::vector<std::string> command;
    std::optional<text::Duration> timeout;
    bool output = false;
};

/// The command, and the pipe that everything it starts inherits.
class Joined {
public:
    Joined(const Options& opt, sys::Signals& signals)
        : opt_(opt), signals_(signals), deadline_(opt.timeout ? sys::Deadline::after(opt.timeout->length) : sys::Deadline{}) {
        if (opt.output) out_ = sys::Pipe::create();
        sys::Spawn spawn;
        spawn.words = opt.command;
        spawn.mask = &signals.outside();
        // Under the number it has: one that is free in the command as well.
        spawn.descriptors = {{held_.write_end.get(), held_.write_end.get()}};
        if (opt.output) spawn.descriptors.push_back({out_.write_end.get(), STDOUT_FILENO});
        signals.listen();
        child_ = pipe::start(spawn, ended_.status);
        held_.write_end = {};
        out_.write_end = {};
        if (opt.output) flow_.emplace(out_.read_end.get(), STDOUT_FILENO);
    }

    cli::Exit wait() {
        while (!joined()) {
            const auto how = step();
            if (how == sys::Wait::gave_up) return give_up();
            const int came = sys::Signals::taken();
            if (came == 0) continue;
            sys::Signals::forget(came);
            if (signal_ == 0) signal_ = came;
            if (child_ && came != SIGINT && came != SIGQUIT) child_->signal(came);
        }
        if (signal_ != 0) sys::end_by(signal_);
        if (flow_ && flow_->state() == sys::Flow::State::failed && ended_.status == 0) throw sys::Error(flow_->error(), "standard output: cannot write");
        return static_cast<cli::Exit>(ended_.status);
    }

private:
    /// After a signal, which the command was handed, what it leaves behind is not waited for.
    [[nodiscard]] bool joined() const { return !child_ && (signal_ != 0 || (free_ && (!flow_ || flow_->over()))); }

    sys::Wait step() {
        const bool moved = flow_ && flow_->step() == sys::Flow::State::moved;
        if (flow_ && flow_->over()) out_.read_end = {};  // SIGPIPE for those who still write
        std::vector<pollfd> entries;
        entries.push_back({child_ ? child_->fd() : -1, POLLIN, 0});
        entries.push_back({free_ ? -1 : held_.read_end.get(), POLLIN, 0});
        if (flow_) flow_->add_to(entries);
        if (joined()) return sys::Wait::done;
        const auto how = sys::poll(entries, moved ? sys::Deadline::after({}) : deadline_, &signals_);
        if (how == sys::Wait::gave_up && moved && !deadline_.past()) return sys::Wait::done;
        if (entries[0].revents != 0) {
            ended_ = child_->wait();
            child_.reset();
        }
        if (entries[1].revents != 0) {
            std::array<char, 512> ignored;  // the descriptor is there to be held, not to be written
            free_ = sys::read_some(held_.read_end.get(), ignored, "the pipe") == 0;
        }
        return how;
    }

    cli::Exit give_up() {
        const auto list = ipc::list_pipes(false);
        const auto identity = ipc::pipe_identity(held_.read_end.get(), "the pipe");
        const auto found = std::ranges::find(list.pipes, identity, &ipc::PipeInfo::identity);
        const auto holders = found == list.pipes.end() ? std::string{} : processes(found->holders, true);
        cli::complain(fmt::format("gave up after {}; still there: {}", text::spell(*opt_.timeout), holders.empty() ? "nobody who can be seen" : holders));
        cli::note_unreadable(list.unreadable, list.processes);
        return cli::Exit::gave_up;
    }

    const Options& opt_;
    sys::Signals& signals_;
    sys::Deadline deadline_;
    sys::Pipe held_ = sys::Pipe::create();
    sys::Pipe out_;
    std::optional<sys::Child> child_;
    std::optional<sys::Flow> flow_;
    sys::Ended ended_;
    bool free_ = false;  ///< nobody holds the pipe
    int signal_ = 0;     ///< the first that came
};

cli::Exit run(const Options& opt) {
    sys::Signals signals{SIGUSR1, SIGUSR2};
    return Joined{opt, signals}.wait();
}

void declare(cli::Form<Options>& form) {
    form.leading_command(&Options::command, "the command; what it starts inherits a pipe that is watched");
    form.option("-t,--timeout", &Options::timeout, "give up after this long, status 124: all is left running, and named");
    form.option("--with-output", &Options::output, "wait for all who have its output as well; it goes through us");
    form.example("pipe join -- sh -c 'sleep 0.2 & echo started'", "until the background job is gone, too");
    form.example("pipe join -t 100ms -- sh -c 'sleep 1 &'", "who is left after a while");
    form.example("pipe join --with-output -- sh -c 'echo one & echo two &' >log", "all output is in the log afterwards");
}

}  // namespace

const cli::Verb join = cli::verb<Options, declare, run>("join", "wait for a command and all that it started");

}  // namespace tools::pipe
