// SPDX-License-Identifier: MIT
// sock wait: returns when somebody accepts connections at all of the addresses.
#include <fmt/format.h>

#include "cli/groups.hpp"
#include "cli/talk.hpp"
#include "reach.hpp"
#include "sys/child.hpp"
#include "sys/error.hpp"
#include "sys/trace.hpp"
#include "target.hpp"
#include "verbs.hpp"

namespace tools::sock {
namespace {

struct Options : cli::WaitOptions {
    std::vector<ipc::Address> addresses;
    std::vector<std::string> command;
};

/// Once: whether somebody is there now. Only that nobody is there is an answer; anything else is thrown.
cli::Exit ask(const ipc::Address& address, sys::Signals& signals) {
    ipc::Connection connection;
    try {
        // Time enough for an answer from this machine, and for one from the same network.
        const auto how = ipc::connect(address, sys::Deadline::after(std::chrono::milliseconds{200}), signals, connection);
        if (how == sys::Wait::interrupted) sys::end_by(sys::Signals::taken());
        return how == sys::Wait::done ? cli::Exit::ok : cli::Exit::no;
    } catch (const sys::Error& failure) {
        const auto status = cli::exit_for(failure.number());
        if (status != cli::Exit::gone && status != cli::Exit::missing && status != cli::Exit::gave_up) throw;
        sys::trace("{}", failure.what());
        return cli::Exit::no;
    }
}

cli::Exit run(const Options& opt) {
    const auto deadline = opt.deadline();
    for (const auto& address : opt.addresses) check_stream(address);
    sys::Signals signals;
    signals.listen();
    for (const auto& address : opt.addresses) {
        if (opt.nonblock) {
            if (const auto answer = ask(address, signals); answer != cli::Exit::ok) return answer;
            continue;
        }
        ipc::Connection connection;
        std::string reason;
        const auto how = reach(address, deadline, sys::Deadline{}, signals, connection, &reason);
        if (how == sys::Wait::interrupted) sys::end_by(sys::Signals::taken());
        if (how != sys::Wait::done) {
            cli::complain(fmt::format("{}: nobody within {}{}{}", address.spelled(), text::spell(*opt.timeout), reason.empty() ? "" : "; last: ", reason));
            return cli::Exit::gave_up;
        }
        sys::trace("{} is there", connection.peer);
    }
    if (opt.command.empty()) return cli::Exit::ok;
    signals.release();
    try {
        sys::become(opt.command);
    } catch (const sys::Error& failure) {
        cli::complain(failure.what());
        return cli::exit_for_start(failure.number());
    }
}

void declare(cli::Form<Options>& form) {
    form.operands("ADDRESS", &Options::addresses, 1, "addresses to connect to; each connection is closed at once");
    form.command(&Options::command, "becomes this when all are there");
    cli::wait_options(form);
    form.example("sock wait -t 30s localhost:7001 -- echo ready", "start when a server accepts connections");
    form.example("sock wait /tmp/echo.sock localhost:7001 && echo both", "both of them");
    form.example("sock wait -n localhost:22 || echo down", "ask once");
}

}  // namespace

const cli::Verb wait = cli::verb<Options, declare, run>("wait", "wait until somebody accepts connections");

}  // namespace tools::sock
