// SPDX-License-Identifier: MIT
// sock relay: joins two addresses both ways; with --listen, each connection to one with a new one to the other.
#include <fmt/format.h>

#include "cli/groups.hpp"
#include "cli/json.hpp"
#include "cli/output_file.hpp"
#include "cli/talk.hpp"
#include "flows.hpp"
#include "inbox.hpp"
#include "ipc/connection.hpp"
#include "limits.hpp"
#include "outbox.hpp"
#include "reach.hpp"
#include "sessions.hpp"
#include "sys/error.hpp"
#include "sys/stream.hpp"
#include "target.hpp"
#include "verbs.hpp"

namespace tools::sock {
namespace {

struct Options : cli::WaitOptions, ServerOptions {
    ipc::Address first;
    ipc::Address second;
    bool listen = false;
    bool descriptors = false;
    std::optional<text::SizeIn<1, UINT64_MAX>> rate;
    std::optional<text::Duration> idle_timeout;
    std::optional<text::Number<1, 1'000'000>> most;
    std::optional<text::Number<1, 1'000'000'000>> count;
    std::optional<text::Path> log;
    std::optional<TrafficForm> log_format;
    std::optional<text::Path> report;
};

constexpr std::size_t usual_most = 10'000;
constexpr text::Duration usual_idle{std::chrono::minutes{1}};  // of a sender of datagrams, who does not say that he has ended

bool has_datagrams(const ipc::Address& address) {
    using Kind = ipc::Address::Kind;
    return address.kind == Kind::udp || address.kind == Kind::unix_datagram || (address.kind == Kind::descriptor && type_of(address.descriptor) == SOCK_DGRAM);
}

bool has_datagrams(const Options& opt) { return has_datagrams(opt.first) || has_datagrams(opt.second); }

void check_datagrams(const Options& opt) {
    for (const auto* address : {&opt.first, &opt.second}) {
        if (has_datagrams(*address) || address->kind == ipc::Address::Kind::activation) continue;
        throw cli::Usage(fmt::format("{} has no datagrams, and the other address has nothing else", address->spelled()));
    }
    if (opt.rate) throw cli::Usage("--rate: datagrams that have to wait are lost; it is for streams");
    if (opt.descriptors) throw cli::Usage("--descriptors is for streams");
}

void check(const Options& opt) {
    if (has_datagrams(opt)) {
        check_datagrams(opt);
    } else {
        check_stream(opt.first);
        check_stream(opt.second);
    }
    for (const auto* address : {&opt.first, &opt.second}) {
        if (address->kind == ipc::Address::Kind::standard)
            throw cli::Usage("-: relay joins sockets", "sock connect and sock listen join standard input and output to one");
    }
    const bool serves =
        !opt.allow.empty() || !opt.deny.empty() || opt.mode || opt.owner || opt.backlog || opt.address_file || opt.reuse_port || opt.most || opt.count;
    if (serves && !opt.listen) throw cli::Usage("options of listening need --listen");
    if (opt.second.kind == ipc::Address::Kind::activation) throw cli::Usage("systemd: listens, and so comes first, with --listen");
    if (opt.first.kind == ipc::Address::Kind::activation && !opt.listen) throw cli::Usage("systemd: listens: --listen is missing");
    if (opt.descriptors && (opt.first.is_inet() || opt.second.is_inet())) throw cli::Usage("--descriptors: only unix sockets carry them");
    if (opt.log_format && !opt.log) throw cli::Usage("--log-format needs --log");
}

class Relay {
public:
    Relay(const Options& opt, sys::Signals& signals) : opt_(opt), signals_(signals), deadline_(opt.deadline()) {
        if (opt.report) report_.emplace(opt.report->path, cli::OutputFile::How::replace);
        if (opt.log) traffic_.emplace(opt.log->path, opt.log_format.value_or(TrafficForm{}));
        settings_ = {opt.rate ? std::optional{opt.rate->bytes} : std::nullopt,
                     opt.idle_timeout,
                     opt.most ? opt.most->value : usual_most,
                     opt.count ? std::optional{opt.count->value} : std::nullopt,
                     opt.descriptors,
                     traffic_ ? &*traffic_ : nullptr,
                     [this](const Session& session) {
                         if (report_) report_->write(cli::to_json(session.facts()) + "\n");
                     }};
    }

