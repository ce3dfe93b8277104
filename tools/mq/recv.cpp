// SPDX-License-Identifier: MIT
// mq recv: takes messages and delivers them, or puts them back.
#include <fmt/format.h>

#include <limits>

#include "cli/groups.hpp"
#include "cli/out.hpp"
#include "cli/talk.hpp"
#include "delivery.hpp"
#include "source.hpp"
#include "sys/error.hpp"
#include "verbs.hpp"
#include "workers.hpp"

namespace tools::mq {
namespace {

constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

struct Options : cli::WaitOptions, cli::FramingOptions, SelectionOptions {
    std::vector<ipc::MqName> names;
    std::vector<std::string> command;
    std::optional<text::Number<1, no_end - 1>> count;
    bool all = false;
    bool follow = false;
    bool each = false;
    bool peek_first = false;
    std::optional<text::Path> rescue;
    std::optional<text::Number<1, 4096>> jobs;
    std::optional<ipc::MqName> failed;

    [[nodiscard]] std::uint64_t wanted() const { return count ? count->value : all || follow ? no_end : 1; }
};

void check(const Options& opt) {
    if (opt.all + opt.follow + opt.count.has_value() > 1) throw cli::Usage("--count, --all and --follow exclude each other");
    if (opt.command.empty() && (opt.jobs || opt.failed)) throw cli::Usage("--jobs and --failed need a COMMAND behind --");
    if (!opt.command.empty() && (opt.framing() != cli::Framing::lines || opt.each || opt.peek_first)) {
        throw cli::Usage("a COMMAND gets the message's bytes as its input; leave out --null, --raw, --framed, --json, --each and --peek-first");
    }
    if (opt.peek_first && opt.names.size() > 1) throw cli::Usage("--peek-first takes one queue");
}

/// Takes messages to standard output, in batches: written when the queue is empty or 64 KiB are held.
class Printer {
public:
    Printer(const Options& opt, Source& source, sys::Signals& signals, Rescue& rescue)
        : opt_(opt), source_(source), signals_(signals), rescue_(rescue), delivery_(opt.framing(), signals, rescue), deadline_(opt.deadline()) {}

    cli::Exit run() {
        try {
            return take_all();
        } catch (const cli::OutputError&) {
            throw;
        } catch (...) {
            // The queue is gone, or memory is out: what is in hand can still be delivered.
            if (delivery_.deliver() != Delivered::all) (void)output_failed();
            throw;
        }
    }

private:
    cli::Exit take_all() {
        while (received_ < opt_.wanted()) {
            Taken taken;
            auto wait = source_.try_take(taken);
            if (wait != sys::Wait::done) {
                if (const auto failed = flush()) return *failed;
                if (opt_.all) break;
                if (!deadline_.never() && deadline_.past()) return opt_.gave_up();
                wait = source_.take(taken, deadline_, signals_);
            }
            if (wait == sys::Wait::interrupted) return sys::end_by(sys::Signals::taken()), cli::Exit::refused;
            if (wait == sys::Wait::gave_up) return opt_.gave_up();
            ++received_;
            delivery_.add(std::move(taken));
            if (opt_.each || delivery_.full()) {
                if (const auto failed = flush()) return *failed;
                if (const int signal = signals_.caught(); signal != 0) return sys::end_by(signal), cli::Exit::refused;
            }
        }
        if (const auto failed = flush()) return *failed;
        return received_ == 0 ? cli::Exit::no : cli::Exit::ok;
    }

    std::optional<cli::Exit> flush() {
        const auto outcome = delivery_.deliver();
        if (outcome == Delivered::all) return std::nullopt;
        if (outcome == Delivered::failed) return output_failed();
        rescue_.tell();
        sys::end_by(sys::Signals::taken());
        return cli::Exit::refused;
    }

    [[noreturn]] cli::Exit output_failed() {
        if (delivery_.error() != EPIPE) rescue_.tell();
        signals_.release();
        throw cli::OutputError{delivery_.error()};
    }

