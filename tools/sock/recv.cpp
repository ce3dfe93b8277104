// SPDX-License-Identifier: MIT
// sock recv: takes datagrams and records, whole, and delivers them.
#include <fmt/format.h>

#include <limits>

#include "cli/groups.hpp"
#include "cli/out.hpp"
#include "cli/ready.hpp"
#include "cli/talk.hpp"
#include "delivery.hpp"
#include "inbox.hpp"
#include "receivers.hpp"
#include "sys/error.hpp"
#include "text/number.hpp"
#include "text/mode.hpp"
#include "verbs.hpp"

namespace tools::sock {
namespace {

constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

struct Options : cli::WaitOptions, cli::FramingOptions, cli::ReadyOptions {
    ipc::Address address;
    std::optional<text::Number<1, no_end - 1>> count;
    bool follow = false;
    std::optional<text::Mode> mode;
    std::optional<text::Path> rescue;
    std::vector<std::string> command;
    std::optional<text::Number<1, 4096>> jobs;

    [[nodiscard]] std::uint64_t wanted() const { return count ? count->value : follow ? no_end : 1; }
    [[nodiscard]] std::optional<std::string> rescue_file() const { return rescue ? std::optional{rescue->path} : std::nullopt; }
};

void check(const Options& opt) {
    (void)opt.framing();
    if (opt.count && opt.follow) throw cli::Usage("--count and --follow exclude each other");
    if (opt.address.is_raw()) throw cli::Usage("ADDRESS: packets are received by sock raw");
    if (!opt.address.has_messages() && opt.address.kind != ipc::Address::Kind::descriptor)
        throw cli::Usage(fmt::format("ADDRESS: {} has no messages", opt.address.spelled()),
                         "write udp://host:port, unix-dgram:/path or unix-seqpacket:/path; streams are received by sock listen");
    if (opt.jobs && opt.command.empty()) throw cli::Usage("--jobs needs a COMMAND behind --", "sock recv ADDRESS --follow --jobs 4 -- COMMAND");
    if (!opt.command.empty() && opt.framing() != cli::Framing::lines)
        throw cli::Usage("a COMMAND gets the message's bytes as its input; leave out --null, --raw, --framed and --json");
    if (opt.mode && !opt.address.is_path()) throw cli::Usage("--mode is for a path");
    opt.check_ready();
}

/// Says what the kernel had no room for, whichever way we end.
class Account {
public:
    explicit Account(const Inbox& inbox) : inbox_(inbox) {}
    Account(const Account&) = delete;
    Account& operator=(const Account&) = delete;
    ~Account() { tell(); }
    void tell() {
        const auto dropped = inbox_.dropped();
        if (dropped > told_)
            cli::complain(
                fmt::format("{} message{} dropped: there was no room; ?rcvbuf=SIZE makes more", dropped - told_, dropped - told_ == 1 ? " was" : "s were"));
        told_ = dropped;
    }

private:
    const Inbox& inbox_;
    std::uint64_t told_ = 0;
};

cli::Exit end(Inbox& inbox, Account& account, sys::Signals& signals, sys::Wait how, const Options& opt) {
    account.tell();
    inbox.close();
    if (how != sys::Wait::interrupted) return opt.gave_up();
    const int signal = sys::Signals::taken();
    signals.release();
    sys::end_by(signal);
    return cli::Exit::refused;
}

/// Everybody who could send has closed, or there were enough.
cli::Exit closed_early(const Options& opt, std::uint64_t taken) {
    if (taken >= opt.wanted() || opt.follow) return cli::Exit::ok;
    cli::complain(fmt::format("{}: the other side has closed", opt.address.spelled()));
    return cli::Exit::gone;
}

cli::Exit each(const Options& opt, Inbox& inbox, Account& account, const sys::Deadline& deadline, sys::Signals& signals) {
    std::uint64_t taken = 0;
    const ReceiverSettings settings{opt.command, opt.jobs ? opt.jobs->value : 1, opt.wanted(), opt.rescue_file()};
    const auto status = run_each(
        inbox, settings, deadline, opt.gave_up(), signals,
        [&] {
            account.tell();
            inbox.close();
        },
        taken);
    return status != cli::Exit::ok ? status : closed_early(opt, taken);
}

cli::Exit run(const Options& opt) {
    check(opt);
    const auto deadline = opt.deadline();
    // Held from here on: what was taken is delivered before a signal ends us.
    sys::Signals signals;
    Inbox inbox{opt.address.spelled(), opt.json};
    ipc::ListenSettings settings;
    if (opt.mode) settings.mode = opt.mode->applied_to(text::Mode::private_bits);
    if (const auto wait = inbox.bind(opt.address, settings, deadline, signals); wait != sys::Wait::done) {
        if (wait == sys::Wait::interrupted) sys::end_by(sys::Signals::taken());
        return opt.gave_up();
    }
    if (opt.address.port == "0") cli::note(fmt::format("receiving on {}", inbox.names().front()));
    opt.tell_ready();

    Account account{inbox};
    if (!opt.command.empty()) return each(opt, inbox, account, deadline, signals);
    Delivery delivery{opt.framing(), opt.rescue_file(), signals};
    std::vector<Datagram> taken;
    while (delivery.delivered() < opt.wanted()) {
        bool output_gone = false;
        if (const auto wait = inbox.wait(deadline, signals, output_gone); wait != sys::Wait::done) return end(inbox, account, signals, wait, opt);
        if (output_gone) {
            inbox.close();
            signals.release();
            throw cli::OutputError{EPIPE};
        }
        inbox.take(taken, opt.wanted() - delivery.delivered());
        try {
            delivery.deliver(taken);
        } catch (...) {
            inbox.close();
            throw;
        }
        if (inbox.ended()) break;
    }
    inbox.close();
    return closed_early(opt, delivery.delivered());
}

void declare(cli::Form<Options>& form) {
    form.operand("ADDRESS", &Options::address, "where to receive: udp://, unix-dgram:, unix-seqpacket: or fd:N");
    form.command(&Options::command, "is run for each message, with its bytes as its input");
    form.option("-N,--count", &Options::count, "this many messages (default: 1)");
    form.option("--follow", &Options::follow, "go on for ever");
    form.option("--jobs", &Options::jobs, "so many commands at the same time (default: 1)");
    cli::wait_options(form);
    cli::output_options(form);
    form.option("-m,--mode", &Options::mode, "permissions of a path (default: 0600)");
    form.option("--rescue", &Options::rescue, "append what was not taken, or whose COMMAND failed, to this file");
    cli::ready_options(form);
    form.example("sock recv udp://localhost:5000 --follow", "a line for each datagram");
    form.example("sock recv unix-dgram:/tmp/log -m 0666 --follow -j", "who sent what: time, sender, size");
    form.example("sock recv 'udp://239.1.2.3:5000?interface=lo' -t 5s", "join a group and wait for one");
}

}  // namespace

const cli::Verb recv = cli::verb<Options, declare, run>("recv", "receive datagrams and records");

}  // namespace tools::sock
