// SPDX-License-Identifier: MIT
// sock send: each message is one datagram or record; what it reports as sent is in the kernel's hands.
#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <span>

#include "cli/groups.hpp"
#include "cli/json.hpp"
#include "cli/records.hpp"
#include "cli/talk.hpp"
#include "outbox.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
#include "verbs.hpp"

namespace tools::sock {
namespace {

struct Options : cli::WaitOptions, cli::FramingOptions {
    ipc::Address address;
    std::vector<std::string> messages;
    bool no_loop = false;
};

/// Sends one record after the other, and accounts for what it could not send.
class Sender {
public:
    explicit Sender(const Options& opt) : opt_(opt), records_(opt.messages, opt.framing()), deadline_(opt.deadline()) {}

    cli::Exit send_all() {
        if (const auto wait = outbox_.open(opt_.address, false, !opt_.no_loop, deadline_, signals_); wait != sys::Wait::done)
            return stopped(wait, "waiting for the other side");
        try {
            for (;;) {
                // What was read is sent before we wait for more.
                const bool more = records_.more_at_hand();
                if (!more || outbox_.full()) {
                    if (const auto wait = outbox_.flush(deadline_, signals_); wait != sys::Wait::done) return stopped(wait, "waiting for room");
                }
                cli::Record record;
                const auto input = records_.next(record, opt_.nonblock ? sys::Deadline{} : deadline_, &signals_);
                if (input == sys::Wait::would_block) break;
                if (input != sys::Wait::done) return stopped(input, "waiting for input");
                outbox_.add(record.bytes);
            }
            if (const auto wait = outbox_.flush(deadline_, signals_); wait != sys::Wait::done) return stopped(wait, "waiting for room");
        } catch (const sys::Error& failure) {
            account(failure.what());
            if (!failure.hint().empty()) cli::hint(failure.hint());
            return cli::exit_for(failure.number());
        }
        return heard_of_refusal();
    }

private:
    /// The refusal of the last ones comes at once where the other side is on this machine.
    cli::Exit heard_of_refusal() {
        const int error = outbox_.complaint();
        if (error == 0) return cli::Exit::ok;
        // A name may have several addresses, and datagrams go to the first.
        const auto tried = ipc::peer_end(outbox_.fd()).spelled();
        const auto where = opt_.address.is_inet() && tried != opt_.address.spelled() ? fmt::format(" ({})", tried) : std::string{};
        account(sys::Error{error, fmt::format("{}{}: nobody receives there, at least one was refused", opt_.address.spelled(), where)}.what());
        return cli::exit_for(error);
    }

    cli::Exit stopped(sys::Wait how, std::string_view while_what) {
        if (how == sys::Wait::interrupted) {
            const int signal = sys::Signals::taken();
            account(fmt::format("{}: ended by signal {} while {}", opt_.address.spelled(), signal, while_what));
            signals_.release();
            sys::end_by(signal);
        } else if (!opt_.nonblock || records_.from_input() || opt_.messages.size() != 1) {
            account(fmt::format("{}: {}", opt_.address.spelled(),
                                opt_.nonblock ? "there is no room" : fmt::format("gave up after {} while {}", text::spell(*opt_.timeout), while_what)));
        }
        return opt_.gave_up();
    }

    /// Says how many were sent, and what became of the others.
    void account(std::string_view reason) {
        cli::complain(reason);
        if (!records_.from_input()) {
            if (opt_.messages.size() > 1) cli::complain(fmt::format("{} of {} messages sent", outbox_.sent(), opt_.messages.size()));
            return;
        }
        auto unsent = std::span{outbox_.held()};
        const auto lost = records_.give_back();
        // The last one is back in the input, the others can only be shown.
        if (lost == 0 && !unsent.empty()) unsent = unsent.first(unsent.size() - 1);
        if (unsent.empty() && lost == 0) return cli::complain(fmt::format("{} sent; the input stands behind the last of them", outbox_.sent()));
        if (unsent.empty()) return cli::complain(fmt::format("{} sent; {} bytes behind them were read and not sent", outbox_.sent(), lost));
        if (cli::quiet())
            return cli::complain(fmt::format("{} sent; {} behind them read and not sent", outbox_.sent(),
                                             unsent.size() == 1 ? "1 message" : fmt::format("{} messages", unsent.size())));
        cli::complain(fmt::format("{} sent; {} behind them read and not sent; sock send -j reads the next {}:", outbox_.sent(), unsent.size(),
                                  unsent.size() == 1 ? "line" : "lines"));
        for (const auto& message : unsent) {
            cli::Object object;
            cli::add_bytes(object, "message", message);
            (void)sys::write_all(STDERR_FILENO, cli::to_json(object) + "\n");
        }
        if (lost == 0) return;
        const auto rest = lost - std::min(lost, records_.unused().substr(0, outbox_.held().back().size()).size());
        if (rest > 1) cli::complain(fmt::format("up to {} bytes behind these were read, too", rest));
    }

    const Options& opt_;
    sys::Signals signals_;
    cli::Records records_;
    sys::Deadline deadline_;
    Outbox outbox_;
};

cli::Exit run(const Options& opt) { return Sender{opt}.send_all(); }

void declare(cli::Form<Options>& form) {
    form.operand("ADDRESS", &Options::address, "where to send: udp://, unix-dgram:, unix-seqpacket: or fd:N");
    form.operands("MESSAGE", &Options::messages, 0, "messages; none: lines of standard input");
    cli::wait_options(form);
    cli::input_options(form);
    form.option("--no-loop", &Options::no_loop, "groups: not to the members on this machine");
    form.example("sock send udp://localhost:5000 hello", "one datagram");
    form.example("seq 3 | sock send unix-dgram:/tmp/log", "a datagram a line");
    form.example("sock send 'udp://239.1.2.3:5000?interface=lo&ttl=4' hello", "to a group, four networks far");
}

}  // namespace

const cli::Verb send = cli::verb<Options, declare, run>("send", "send datagrams and records");

}  // namespace tools::sock