    cli::Exit run() {
        if (has_datagrams(opt_)) return opt_.listen ? many_senders() : datagram_pair();
        return opt_.listen ? many() : pair();
    }

private:
    sys::Wait find_target(std::vector<ipc::Endpoint>& endpoints) {
        if (opt_.second.kind == ipc::Address::Kind::descriptor) throw cli::Usage("with --listen each connection needs a new one: fd: is only one");
        if (!opt_.second.is_unix()) return ipc::resolve(opt_.second, ipc::Purpose::to_connect, deadline_, signals_, endpoints);
        endpoints.push_back(ipc::unix_endpoint(opt_.second, directory_));
        return sys::Wait::done;
    }

    [[nodiscard]] FlowSettings flow_settings(const std::optional<text::Duration>& idle) {
        return {idle,
                opt_.most ? opt_.most->value : usual_most,
                opt_.count ? std::optional{opt_.count->value} : std::nullopt,
                &opt_,
                traffic_ ? &*traffic_ : nullptr,
                [this](const Flow& flow) {
                    if (report_) report_->write(cli::to_json(flow.facts()) + "\n");
                }};
    }

    cli::Exit many_senders() {
        std::vector<ipc::Endpoint> endpoints;
        if (const auto wait = find_target(endpoints); wait != sys::Wait::done) return stopped(wait);
        raise_descriptor_limit();
        auto address = opt_.first;
        const auto listening = settings_of(opt_, address);
        Inbox inbox{address.spelled(), true};
        if (const auto wait = inbox.bind(address, listening, deadline_, signals_); wait != sys::Wait::done) return stopped(wait);
        announce(opt_, address, inbox.names());
        const auto settings = flow_settings(opt_.idle_timeout ? opt_.idle_timeout : usual_idle);
        Flows flows{settings, inbox, opt_.second, std::move(endpoints), signals_};
        const auto wait = flows.run(deadline_);
        if (wait != sys::Wait::done) flows.account();
        inbox.close();
        return wait == sys::Wait::done ? cli::Exit::ok : stopped(wait);
    }

    sys::Wait reach_both(ipc::Connection& first, ipc::Connection& second) {
        const auto wait = reach(opt_.first, deadline_, {}, signals_, first);
        return wait != sys::Wait::done ? wait : reach(opt_.second, deadline_, {}, signals_, second);
    }

    cli::Exit datagram_pair() {
        ipc::Connection first;
        ipc::Connection second;
        if (const auto wait = reach_both(first, second); wait != sys::Wait::done) return stopped(wait);
        set_up_messages(opt_.first, first);
        set_up_messages(opt_.second, second);
        opt_.tell_ready();
        Inbox inbox{first.peer, false};
        inbox.add(sys::duplicate(first.socket.get()));
        const auto settings = flow_settings(opt_.idle_timeout);
        Flows flows{settings, inbox, opt_.second, {}, signals_};
        flows.join(std::move(first.socket), std::move(second.socket), first.peer, second.peer);
        if (const auto wait = flows.run(deadline_); wait != sys::Wait::done) {
            flows.account();
            return stopped(wait);
        }
        return flows.failure() == 0 ? cli::Exit::ok : cli::exit_for(flows.failure());
    }