    const Options& opt_;
    Source& source_;
    sys::Signals& signals_;
    Rescue& rescue_;
    Delivery delivery_;
    sys::Deadline deadline_;
    std::uint64_t received_ = 0;
};

/// Whether the message at hand is one that the selection would receive next; `lowest` is looked for by the caller.
bool fits(const ipc::Message& message, const ipc::Selection& selection) {
    switch (selection.rule) {
        case ipc::Selection::Rule::first: return true;
        case ipc::Selection::Rule::exact: return message.label == selection.type;
        case ipc::Selection::Rule::lowest: return message.label <= selection.type;
        case ipc::Selection::Rule::except: return message.label != selection.type;
    }
    return false;
}

/// The message that a receive with this selection would take, without taking it.
bool peek_next(ipc::Mq& queue, const ipc::Selection& selection, ipc::Message& into) {
    bool found = false;
    ipc::Message candidate;
    for (std::uint64_t index = 0; queue.peek(candidate, index); ++index) {
        if (!fits(candidate, selection) || (found && candidate.label >= into.label)) continue;
        into = candidate;
        found = true;
        if (selection.rule != ipc::Selection::Rule::lowest) break;
    }
    return found;
}

/// Looks, writes, and only then removes: a receiver that is killed at any moment loses nothing.
cli::Exit print_then_remove(const Options& opt, Source& source, sys::Signals& signals, Rescue& rescue) {
    const auto deadline = opt.deadline();
    auto& queue = source.only();
    std::uint64_t received = 0;
    while (received < opt.wanted()) {
        Taken seen{&queue, {}};
        if (!peek_next(queue, source.selection(), seen.message)) {
            if (opt.all) break;
            const auto wait = deadline.past() ? sys::Wait::gave_up : queue.wait_message(source.selection(), deadline, signals);
            if (wait == sys::Wait::interrupted) sys::end_by(sys::Signals::taken());
            if (wait == sys::Wait::gave_up) return opt.gave_up();
            continue;
        }
        Delivery delivery{opt.framing(), signals, rescue};
        delivery.add(seen);
        if (const auto error = delivery.write_only(); error != 0) {
            if (error == EINTR) sys::end_by(sys::Signals::taken());
            signals.release();
            throw cli::OutputError{error};
        }
        Taken removed{&queue, {}};
        const ipc::Selection same{ipc::Selection::Rule::exact, seen.message.label};
        // Another receiver may have been faster: then ours is a second copy, and what we took instead is delivered, too.
        if (queue.try_receive(removed.message, same) == sys::Wait::done && removed.message.bytes != seen.message.bytes) {
            delivery.add(removed);
            if (delivery.deliver() != Delivered::all) throw cli::OutputError{delivery.error()};
        }
        ++received;
        if (const int signal = signals.caught(); signal != 0) sys::end_by(signal);
    }
    return received == 0 ? cli::Exit::no : cli::Exit::ok;
}

cli::Exit run(const Options& opt) {
    check(opt);
    // Held from here on: a message that was taken is delivered or put back before a signal ends us.
    sys::Signals signals = opt.command.empty() ? sys::Signals{} : sys::Signals{SIGCHLD};
    // Never destroyed: the process ends behind this, and closing the queues one by one would cost a call each.
    static auto& source = *new Source{opt.names, opt.selection()};
    Rescue rescue{opt.rescue ? std::optional{opt.rescue->path} : std::nullopt};

    if (!opt.command.empty()) {
        const Work work{opt.command, opt.jobs ? opt.jobs->value : 1, opt.wanted(), opt.all, opt.failed ? &*opt.failed : nullptr};
        return Workers{source, work, signals, rescue}.run(opt.deadline(), opt.gave_up());
    }
    if (opt.peek_first) return print_then_remove(opt, source, signals, rescue);
    return Printer{opt, source, signals, rescue}.run();
}

void declare(cli::Form<Options>& form) {
    form.operands("NAME", &Options::names, 1, "queues to take from; the first that has a message wins");
    form.command(&Options::command, "run this for each message: its input is the message");
    form.option("-N,--count", &Options::count, "this many messages (default: 1)");
    form.option("--all", &Options::all, "all that are there; status 1 if none is");
    form.option("--follow", &Options::follow, "go on for ever");
    cli::wait_options(form);
    cli::output_options(form);
    form.option("--type", &Options::type, "System V: only messages of this type");
    form.option("--lowest", &Options::lowest, "System V: the lowest type first, up to this");
    form.option("--except", &Options::except, "System V: any type but this");
    form.option("--each", &Options::each, "write each message at once instead of in batches");
    form.option("--peek-first", &Options::peek_first, "System V: remove each message only after it was written");
    form.option("--rescue", &Options::rescue, "append messages that cannot be put back to this file");
    form.option("--jobs", &Options::jobs, "run this many commands at once (default: 1)");
    form.option("--failed", &Options::failed, "send messages whose command fails there, and go on");
    form.example("mq recv /jobs", "take one, waiting for it");
    form.example("mq recv /jobs --all --jobs 4 -- sh -c 'wc -c'", "four workers at once");
    form.example("mq recv /jobs --all -j > kept.jsonl", "empty it; mq send -j puts it back");
}

}  // namespace

const cli::Verb recv = cli::verb<Options, declare, run>("recv", "take messages from queues");

}  // namespace tools::mq
