// SPDX-License-Identifier: MIT
// fifo write: to a FIFO, from arguments or standard input; a record goes in whole, or is not begun.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <limits>

#include "cli/groups.hpp"
#include "cli/records.hpp"
#include "cli/talk.hpp"
#include "path.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
#include "sys/poll.hpp"
#include "text/number.hpp"
#include "verbs.hpp"

namespace tools::fifo {
namespace {

struct Options : cli::WaitOptions {
    FifoPath path;
    std::vector<std::string> texts;
    bool records = false;
    bool null = false;
    bool raw = false;
    std::optional<text::Number<1, std::numeric_limits<std::uint64_t>::max()>> lines;
    bool lock = false;
    bool follow = false;
    bool drain = false;

    [[nodiscard]] bool by_record() const { return !texts.empty() || records || null || lines || lock; }
    [[nodiscard]] std::string_view separator() const { return raw ? std::string_view{} : null ? std::string_view{"\0", 1} : std::string_view{"\n"}; }
};

void check(const Options& opt) {
    if (opt.raw && (opt.texts.empty() || opt.null)) throw cli::Usage("--raw writes arguments with nothing behind them; leave out --null, and name a TEXT");
    if (opt.lines && !opt.texts.empty()) throw cli::Usage("--lines counts lines of standard input; give no TEXT with it");
    if (opt.lock) return;
    for (const auto& text : opt.texts) {
        const auto size = text.size() + opt.separator().size();
        if (size > PIPE_BUF)
            throw sys::Error(EMSGSIZE,
                             fmt::format("{}: a record of {} bytes is over PIPE_BUF, {}: other writers could break into it", opt.path.path, size, PIPE_BUF),
                             "--lock keeps out other writers that use it");
    }
}

class Writing {
public:
    Writing(const Options& opt, const ipc::Fifo& fifo) : opt_(opt), fifo_(fifo), deadline_(opt.deadline()) {}

    cli::Exit run() {
        auto wait = find_reader();
        try {
            if (wait == sys::Wait::done) wait = opt_.by_record() ? write_records() : write_stream();
        } catch (const sys::Error&) {
            cli::complain(fmt::format("{}: {}", fifo_.name(), told()));
            throw;
        }
        if (wait == sys::Wait::done && opt_.drain) return drain();
        return wait == sys::Wait::done ? cli::Exit::ok : stopped(wait);
    }

private:
    sys::Wait find_reader() {
        where_ = "waiting for a reader";
        auto wait = fifo_.open(ipc::Fifo::End::writing, into_);
        if (wait == sys::Wait::would_block && deadline_.past()) return sys::Wait::gave_up;
        if (wait == sys::Wait::would_block) wait = fifo_.open_for_writing(into_, deadline_, signals_);
        if (wait == sys::Wait::done) where_ = "waiting for room";
        return wait;
    }

    // --- records ---

    sys::Wait write_records() {
        cli::Records records{opt_.texts, opt_.null && opt_.texts.empty() ? cli::Framing::nul : cli::Framing::lines};
        try {
            while (!opt_.lines || records_ < opt_.lines->value) {
                cli::Record record;
                where_ = "waiting for input";
                const auto input = records.next(record, opt_.nonblock ? sys::Deadline{} : deadline_, &signals_);
                if (input == sys::Wait::would_block) return sys::Wait::done;
                if (input != sys::Wait::done) return leave(records, input);
                where_ = "waiting for room";
                if (const auto wait = write_record(record.bytes); wait != sys::Wait::done) return leave(records, wait);
                ++records_;
            }
            give_back_rest(records);
        } catch (const sys::Error&) {
            (void)leave(records, sys::Wait::done);
            throw;
        }
        return sys::Wait::done;
    }

    sys::Wait write_record(std::string_view bytes) {
        const auto record = fmt::format("{}{}", bytes, opt_.separator());
        if (!opt_.lock && record.size() > PIPE_BUF)
            throw sys::Error(EMSGSIZE,
                             fmt::format("{}: record {} has {} bytes, over PIPE_BUF, {}: other writers could break into it", fifo_.name(), records_ + 1,
                                         record.size(), PIPE_BUF),
                             "--lock keeps out other writers that use it");
        if (opt_.lock) {
            where_ = "waiting for another writer's lock";
            if (const auto wait = ipc::lock_writers(into_.get(), fifo_.name(), deadline_, signals_); wait != sys::Wait::done) return wait;
            where_ = "waiting for room";
        }
        while (part_ < record.size()) {
            const auto wait = put(std::string_view{record}.substr(part_));
            part_ += now_;
            if (wait != sys::Wait::done) return wait;
        }
        part_ = 0;
        if (opt_.lock) ipc::unlock_writers(into_.get());
        return sys::Wait::done;
    }

