// SPDX-License-Identifier: MIT
// mq send: puts messages on a queue; what it reports as sent is in the kernel's hands.
#include <fcntl.h>
#include <fmt/format.h>

#include "cli/groups.hpp"
#include "cli/records.hpp"
#include "cli/talk.hpp"
#include "label.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
#include "verbs.hpp"

namespace tools::mq {
namespace {

struct Options : cli::WaitOptions, cli::FramingOptions, LabelOptions {
    ipc::MqName name;
    std::vector<std::string> messages;
    std::optional<text::Path> rescue;
    std::optional<text::Number<0, 1'000'000>> ack_fd;
};

/// More than a message of either kind has on any machine (POSIX: HARD_MSGSIZEMAX of linux/ipc_namespace.h, 16 MiB), in base64 as well.
constexpr std::size_t longest_record = 64UL << 20;

/// Sends one record after the other, and accounts for what it could not send.
class Sender {
public:
    Sender(const Options& opt, ipc::Mq& queue)
        : opt_(opt), queue_(queue), records_(opt.messages, opt.framing(), longest_record), given_label_(opt.label_for(queue)), deadline_(opt.deadline()) {
        if (opt.ack_fd && ::fcntl(static_cast<int>(opt.ack_fd->value), F_GETFD) < 0)
            throw cli::Usage(fmt::format("--ack-fd: descriptor {} is not open", opt.ack_fd->value));
    }

    cli::Exit send_all() {
        // One argument is sent or it is not: signals may end us as they like. More than that has to be accounted for.
        if (opt_.messages.size() != 1) signals_.emplace();
        try {
            for (;;) {
                cli::Record record;
                const auto input = records_.next(record, opt_.nonblock ? sys::Deadline{} : deadline_, signals_ ? &*signals_ : nullptr);
                if (input == sys::Wait::would_block) break;
                if (input != sys::Wait::done) return stopped(input, "waiting for input");
                const auto sent = send_one(record);
                if (sent != sys::Wait::done) return stopped(sent, "waiting for room");
                ++sent_;
                acknowledge();
            }
        } catch (const sys::Error& failure) {
            // A message that the queue refuses: those before it are sent, it and those behind it are not.
            account(failure.what());
            if (!failure.hint().empty()) cli::hint(failure.hint());
            return unkept_.value_or(cli::exit_for(failure.number()));
        }
        return cli::Exit::ok;
    }

private:
    [[nodiscard]] long label_of(const cli::Record& record) const {
        auto said = queue_.sysv() ? record.type : record.priority;
        // A record of the other kind brings the other number.
        if (const auto other = queue_.sysv() ? record.priority : record.type; !said && other && !given_label_) said = carried(!queue_.sysv(), queue_, *other);
        const auto label = said.value_or(given_label_.value_or(queue_.sysv() ? 1 : 0));
        const long low = queue_.sysv() ? 1 : 0;
        const long high = queue_.sysv() ? static_cast<long>(Type::highest) : ipc::highest_priority;
        if (label < low || label > high)
            throw sys::Error(EINVAL,
                             fmt::format("{}: {} {} is not in the range {} to {}", queue_.name(), queue_.sysv() ? "type" : "priority", label, low, high));
        return label;
    }

    sys::Wait send_one(const cli::Record& record) {
        const auto label = label_of(record);
        if (queue_.try_send(record.bytes, label) == sys::Wait::done) return sys::Wait::done;
        if (!deadline_.never() && deadline_.past()) return sys::Wait::gave_up;
        if (!signals_) signals_.emplace();
        return queue_.send(record.bytes, label, deadline_, *signals_);
    }

    void acknowledge() {
        if (!opt_.ack_fd) return;
        const auto written = sys::write_all(static_cast<int>(opt_.ack_fd->value), fmt::format("{}\n", sent_));
        if (written.error != 0) throw sys::Error(written.error, fmt::format("--ack-fd: cannot tell that message {} was sent", sent_));
    }

