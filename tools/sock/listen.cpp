// SPDX-License-Identifier: MIT
// sock listen: waits for connections: one, one after the other, a process for each, or all of them together.
#include <fcntl.h>
#include <fmt/format.h>

#include "broker.hpp"
#include "cli/activation.hpp"
#include "cli/talk.hpp"
#include "exchange.hpp"
#include "handler.hpp"
#include "handlers.hpp"
#include "limits.hpp"
#include "report.hpp"
#include "server.hpp"
#include "sys/error.hpp"
#include "target.hpp"
#include "verbs.hpp"

namespace tools::sock {
namespace {

struct Options : cli::WaitOptions, ExchangeOptions, ServerOptions {
    std::vector<AddressWord> words;
    std::vector<std::string> command;
    bool keep = false;
    bool each = false;
    bool broker = false;
    bool chat = false;
    bool hand_over = false;
    std::optional<text::Number<1, 1'000'000>> most;
    std::optional<text::Number<1, 1'000'000'000>> count;
    std::optional<text::Path> report;
};

constexpr std::size_t usual_handlers = 256;
constexpr std::size_t usual_members = 10'000;

void check(const Options& opt) {
    opt.check_exchange();
    const int modes = (opt.keep ? 1 : 0) + (opt.each ? 1 : 0) + (opt.broker || opt.chat ? 1 : 0) + (opt.hand_over ? 1 : 0);
    if (modes > 1) throw cli::Usage("--keep, --each, --broker or --chat, and --hand-over exclude each other");
    const bool together = opt.broker || opt.chat;
    const bool exchanges = opt.send_only || opt.receive_only || opt.no_half_close || opt.end_with_peer || opt.linger || opt.idle_timeout || opt.report;
    if ((opt.each || opt.hand_over) && opt.command.empty()) throw cli::Usage("no COMMAND given", "sock listen ADDRESS --each -- COMMAND");
    if ((opt.keep || together) && !opt.command.empty()) throw cli::Usage("a COMMAND is run once, or with --each for every connection");
    if ((!opt.command.empty() || together) && exchanges) throw cli::Usage("options of what is moved go with standard input and output only");
    if (opt.count && !opt.keep && !opt.each) throw cli::Usage("--count goes with --keep and --each");
    if (opt.most && !opt.each && !together) throw cli::Usage("--max goes with --each, --broker and --chat");
    if (opt.report && opt.keep) throw cli::Usage("--report is of one connection, and --keep has many");
}

cli::Exit cannot_run(const sys::Error& failure) {
    cli::complain(failure.what());
    return cli::exit_for_start(failure.number());
}

/// Becomes the command, with the listening socket as its descriptor 3: it lets in whom it likes.
cli::Exit hand_over(const Options& opt, const Server& server, sys::Signals& signals) {
    const auto& sockets = server.listener().sockets();
    if (sockets.size() != 1)
        throw cli::Usage(fmt::format("--hand-over: {} sockets would have to be handed over", sockets.size()), "name one address, such as 127.0.0.1:80");
    make_blocking(sockets.front().get());
    try {
        const int socket = sockets.front().get();
        if ((socket != 3 && ::dup3(socket, 3, O_CLOEXEC) < 0) || ::fcntl(3, F_SETFD, 0) < 0) throw sys::Error(errno, "cannot hand on descriptor 3");
        cli::announce_activation();
        signals.release();
        sys::become(opt.command);
    } catch (const sys::Error& failure) {
        return cannot_run(failure);
    }
}

cli::Exit serve_one(const Options& opt, Server& server, Guest guest, const sys::Deadline& deadline, sys::Signals& signals) {
    // Nobody else is let in: those who try are told so, and do not wait for ever.
    server.close();
    if (!opt.command.empty()) {
        try {
            become_handler(opt.command, guest.socket.get(), -1, signals);
        } catch (const sys::Error& failure) {
            return cannot_run(failure);
        }
    }
    const Report report{opt.report};
    ipc::Connection connection{std::move(guest.socket), {}, guest.peer, {}, {}};
    connection.local = ipc::local_end(connection.socket.get()).spelled();
    Exchange exchange{opt, connection.socket.get(), guest.peer, false, opt.nonblock ? sys::Deadline{} : deadline, signals};
    const auto status = exchange.run();
    report.write(connection, exchange.moved(), static_cast<int>(status));
    return status;
}

/// The input goes to those who come as far as it lasts; the output has what they send, one behind the other.
cli::Exit serve_many(const Options& opt, Server& server, const sys::Deadline& deadline, sys::Signals& signals) {
    auto worst = cli::Exit::ok;
    for (std::uint64_t served = 0; !opt.count || served < opt.count->value; ++served) {
        Guest guest;
        const auto wait = server.next(deadline, signals, guest);
        if (wait == sys::Wait::gave_up) return opt.gave_up();
        if (wait == sys::Wait::interrupted) {
            server.close();
            sys::end_by(sys::Signals::taken());
            return cli::Exit::ok;
        }
        Exchange exchange{opt, guest.socket.get(), guest.peer, false, opt.nonblock ? sys::Deadline{} : deadline, signals};
        const auto status = exchange.run([&] { server.close(); });
        if (worst == cli::Exit::ok) worst = status;
    }
    return worst;
}

cli::Exit run(const Options& opt) {
    check(opt);
    const auto address = address_of(opt.words);
    check_stream(address);
    const auto deadline = opt.deadline();
    sys::Signals signals;
    signals.listen();
    Server server;
    const auto opened = Server::open(address, opt, deadline, signals, server);
    if (opened == sys::Wait::interrupted) return sys::end_by(sys::Signals::taken()), cli::Exit::ok;
    if (opened != sys::Wait::done) return opt.gave_up();
    if (opt.hand_over) return hand_over(opt, server, signals);
    if (opt.each) {
        const std::size_t most = opt.most ? opt.most->value : usual_handlers;
        return serve_each(server, {opt.command, most, opt.count ? std::optional{opt.count->value} : std::nullopt}, deadline, opt.gave_up(), signals);
    }
    if (opt.broker || opt.chat) {
        raise_descriptor_limit();
        return serve_broker(server, {opt.chat, opt.most ? opt.most->value : usual_members}, deadline, opt.gave_up(), signals);
    }
    if (opt.keep) return serve_many(opt, server, deadline, signals);
    Guest guest;
    const auto wait = server.next(deadline, signals, guest);
    if (wait == sys::Wait::done) return serve_one(opt, server, std::move(guest), deadline, signals);
    server.close();
    if (wait == sys::Wait::interrupted) sys::end_by(sys::Signals::taken());
    return opt.gave_up();
}

void declare(cli::Form<Options>& form) {
    form.operands("ADDRESS", &Options::words, 1, "one: PORT (loopback), :PORT (everywhere), two words HOST PORT, ...");
    form.command(&Options::command, "becomes this for the first one, with the socket as input and output");
    form.option("--keep", &Options::keep, "go on with the next when one has ended");
    form.option("--each", &Options::each, "run the command for each connection, side by side");
    form.option("--broker", &Options::broker, "everyone hears what the others send");
    form.option("--chat", &Options::chat, "the same by lines, with a name before each");
    form.option("--hand-over", &Options::hand_over, "become the command, which has the listening socket as LISTEN_FDS says");
    form.option("--max", &Options::most, "so many at once, and turn away others (default: 256; broker 10000)");
    form.option("-N,--count", &Options::count, "end after so many connections");
    cli::wait_options(form);
    server_options(form);
    exchange_options(form);
    form.option("--report", &Options::report, "write addresses, times and counts to this file, as JSON; -: standard output");
    form.example("sock listen 7000 >file", "what the first one sends, on loopback");
    form.example("sock listen /tmp/echo.sock --each -- cat", "an echo server");
    form.example("sock listen :7003 --chat --allow 10.0.0.0/8", "all who are let in talk with each other");
}

}  // namespace

const cli::Verb listen = cli::verb<Options, declare, run>("listen", "wait for connections, and serve them");

}  // namespace tools::sock