    cli::Exit many() {
        std::vector<ipc::Endpoint> endpoints;
        if (const auto wait = find_target(endpoints); wait != sys::Wait::done) return stopped(wait);
        raise_descriptor_limit();
        Server server;
        if (const auto wait = Server::open(opt_.first, opt_, deadline_, signals_, server); wait != sys::Wait::done) return stopped(wait);
        Sessions sessions{settings_, &server, opt_.second, std::move(endpoints), signals_};
        const auto wait = sessions.run(deadline_);
        if (wait != sys::Wait::done) {
            sessions.account();
            sessions.reset_all();
        }
        server.close();
        return wait == sys::Wait::done ? cli::Exit::ok : stopped(wait);
    }

    cli::Exit pair() {
        ipc::Connection first;
        ipc::Connection second;
        if (const auto wait = reach_both(first, second); wait != sys::Wait::done) return stopped(wait);
        opt_.tell_ready();
        // So that they are still there when both directions have ended, to be asked what was taken.
        const sys::Fd ends[] = {sys::duplicate(first.socket.get()), sys::duplicate(second.socket.get())};
        Sessions sessions{settings_, nullptr, opt_.second, {}, signals_};
        sessions.add({std::move(first.socket)}, {std::move(second.socket)}, first.peer, second.peer);
        if (const auto wait = sessions.run(deadline_); wait != sys::Wait::done) {
            sessions.account();
            sessions.reset_all();
            return stopped(wait);
        }
        int error = sessions.failure();
        for (const auto& end : ends) {
            if (error != 0) break;
            if (const auto wait = ipc::until_taken(end.get(), deadline_, signals_, error); wait != sys::Wait::done) return stopped(wait);
            if (error != 0) cli::complain(fmt::format("{}: {}: not all of it was taken", opt_.second.spelled(), sys::error_text(error)));
        }
        if (error == ETIMEDOUT) return cli::Exit::gave_up;
        return error == 0 ? cli::Exit::ok : cli::Exit::gone;
    }

    cli::Exit stopped(sys::Wait how) const {
        if (how == sys::Wait::interrupted) sys::end_by(sys::Signals::taken());
        return opt_.gave_up();
    }

    const Options& opt_;
    sys::Signals& signals_;
    sys::Deadline deadline_;
    std::optional<cli::OutputFile> report_;  ///< a line for each connection that is over
    std::optional<Traffic> traffic_;
    SessionSettings settings_;
    sys::Fd directory_;  ///< through which a target with a long path is reached
};

cli::Exit run(const Options& opt) {
    check(opt);
    sys::Signals signals{SIGUSR1};
    signals.listen();
    return Relay{opt, signals}.run();
}

void declare(cli::Form<Options>& form) {
    form.operand("ADDRESS", &Options::first, "one end; with --listen, where connections are awaited");
    form.operand("TARGET", &Options::second, "the other end; with --listen, connected to for each of them");
    form.option("--listen", &Options::listen, "wait for connections to ADDRESS, and take each to TARGET");
    form.option("--descriptors", &Options::descriptors, "pass on descriptors that come with the bytes (unix sockets)");
    form.option("--rate", &Options::rate, "pass on no more than this in a second, all together");
    form.option("--idle-timeout", &Options::idle_timeout, "end what has moved nothing for this long (datagrams: 1m)");
    form.option("--max", &Options::most, "so many at once, and turn away others (default: 10000)");
    form.option("-N,--count", &Options::count, "end after so many connections");
    form.option("--log", &Options::log, "add what passes to this file; -: standard output");
    form.option("--log-format", &Options::log_format, "how it is written there: text, hex or json (default: text)");
    form.option("--report", &Options::report, "write a line of JSON to this file (-: output) for each that is over");
    cli::wait_options(form);
    server_options(form);
    form.example("sock relay --listen :8080 localhost:80", "forward a port");
    form.example("sock relay --listen 7002 /tmp/app.sock --log traffic", "see what is said");
    form.example("sock relay --listen udp://5353 udp://127.0.0.53:53", "forward datagrams, and their answers");
}

}  // namespace

const cli::Verb relay = cli::verb<Options, declare, run>("relay", "join two addresses both ways, or forward a port");

}  // namespace tools::sock
