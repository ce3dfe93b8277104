// SPDX-License-Identifier: MIT
// mq peek: shows messages without taking them.
#include <fmt/format.h>

#include <exception>
#include <limits>

#include "cli/groups.hpp"
#include "cli/out.hpp"
#include "cli/talk.hpp"
#include "delivery.hpp"
#include "sys/error.hpp"
#include "verbs.hpp"

namespace tools::mq {
namespace {

struct Options : cli::FramingOptions {
    ipc::MqName name;
    bool all = false;
    std::optional<text::Number<0, std::numeric_limits<std::int64_t>::max()>> index;
    std::optional<Type> type;
    bool rotate = false;
    std::optional<text::Path> rescue;
};

bool shown(const Options& opt, const ipc::Message& message, std::uint64_t index) {
    return (!opt.type || message.label == static_cast<long>(opt.type->value)) && (!opt.index || index == opt.index->value);
}

void print(const Options& opt, const ipc::Mq& queue, const ipc::Message& message) {
    std::string record;
    cli::append_record(record, opt.framing(), message.bytes, [&] { return as_json(queue, message); });
    cli::print(record);
}

cli::Exit print_shown(const Options& opt, ipc::Mq& queue, const std::vector<ipc::Message>& messages) {
    bool any = false;
    for (std::uint64_t index = 0; index < messages.size(); ++index) {
        if (!shown(opt, messages[index], index)) continue;
        print(opt, queue, messages[index]);
        any = true;
        if (!opt.all && !opt.index) break;
    }
    return any ? cli::Exit::ok : cli::Exit::no;
}

/// System V: the kernel copies each message out and leaves it in place.
cli::Exit copy_out(const Options& opt, ipc::Mq& queue) {
    bool any = false;
    ipc::Message message;
    const bool one = !opt.all;
    for (std::uint64_t index = opt.index ? opt.index->value : 0; queue.peek(message, index); ++index) {
        if (shown(opt, message, index)) {
            print(opt, queue, message);
            any = true;
            if (one) break;
        }
        if (opt.index) break;
    }
    return any ? cli::Exit::ok : cli::Exit::no;
}

void give_back(ipc::Mq& queue, const ipc::Message& message, Rescue& rescue) {
    try {
        if (queue.try_send(message.bytes, message.label) == sys::Wait::done) return;
    } catch (const sys::Error& failure) {
        cli::complain(failure.what());
    }
    rescue.put_back({&queue, message});
}

/// POSIX: takes everything and puts it back in the same order, before anything is printed.
cli::Exit take_and_return(const Options& opt, const ipc::MqName& name) {
    sys::Signals signals;
    const auto queue = ipc::Mq::open(name, ipc::Mq::Access::both);
    Rescue rescue{opt.rescue ? std::optional{opt.rescue->path} : std::nullopt};
    std::vector<ipc::Message> messages;
    const auto depth = queue->info().messages.value_or(0);
    std::exception_ptr broken;
    try {
        // Not more than were there at first: a busy sender must not keep us at it for ever.
        for (ipc::Message message; messages.size() < depth && queue->try_receive(message, {}) == sys::Wait::done;) messages.push_back(message);
    } catch (...) {
        broken = std::current_exception();
    }
    for (const auto& message : messages) give_back(*queue, message, rescue);
    rescue.tell();
    if (broken) std::rethrow_exception(broken);
    if (const int signal = signals.caught(); signal != 0) sys::end_by(signal);
    signals.release();
    const auto status = print_shown(opt, *queue, messages);
    return rescue.lost_its_place() ? cli::Exit::refused : status;
}

cli::Exit run(const Options& opt) {
    if (opt.all && opt.index) throw cli::Usage("--all and --index exclude each other");
    const auto queue = ipc::Mq::open(opt.name, ipc::Mq::Access::look);
    if (!queue->sysv() && opt.type) throw cli::Usage(fmt::format("{}: a POSIX queue has priorities, not types", queue->name()));
    if (!queue->sysv() && opt.rotate) return take_and_return(opt, opt.name);
    if (!queue->sysv()) {
        throw sys::Error(EOPNOTSUPP, fmt::format("{}: a POSIX queue cannot be peeked at: Linux has no such call", queue->name()),
                         "--rotate takes all messages and puts them back in order; mq(1) states its hazards");
    }
    return copy_out(opt, *queue);
}

void declare(cli::Form<Options>& form) {
    form.operand("NAME", &Options::name, "queue to look into");
    form.option("--all", &Options::all, "all messages, in order (default: the first)");
    form.option("--index", &Options::index, "the message at this place; 0 is the first");
    form.option("--type", &Options::type, "System V: messages of this type");
    cli::output_options(form);
    form.option("--rotate", &Options::rotate, "POSIX: take all messages and put them back in order");
    form.option("--rescue", &Options::rescue, "with --rotate: append what cannot be put back to this file");
    form.example("mq peek $id --all", "what is in it");
    form.example("mq peek key:0x4d2 --type 3 -j", "the first of type 3, with all facts");
    form.example("mq peek /jobs --rotate --all", "POSIX; others see the queue empty for a moment");
}

}  // namespace

const cli::Verb peek = cli::verb<Options, declare, run>("peek", "show messages without taking them");

}  // namespace tools::mq
