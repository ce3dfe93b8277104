// SPDX-License-Identifier: MIT
// sock call: sends a datagram or record and prints what is answered.
#include <fmt/format.h>

#include <limits>

#include "cli/groups.hpp"
#include "cli/out.hpp"
#include "cli/records.hpp"
#include "cli/talk.hpp"
#include "delivery.hpp"
#include "inbox.hpp"
#include "outbox.hpp"
#include "sys/error.hpp"
#include "text/number.hpp"
#include "verbs.hpp"

namespace tools::sock {
namespace {

constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

struct Options : cli::WaitOptions, cli::FramingOptions {
    ipc::Address address;
    std::vector<std::string> messages;
    std::optional<text::Number<1, no_end - 1>> count;
    bool all = false;
    std::optional<text::Duration> again;

    [[nodiscard]] std::uint64_t wanted() const { return count ? count->value : all ? no_end : 1; }
};

class Caller {
public:
    explicit Caller(const Options& opt)
        : opt_(opt), deadline_(opt.deadline()), inbox_(opt.address.spelled(), opt.json), delivery_(opt.framing(), {}, signals_) {}

    cli::Exit run() {
        if (const auto wait = outbox_.open(opt_.address, true, true, deadline_, signals_); wait != sys::Wait::done) return stopped(wait);
        std::string whole;
        if (opt_.messages.empty()) {
            // The input is one message, whatever is in it.
            cli::Records input{opt_.messages, cli::Framing::raw};
            cli::Record record;
            if (const auto wait = input.next(record, deadline_, &signals_); wait != sys::Wait::done && wait != sys::Wait::would_block) return stopped(wait);
            whole = record.bytes;
        }
        const auto message = opt_.messages.empty() ? whole : opt_.messages.front();
        outbox_.add(message);
        if (const auto wait = outbox_.flush(deadline_, signals_); wait != sys::Wait::done) return stopped(wait);
        inbox_.add(sys::duplicate(outbox_.fd()));
        return receive(message);
    }

private:
    cli::Exit receive(const std::string& message) {
        auto next = opt_.again ? sys::Deadline::after(opt_.again->length) : sys::Deadline{};
        std::vector<Datagram> taken;
        while (delivery_.delivered() < opt_.wanted()) {
            bool output_gone = false;
            const bool resend_first = delivery_.delivered() == 0 && next.left() < deadline_.left();
            const auto wait = inbox_.wait(resend_first ? next : deadline_, signals_, output_gone);
            if (wait == sys::Wait::gave_up && resend_first) {
                outbox_.add(message);
                if (const auto sent = outbox_.flush(deadline_, signals_); sent != sys::Wait::done) return stopped(sent);
                next = sys::Deadline::after(opt_.again->length);
                continue;
            }
            if (wait != sys::Wait::done) return stopped(wait);
            if (output_gone) {
                signals_.release();
                throw cli::OutputError{EPIPE};
            }
            inbox_.take(taken, opt_.wanted() - delivery_.delivered());
            delivery_.deliver(taken);
            if (inbox_.ended()) break;
        }
        if (delivery_.delivered() >= opt_.wanted() || (opt_.all && delivery_.delivered() > 0)) return cli::Exit::ok;
        throw sys::Error(ECONNRESET, fmt::format("{}: the other side has closed after {} answers", opt_.address.spelled(), delivery_.delivered()));
    }

    cli::Exit stopped(sys::Wait how) {
        if (how == sys::Wait::interrupted) {
            const int signal = sys::Signals::taken();
            signals_.release();
            sys::end_by(signal);
        }
        return opt_.all && delivery_.delivered() > 0 ? cli::Exit::ok : opt_.gave_up();
    }

    const Options& opt_;
    sys::Signals signals_;
    sys::Deadline deadline_;
    Outbox outbox_;
    Inbox inbox_;
    Delivery delivery_;
};

cli::Exit run(const Options& opt) {
    if (opt.count && opt.all) throw cli::Usage("--count and --all exclude each other");
    if (opt.all && !opt.timeout && !opt.nonblock) throw cli::Usage("--all needs a time: --timeout says when enough has been waited");
    if (opt.messages.size() > 1) throw cli::Usage("one MESSAGE is sent; put words with blanks in quotes");
    return Caller{opt}.run();
}

void declare(cli::Form<Options>& form) {
    form.operand("ADDRESS", &Options::address, "whom to ask: udp://, unix-dgram:, unix-seqpacket: or fd:N");
    form.operands("MESSAGE", &Options::messages, 0, "what to send; none: standard input, all of it one message");
    form.option("-N,--count", &Options::count, "wait for this many answers (default: 1)");
    form.option("--all", &Options::all, "all answers until --timeout is over; status 0 if there was one");
    form.option("--again", &Options::again, "send it again after this long without an answer, and so on");
    cli::wait_options(form);
    cli::output_options(form);
    form.example("sock call udp://localhost:5000 ping -t 2s", "one question, one answer");
    form.example("sock call --all -t 1s -j 'udp://255.255.255.255:5000?broadcast' hello", "who is out there");
    form.example("sock call --raw udp://127.0.0.53:53 -t 5s --again 1s < query", "a DNS question, repeated");
}

}  // namespace

const cli::Verb call = cli::verb<Options, declare, run>("call", "send a datagram and print what is answered");

}  // namespace tools::sock
