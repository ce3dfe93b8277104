// SPDX-License-Identifier: MIT
// pipe duplex: commands in a ring, each one's output the input of the next and the last one's that of the first.
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "cli/groups.hpp"
#include "members.hpp"
#include "report.hpp"
#include "sys/error.hpp"
#include "sys/flow.hpp"
#include "sys/io.hpp"
#include "sys/terminal.hpp"
#include "verbs.hpp"

namespace tools::pipe {
namespace {

struct Options : MemberOptions, ReportOptions {
    std::vector<std::string> words;
    bool socketpair = false;
    bool pty = false;
};

/// Words with :: between them are commands as they are; without, each word is a line for sh(1).
std::vector<Command> commands_of(const Options& opt) {
    if (std::ranges::find(opt.words, "::") != opt.words.end()) return split(opt.words, "::");
    if (opt.words.size() < 2) throw cli::Usage("one command is not enough", "give two lines for sh ('A' 'B'), or A :: B");
    std::vector<Command> commands;
    for (const auto& line : opt.words) commands.push_back(shell(line));
    return commands;
}

void start_on_pipes(Members& members, std::vector<Command> commands) {
    std::vector<sys::Pipe> pipes;
    for (std::size_t at = 0; at < commands.size(); ++at) pipes.push_back(sys::Pipe::create());
    for (std::size_t at = 0; at < commands.size(); ++at) {
        const auto& input = pipes[(at + pipes.size() - 1) % pipes.size()];
        members.start(std::move(commands[at]), {{input.read_end.get(), STDIN_FILENO}, {pipes[at].write_end.get(), STDOUT_FILENO}});
    }
}

void start_on_sockets(Members& members, std::vector<Command> commands) {
    if (commands.size() != 2) throw cli::Usage(fmt::format("--socketpair joins two commands, and there are {}", commands.size()));
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) throw sys::Error(errno, "cannot create a socket pair");
    const sys::Fd both[] = {sys::Fd{ends[0]}, sys::Fd{ends[1]}};
    for (std::size_t at = 0; at < 2; ++at) members.start(std::move(commands[at]), {{both[at].get(), STDIN_FILENO}, {both[at].get(), STDOUT_FILENO}});
}

/// The second command has a terminal, and the first one talks to it: through us, for a terminal knows no end of input but a
/// character that says so, and ends with EIO.
class OnTerminal {
public:
    OnTerminal(Members& members, std::vector<Command> commands) {
        if (commands.size() != 2) throw cli::Usage(fmt::format("--pty joins two commands, and there are {}", commands.size()));
        members.start(std::move(commands[0]), {{answers_.read_end.get(), STDIN_FILENO}, {words_.write_end.get(), STDOUT_FILENO}});
        members.start(std::move(commands[1]), {}, pty_.path);
        answers_.read_end = {};
        words_.write_end = {};
        pty_.slave = {};
        // Through memory: a splice into a terminal may block.
        there_.emplace(words_.read_end.get(), pty_.master.get(), [this](std::string_view bytes) { last_ = bytes.back(); });
        back_.emplace(pty_.master.get(), answers_.write_end.get(), [](std::string_view) {});
        back_->notice_when_writing();
    }

    void run(Members& members) {
        sys::Flow* const flows[] = {&*there_, &*back_};
        members.run(flows, [this](const sys::Flow& over) {
            if (&over == &*back_) {
                answers_.write_end = {};
                words_.read_end = {};
                // It wrote, and nobody reads: what SIGPIPE is on a pipe is a hangup here.
                if (over.state() == sys::Flow::State::failed && over.failed_writing()) pty_.master = {};
            } else if (pty_.master) {
                // In the middle of a line it takes two: the first one only ends the line. In raw mode line editors know it as well.
                const auto end = sys::end_of_input(pty_.master.get());
                (void)sys::write_all(pty_.master.get(), std::string(end && last_ != '\n' ? 2 : 1, end.value_or('\4')));
            }
        });
    }

private:
    sys::Pty pty_ = sys::Pty::open({.echo = false, .carriage = false});
    sys::Pipe words_ = sys::Pipe::create();
    sys::Pipe answers_ = sys::Pipe::create();
    std::optional<sys::Flow> there_;
    std::optional<sys::Flow> back_;
    char last_ = '\n';
};

cli::Exit run(const Options& opt) {
    if (opt.socketpair && opt.pty) throw cli::Usage("--socketpair and --pty exclude each other");
    auto commands = commands_of(opt);
    sys::Signals signals{SIGCHLD, SIGUSR1, SIGUSR2};
    Members members{signals, opt, commands.size()};
    Report report{opt};
    // Our own ends are closed on return: only the commands have them, and see the end of input when the other is gone.
    if (opt.pty) {
        OnTerminal{members, std::move(commands)}.run(members);
    } else {
        if (opt.socketpair)
            start_on_sockets(members, std::move(commands));
        else
            start_on_pipes(members, std::move(commands));
        members.run();
    }
    if (opt.report || opt.json) report.write(members.all(), {});
    return members.finish();
}

void declare(cli::Form<Options>& form) {
    form.leading_command(&Options::words, "lines for sh, or commands with :: between them; two or more");
    form.option("--socketpair", &Options::socketpair, "join two commands by a socket pair instead of two pipes");
    form.option("--pty", &Options::pty, "give the second of two commands a terminal");
    member_options(form);
    report_options(form);
    form.example("pipe duplex 'seq 3; exec >&-; cat >&2' 'sort -r'", "each one's output is the other's input");
    form.example("pipe duplex sed -u 's/^/re: /' :: sh -c 'echo hi; read x; echo $x >&2'", "no shell");
    form.example("pipe duplex --exit-from 2 cat :: sh -c 'echo ok; read x; test $x = ok'", "its status");
}

}  // namespace

const cli::Verb duplex = cli::verb<Options, declare, run>("duplex", "join commands both ways, output to input");

}  // namespace tools::pipe
