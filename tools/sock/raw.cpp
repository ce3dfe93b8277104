// SPDX-License-Identifier: MIT
// sock raw: sends and receives packets: what is above IP, or all of it.
#include <fmt/format.h>

#include <limits>

#include "cli/groups.hpp"
#include "cli/out.hpp"
#include "cli/ready.hpp"
#include "cli/records.hpp"
#include "cli/talk.hpp"
#include "delivery.hpp"
#include "inbox.hpp"
#include "outbox.hpp"
#include "packets.hpp"
#include "sys/error.hpp"
#include "text/escape.hpp"
#include "text/number.hpp"
#include "verbs.hpp"

namespace tools::sock {
namespace {

constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

/// Bytes, two hexadecimal digits each; blanks and colons between them are for people.
struct Hex {
    std::string bytes;
    static constexpr text::Word word{"HEX"};
    static text::Parsed<Hex> parse(std::string_view text) {
        Hex hex;
        int high = -1;
        for (const char c : text) {
            if (high < 0 && (c == ' ' || c == ':' || c == '\t')) continue;
            const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
            if (digit < 0) return std::unexpected(fmt::format("'{}' is not bytes in hex, such as '08 00 f7 ff'", text::escape(text)));
            if (high >= 0) hex.bytes += static_cast<char>(high * 16 + digit);
            high = high < 0 ? digit : -1;
        }
        if (high >= 0) return std::unexpected(fmt::format("'{}': the last byte has one digit only", text::escape(text)));
        return hex;
    }
};

struct Options : cli::WaitOptions, cli::FramingOptions, cli::ReadyOptions {
    ipc::Address address;
    std::vector<Hex> packets;
    std::optional<PacketFilter> filter;
    std::optional<text::Number<1, no_end - 1>> count;
    std::optional<text::Number<0, 65533>> checksum;
    bool follow = false;
    bool from_input = false;
    bool send_only = false;
    bool header = false;

    [[nodiscard]] std::uint64_t wanted() const { return send_only ? 0 : count ? count->value : follow ? no_end : 1; }
};

void check(const Options& opt) {
    using Kind = ipc::Address::Kind;
    const auto kind = opt.address.kind;
    if (!opt.address.is_raw())
        throw cli::Usage(fmt::format("ADDRESS: {} has no packets of its own", opt.address.spelled()), "write ip://host/icmp, packet://eth0 or ping://host");
    if (opt.count.has_value() + opt.follow + opt.send_only > 1) throw cli::Usage("--count, --follow and --send-only exclude each other");
    if (opt.from_input && !opt.packets.empty()) throw cli::Usage("--stdin reads the packets; give no HEX with it");
    const bool sends = opt.from_input || !opt.packets.empty();
    if (!sends && (opt.send_only || opt.header || opt.checksum)) throw cli::Usage("--send-only, --header and --checksum are for packets that are sent");
    if (sends && kind != Kind::packet && opt.address.host.empty()) throw cli::Usage("ADDRESS: packets are sent to a host");
    if (opt.header && kind != Kind::ip) throw cli::Usage("--header is for ip://");
    opt.check_ready();
}

/// The sum of all 16-bit words, inverted, goes where it stands (RFC 1071).
std::string with_checksum(std::string packet, std::size_t at) {
    if (at + 2 > packet.size()) throw cli::Usage(fmt::format("--checksum: {} is outside of a packet of {} bytes", at, packet.size()));
    packet[at] = packet[at + 1] = '\0';
    std::uint32_t sum = 0;
    for (std::size_t place = 0; place < packet.size(); ++place) {
        const auto byte = static_cast<unsigned char>(packet[place]);
        sum += place % 2 == 0 ? static_cast<std::uint32_t>(byte) << 8 : byte;
    }
    while (sum > 0xffff) sum = (sum >> 16) + (sum & 0xffff);
    packet[at] = static_cast<char>(~sum >> 8 & 255);
    packet[at + 1] = static_cast<char>(~sum & 255);
    return packet;
}

class Station {
public:
    explicit Station(const Options& opt)
        : opt_(opt), deadline_(opt.deadline()), inbox_(opt.address.spelled(), opt.json), delivery_(opt.framing(), {}, signals_, true) {}