    /// As many bytes as can be; with --follow the next reader gets what the last one left.
    sys::Wait put(std::string_view bytes) {
        try {
            const auto wait = ipc::write_fifo(into_.get(), bytes, now_, fifo_.name(), deadline_, signals_);
            bytes_ += now_;
            return wait;
        } catch (const sys::Error& failure) {
            bytes_ += now_;
            if (failure.number() != EPIPE || !opt_.follow) throw;
            return next_reader();
        }
    }

    /// Our own descriptor stays open: what is in the FIFO would go with the last one.
    sys::Wait next_reader() {
        sys::Fd seen;
        where_ = "waiting for the next reader";
        if (deadline_.past()) return sys::Wait::gave_up;
        const auto wait = fifo_.open_for_writing(seen, deadline_, signals_);
        if (wait == sys::Wait::done) where_ = "waiting for room";
        return wait;
    }

    /// Says where the rest is: still in the input, or read and not written.
    sys::Wait leave(cli::Records& records, sys::Wait how) {
        if (part_ > 0) cli::complain(fmt::format("{}: only {} bytes of record {} were written", fifo_.name(), part_, records_ + 1));
        rest_ = records.give_back();
        return how;
    }

    void give_back_rest(cli::Records& records) {
        cli::Record next;
        // What was read ahead of --lines belongs to the next reader of the input, if it can be set back.
        if (records.more_at_hand()) (void)records.next(next, {}, nullptr);
        rest_ = records.give_back();
        if (rest_ > 0) cli::note(fmt::format("{} bytes of the input were read and not written: it is no file, and takes nothing back", rest_));
    }

    // --- a stream ---

    sys::Wait write_stream() {
        struct stat input {};
        const bool pipe = ::fstat(STDIN_FILENO, &input) == 0 && S_ISFIFO(input.st_mode);
        if (::isatty(STDIN_FILENO) == 1) cli::note("reading from the terminal; end with Ctrl-D");
        std::string block(64 * 1024, '\0');
        for (;;) {
            if (const auto wait = wait_for_input(); wait != sys::Wait::done) return wait;
            bool end = false;
            const auto wait = pipe ? splice_in(end) : copy_in(block, end);
            if (wait != sys::Wait::done || end) return wait;
            if (signals_.caught() != 0) return sys::Wait::interrupted;
            if (opt_.timeout && deadline_.past()) return sys::Wait::gave_up;
        }
    }

    sys::Wait wait_for_input() {
        where_ = "waiting for input";
        std::array<pollfd, 2> entries{{{STDIN_FILENO, POLLIN, 0}, {opt_.follow ? -1 : into_.get(), 0, 0}}};
        const auto wait = sys::poll(entries, opt_.nonblock ? sys::Deadline{} : deadline_, &signals_);
        where_ = "waiting for room";
        if (wait == sys::Wait::done && (entries[1].revents & POLLERR) != 0) throw sys::Error(EPIPE, fifo_.name() + ": the last reader is gone");
        return wait;
    }

