// SPDX-License-Identifier: MIT
// sock connect: standard input to a socket and the socket to standard output, or a command that has the socket.
#include <fmt/format.h>

#include <cerrno>

#include "cli/groups.hpp"
#include "cli/out.hpp"
#include "cli/talk.hpp"
#include "exchange.hpp"
#include "handler.hpp"
#include "messages.hpp"
#include "outbox.hpp"
#include "ports.hpp"
#include "reach.hpp"
#include "report.hpp"
#include "sys/error.hpp"
#include "sys/trace.hpp"
#include "target.hpp"
#include "text/number.hpp"
#include "verbs.hpp"

namespace tools::sock {
namespace {

struct Options : cli::WaitOptions, ExchangeOptions {
    std::vector<AddressWord> words;
    std::vector<std::string> command;
    std::optional<text::Duration> connect_timeout;
    std::optional<text::Duration> retry;
    std::optional<std::string> source;
    std::optional<text::Number<3, 1'000'000>> fd;
    std::optional<text::Path> report;
    bool zero = false;

    /// Until when it must be connected.
    [[nodiscard]] sys::Deadline connect_deadline(const sys::Deadline& whole) const {
        const auto own = connect_timeout ? sys::Deadline::after(connect_timeout->length) : sys::Deadline{};
        return own.left() < whole.left() ? own : whole;
    }
};

void check_address(const Options& opt, const ipc::Address& address) {
    using Kind = ipc::Address::Kind;
    if (address.kind == Kind::activation) throw cli::Usage("systemd: only listens", "sock listen systemd:");
    if (address.is_raw()) throw cli::Usage("ADDRESS: packets are sent and received by sock raw");
    const bool endless = address.kind == Kind::udp || address.kind == Kind::unix_datagram;
    if (endless && (opt.no_half_close || opt.end_with_peer))
        throw cli::Usage(fmt::format("{}: datagrams have no end, which --no-half-close and --end-with-peer are about", address.spelled()));
    if (address.is_inet() && address.port == "0") throw cli::Usage(fmt::format("{}: nobody has port 0; it asks for a free one, to listen", address.spelled()));
    if (opt.zero && address.kind == Kind::udp)
        throw cli::Usage("--zero: UDP has no connections: who is there says so only in an answer to a question that he understands",
                         "sock call asks one; sock send ends with status 8 when the machine there refuses");
}

void check(const Options& opt) {
    opt.check_exchange();
    const bool exchanges = opt.send_only || opt.receive_only || opt.no_half_close || opt.end_with_peer || opt.linger || opt.idle_timeout;
    if (opt.zero && (exchanges || !opt.command.empty())) throw cli::Usage("--zero moves nothing and runs nothing");
    if (!opt.command.empty() && (exchanges || opt.report)) throw cli::Usage("what is moved is the command's business: such options do not go with one");
    if (opt.fd && opt.command.empty()) throw cli::Usage("--fd is for a COMMAND", "sock connect ADDRESS --fd 3 -- COMMAND");
}

/// 124 or 1, with a line that says what it was waiting for.
cli::Exit not_reached(const Options& opt, const ipc::Address& address, const std::string& reason) {
    if (opt.nonblock) return cli::Exit::no;
    const auto& limit = opt.connect_timeout && (!opt.timeout || opt.connect_timeout->length < opt.timeout->length) ? opt.connect_timeout : opt.timeout;
    cli::complain(
        fmt::format("{}: no answer{}{}{}", address.spelled(), limit ? " within " + text::spell(*limit) : "", reason.empty() ? "" : "; last: ", reason));
    return cli::Exit::gave_up;
}

cli::Exit scan_ports(const Options& opt, PortRange range) {
    if (!opt.zero) throw cli::Usage("a range of ports can only be asked", "sock connect --zero HOST 20-25");
    if (opt.report || opt.retry) throw cli::Usage("a range of ports is asked once, and has no report");
    const auto address = address_of({opt.words[0], {std::to_string(range.first)}});
    const auto deadline = opt.deadline();
    sys::Signals signals;
    signals.listen();
    bool any = false;
    const auto wait = scan({address, range, opt.connect_timeout}, deadline, signals, [&](std::uint16_t port) {
        any = true;
        auto open = address;
        open.port = std::to_string(port);
        cli::print(open.spelled() + "\n");
        cli::flush();
    });
    if (wait == sys::Wait::interrupted) sys::end_by(sys::Signals::taken());
    if (wait != sys::Wait::done) return opt.gave_up();
    return any ? cli::Exit::ok : cli::Exit::no;
}

cli::Exit run(const Options& opt) {
    check(opt);
    if (opt.words.size() == 2) {
        if (const auto range = PortRange::of(opt.words[1].text)) return scan_ports(opt, *range);
    }
    auto address = address_of(opt.words);
    check_address(opt, address);
    if (opt.source) set_key(address, "--source", "bind", *opt.source);
    const auto deadline = opt.deadline();
    const Report report{opt.report};
    sys::Signals signals;
    signals.listen();
    ipc::Connection connection;
    std::string reason;
    const auto retry = opt.retry ? std::optional{sys::Deadline::after(opt.retry->length)} : std::nullopt;
    auto reached = sys::Wait::done;
    try {
        reached = reach(address, opt.connect_deadline(deadline), retry, signals, connection, &reason);
    } catch (const sys::Error& failure) {
        // It is the kernel's time that is over, and not one that was asked for: nobody answers there.
        if (failure.number() != ETIMEDOUT) throw;
        cli::complain(failure.what());
        return cli::Exit::gone;
    }
    if (reached == sys::Wait::interrupted) return sys::end_by(sys::Signals::taken()), cli::Exit::ok;
    if (reached != sys::Wait::done) return not_reached(opt, address, reason);
    const int socket = connection.socket.get();
    set_up_messages(address, connection);
    sys::trace("connected to {} from {}", connection.peer, connection.local);
    if (!opt.command.empty()) {
        try {
            become_handler(opt.command, socket, opt.fd ? static_cast<int>(opt.fd->value) : -1, signals);
        } catch (const sys::Error& failure) {
            cli::complain(failure.what());
            return cli::exit_for_start(failure.number());
        }
    }
    if (opt.zero) return report.write(connection, {}, 0), cli::Exit::ok;
    const auto until = opt.nonblock ? sys::Deadline{} : deadline;
    const auto finish = [&](auto& exchange) {
        const auto status = exchange.run();
        report.write(connection, exchange.moved(), static_cast<int>(status));
        return status;
    };
    if (type_of(socket) == SOCK_DGRAM || type_of(socket) == SOCK_SEQPACKET) {
        Messages messages{opt, socket, address.spelled(), until, signals};
        return finish(messages);
    }
    Exchange exchange{opt, socket, address.spelled(), true, until, signals};
    return finish(exchange);
}

void declare(cli::Form<Options>& form) {
    form.operands("ADDRESS", &Options::words, 1, "one: tcp://host:port, host:port, the two words HOST PORT, /path, ...");
    form.command(&Options::command, "becomes this, with the socket as its input and output");
    form.option("--fd", &Options::fd, "the command has the socket under this number instead");
    cli::wait_options(form);
    form.option("--connect-timeout", &Options::connect_timeout, "be connected within this long");
    form.option("--retry", &Options::retry, "for this long, try again while nobody is there");
    form.option("--source", &Options::source, "come from this address, or :PORT, or both");
    exchange_options(form);
    form.option("--zero", &Options::zero, "only connect: is it open? HOST 20-25: which of these are?");
    form.option("--report", &Options::report, "write addresses, times and counts to this file, as JSON; -: standard output");
    form.example("echo hello | sock connect --retry 5s localhost 7000", "send, then print the answer to its end");
    form.example("sock connect -t 2s --zero localhost:7001 && echo open", "is somebody there?");
    form.example("sock connect /tmp/echo.sock -- sh -c 'echo hi; read a; echo $a >&2'", "a command that has the socket");
}

}  // namespace

const cli::Verb connect = cli::verb<Options, declare, run>("connect", "join standard input and output to a socket");

}  // namespace tools::sock