    cli::Exit stopped(sys::Wait how, std::string_view while_what) {
        const auto signal = sys::Signals::taken();
        const bool plain = !records_.from_input() && opt_.messages.size() == 1 && !opt_.rescue;
        if (how == sys::Wait::interrupted) {
            account(fmt::format("{}: ended by signal {} while {}", queue_.name(), signal, while_what));
            sys::end_by(signal);
        } else if (!opt_.nonblock || !plain) {
            account(fmt::format("{}: {}", queue_.name(),
                                opt_.nonblock ? "the queue is full" : fmt::format("gave up after {} while {}", text::spell(*opt_.timeout), while_what)));
        }
        return unkept_.value_or(opt_.gave_up());
    }

    /// Says how many were sent, and where the others are: kept in a file, still in the input, or read and not sent.
    void account(std::string_view reason) {
        cli::complain(reason);
        if (opt_.rescue && keep_rest()) return;
        if (!records_.from_input()) {
            if (opt_.messages.size() > 1) cli::complain(fmt::format("{} of {} messages sent", sent_, opt_.messages.size()));
        } else if (const auto lost = records_.give_back(); lost == 0) {
            cli::complain(fmt::format("{} sent; the input stands behind the last of them", sent_));
        } else if (opt_.rescue) {
            // The file could not have it: standard error is the last place that is left.
            cli::complain(fmt::format("{} sent; {} bytes behind them were read and not sent:", sent_, lost));
            (void)sys::write_all(STDERR_FILENO, records_.unused());
        } else {
            cli::complain(fmt::format("{} sent; {} bytes behind them were read and not sent", sent_, lost));
            cli::hint("--rescue FILE keeps the input that could not be sent");
        }
    }

    bool keep_rest() {
        try {
            cli::Object extra;
            if (given_label_) extra.emplace_back(queue_.sysv() ? "type" : "priority", *given_label_);
            const auto kept = records_.keep_rest(opt_.rescue->path, extra);
            cli::complain(fmt::format("{} sent, the rest ({} bytes) appended to {}", sent_, kept, opt_.rescue->path));
            return true;
        } catch (const sys::Error& failure) {
            cli::complain(failure.what());
            unkept_ = cli::exit_for(failure.number());
            return false;
        }
    }

    const Options& opt_;
    ipc::Mq& queue_;
    cli::Records records_;
    std::optional<long> given_label_;
    sys::Deadline deadline_;
    std::optional<sys::Signals> signals_;
    std::uint64_t sent_ = 0;
    std::optional<cli::Exit> unkept_;  ///< the rest could not be kept in the file
};

cli::Exit run(const Options& opt) {
    const auto queue = ipc::Mq::open(opt.name, ipc::Mq::Access::send);
    return Sender{opt, *queue}.send_all();
}

void declare(cli::Form<Options>& form) {
    form.operand("NAME", &Options::name, "queue to write to, such as /jobs");
    form.operands("MESSAGE", &Options::messages, 0, "messages; none: lines of standard input");
    form.option("-p,--priority", &Options::priority, "POSIX: higher is received first, 0 to 32767 (default: 0)");
    form.option("--type", &Options::type, "System V: the type, 1 or more (default: 1)");
    cli::wait_options(form);
    cli::input_options(form);
    form.option("--rescue", &Options::rescue, "append input that could not be sent to this file");
    form.option("--ack-fd", &Options::ack_fd, "write a line with the count to this descriptor after each message");
    form.example("mq send /jobs hello", "one message");
    form.example("seq 3 | mq send /jobs -t 5s", "a message a line; give up after five seconds");
    form.example("date | mq send /jobs -p 9 --raw", "the whole input is one urgent message");
}

}  // namespace

const cli::Verb send = cli::verb<Options, declare, run>("send", "put messages on a queue");

}  // namespace tools::mq