    /// From a pipe: what the FIFO has no room for never leaves the input.
    sys::Wait splice_in(bool& end) {
        constexpr std::size_t most = 1 << 20;
        const auto count = ::splice(STDIN_FILENO, nullptr, into_.get(), nullptr, most, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
        end = count == 0;
        if (count >= 0) {
            bytes_ += static_cast<std::uint64_t>(count);
            return sys::Wait::done;
        }
        if (errno == EPIPE && opt_.follow) return next_reader();
        if (errno == EPIPE) throw sys::Error(EPIPE, fifo_.name() + ": the last reader is gone");
        if (errno != EAGAIN && errno != EINTR) throw sys::Error(errno, fifo_.name() + ": cannot write");
        std::array<pollfd, 1> room{{{into_.get(), POLLOUT, 0}}};
        return sys::poll(room, deadline_, &signals_);
    }

    sys::Wait copy_in(std::string& block, bool& end) {
        const auto count = sys::read_some(STDIN_FILENO, block, "standard input");
        end = count == 0;
        for (std::size_t put_in = 0; put_in < count;) {
            auto wait = sys::Wait::done;
            const auto set_back = [&] {
                put_in += now_;
                // A file is set back to the first byte that was not written; a terminal or socket cannot be.
                rest_ = count - put_in;
                if (rest_ > 0 && ::lseek(STDIN_FILENO, -static_cast<off_t>(rest_), SEEK_CUR) >= 0) rest_ = 0;
            };
            try {
                wait = put(std::string_view{block}.substr(put_in, count - put_in));
            } catch (const sys::Error&) {
                set_back();
                throw;
            }
            if (wait != sys::Wait::done) return set_back(), wait;
            put_in += now_;
        }
        return sys::Wait::done;
    }

    // --- the end ---

    cli::Exit drain() {
        switch (ipc::wait_until_read(into_.get(), fifo_.path(), opt_.follow, deadline_, signals_)) {
            case sys::Wait::done: return cli::Exit::ok;
            case sys::Wait::would_block:
                cli::complain(fmt::format("{}: the last reader is gone, and {} bytes were not read", fifo_.name(), ipc::pipe_queued(into_.get()).value_or(0)));
                return cli::Exit::gone;
            case sys::Wait::interrupted: return where_ = "waiting for the reader", stopped(sys::Wait::interrupted);
            case sys::Wait::gave_up: break;
        }
        cli::complain(fmt::format("{}: {} bytes were written and not yet read", fifo_.name(), ipc::pipe_queued(into_.get()).value_or(0)));
        return opt_.gave_up();
    }

    [[nodiscard]] std::string told() const {
        auto words = bytes_ == 0        ? std::string{"nothing was written"}
                     : opt_.by_record() ? fmt::format("{} records were written", records_)
                                        : fmt::format("{} bytes were written", bytes_);
        if (rest_ > 0) words += fmt::format(", {} bytes were read from the input and not written", rest_);
        return words;
    }

    cli::Exit stopped(sys::Wait how) {
        const auto signal = sys::Signals::taken();
        const auto name = fifo_.name();
        if (how == sys::Wait::interrupted) {
            cli::complain(fmt::format("{}: ended by signal {} while {}; {}", name, signal, where_, told()));
            sys::end_by(signal);
        } else if (!opt_.nonblock) {
            cli::complain(fmt::format("{}: gave up after {} while {}; {}", name, text::spell(*opt_.timeout), where_, told()));
        } else if (bytes_ > 0) {
            cli::complain(fmt::format("{}: it is full; {}", name, told()));
        }
        return opt_.gave_up();
    }

    const Options& opt_;
    const ipc::Fifo& fifo_;
    sys::Deadline deadline_;
    sys::Signals signals_;
    sys::Fd into_;
    const char* where_ = "";
    std::size_t now_ = 0;   ///< bytes of the last put()
    std::size_t part_ = 0;  ///< bytes of a record that was begun
    std::size_t rest_ = 0;  ///< bytes that were read and are now nobody's
    std::uint64_t bytes_ = 0;
    std::uint64_t records_ = 0;  ///< whole ones
};

cli::Exit run(const Options& opt) {
    check(opt);
    const auto fifo = find(opt.path);
    return Writing{opt, fifo}.run();
}

void declare(cli::Form<Options>& form) {
    form.operand("FIFO", &Options::path, "FIFO to write to; waits for a reader");
    form.operands("TEXT", &Options::texts, 0, "records, each with a newline behind it; none: standard input");
    form.option("--records", &Options::records, "standard input is lines: each goes in whole, or not at all");
    form.option("--lines", &Options::lines, "this many lines of standard input");
    form.option("-0,--null", &Options::null, "records end in NUL instead of newline");
    form.option("--raw", &Options::raw, "write nothing behind a TEXT");
    form.option("--lock", &Options::lock, "one record after the other, also those over PIPE_BUF");
    form.option("--follow", &Options::follow, "when the last reader is gone, wait for the next one");
    form.option("--drain", &Options::drain, "wait until all of it was read; status 8: the readers are gone");
    cli::wait_options(form);
    form.example("fifo write jobs 'one line'", "whole, or not at all");
    form.example("seq 3 | fifo write jobs --records -t 5s", "a record a line; give up after five seconds");
    form.example("fifo write jobs --drain last", "status 0 when it was read");
}

}  // namespace

const cli::Verb write = cli::verb<Options, declare, run>("write", "write records or a stream, when somebody reads");

}  // namespace tools::fifo