    cli::Exit run() {
        sys::Fd socket;
        if (const auto wait = open_packets(opt_.address, {opt_.filter, opt_.header}, deadline_, signals_, socket); wait != sys::Wait::done)
            return stopped(wait);
        opt_.tell_ready();
        inbox_.add(sys::duplicate(socket.get()));
        outbox_.use(std::move(socket), opt_.address.spelled());
        if (const auto wait = send_all(); wait != sys::Wait::done) return stopped(wait);
        return receive();
    }

private:
    sys::Wait send(const std::string& packet) {
        outbox_.add(opt_.checksum ? with_checksum(packet, opt_.checksum->value) : packet);
        return outbox_.flush(deadline_, signals_);
    }

    sys::Wait send_all() {
        for (const auto& packet : opt_.packets) {
            if (const auto wait = send(packet.bytes); wait != sys::Wait::done) return wait;
        }
        if (!opt_.from_input) return sys::Wait::done;
        cli::Records records{{}, cli::Framing::lines};
        for (std::size_t line = 1;; ++line) {
            cli::Record record;
            const auto wait = records.next(record, deadline_, &signals_);
            if (wait == sys::Wait::would_block) return sys::Wait::done;
            if (wait != sys::Wait::done) return wait;
            const auto packet = Hex::parse(record.bytes);
            if (!packet) throw sys::Error(EBADMSG, fmt::format("standard input: line {}: {}; {} packets sent", line, packet.error(), outbox_.sent()));
            if (const auto sent = send(packet->bytes); sent != sys::Wait::done) return sent;
        }
    }

    cli::Exit receive() {
        std::vector<Datagram> taken;
        while (delivery_.delivered() < opt_.wanted()) {
            bool output_gone = false;
            if (const auto wait = inbox_.wait(deadline_, signals_, output_gone); wait != sys::Wait::done) return stopped(wait);
            if (output_gone) {
                signals_.release();
                throw cli::OutputError{EPIPE};
            }
            inbox_.take(taken, opt_.wanted() - delivery_.delivered());
            delivery_.deliver(taken);
        }
        return cli::Exit::ok;
    }

    cli::Exit stopped(sys::Wait how) {
        if (const auto dropped = inbox_.dropped(); dropped > 0) cli::complain(fmt::format("{} packets were dropped: there was no room", dropped));
        if (how == sys::Wait::interrupted) {
            const int signal = sys::Signals::taken();
            signals_.release();
            sys::end_by(signal);
        }
        return opt_.gave_up();
    }

    const Options& opt_;
    sys::Signals signals_;
    sys::Deadline deadline_;
    Inbox inbox_;
    Outbox outbox_;
    Delivery delivery_;
};

cli::Exit run(const Options& opt) {
    check(opt);
    return Station{opt}.run();
}

void declare(cli::Form<Options>& form) {
    form.operand("ADDRESS", &Options::address, "ip://host/protocol, packet://interface or ping://host");
    form.operands("HEX", &Options::packets, 0, "packets to send, in hexadecimal digits; none: only receive");
    form.option("--stdin", &Options::from_input, "send packets from standard input, one a line, in hex");
    form.option("--checksum", &Options::checksum, "put the Internet checksum of each packet at this offset");
    form.option("--header", &Options::header, "the packets begin with their own IP header");
    form.option("--filter", &Options::filter, "receive only what fits, such as 'udp and port 53'");
    form.option("-N,--count", &Options::count, "receive this many (default: 1)");
    form.option("--follow", &Options::follow, "go on receiving for ever");
    form.option("--send-only", &Options::send_only, "receive nothing");
    cli::wait_options(form);
    cli::output_options(form);
    cli::ready_options(form);
    form.example("sock raw packet://lo --follow --filter 'tcp and port 80' -j", "watch a network card");
    form.example("sock raw ip://127.0.0.1/icmp --checksum 2 '08 00 00 00 12 34 00 01' --filter 'icmp[0] == 0'", "ping");
    form.example("sock raw ping://127.0.0.1 -t 1s '08 00 00 00 00 00 00 01'", "the same, where anybody may");
}

}  // namespace

const cli::Verb raw = cli::verb<Options, declare, run>("raw", "send and receive packets");

}  // namespace tools::sock
