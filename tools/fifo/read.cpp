// SPDX-License-Identifier: MIT
// fifo read: from a FIFO to standard output; what standard output did not take stays in the FIFO.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>

#include "cli/groups.hpp"
#include "cli/out.hpp"
#include "cli/talk.hpp"
#include "path.hpp"
#include "sys/poll.hpp"
#include "sys/stream.hpp"
#include "text/number.hpp"
#include "text/size.hpp"
#include "verbs.hpp"

namespace tools::fifo {
namespace {

constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

struct Options : cli::WaitOptions {
    FifoPath path;
    std::optional<text::Number<1, no_end - 1>> lines;
    std::optional<text::SizeIn<1, no_end - 1>> size;
    bool records = false;
    bool follow = false;
    bool null = false;

    [[nodiscard]] bool by_record() const { return records || lines || null; }
    [[nodiscard]] std::uint64_t wanted() const { return lines ? lines->value : size ? size->bytes : no_end; }
};

/// SPLICE_F_NONBLOCK does not keep a socket from blocking, where no signal would reach us.
bool output_splices() {
    struct stat facts {};
    return ::fstat(STDOUT_FILENO, &facts) == 0 && (S_ISFIFO(facts.st_mode) || S_ISREG(facts.st_mode));
}

/// Prints first and takes then: after a signal, a full disk or a closed pipe the FIFO still holds what was not printed.
class Reading {
public:
    Reading(const Options& opt, ipc::FifoReader& reader, std::string name) : opt_(opt), reader_(reader), name_(std::move(name)), deadline_(opt.deadline()) {}

    cli::Exit run() {
        for (;;) {
            auto wait = sys::Wait::done;
            if (opt_.by_record() && !in_hand_) wait = reader_.lock(deadline_, signals_);
            const auto state = reader_.state();
            if (wait == sys::Wait::done) wait = pass_on(state);
            if (done_ == opt_.wanted()) return cli::Exit::ok;
            if (opt_.by_record() && !in_hand_) reader_.unlock();
            const bool ended = state == ipc::FifoReader::State::ended && !opt_.follow;
            if (wait == sys::Wait::done && moved_ > 0 && opt_.timeout && deadline_.past()) wait = sys::Wait::gave_up;
            if (wait == sys::Wait::done && moved_ == 0 && !look_again_) {
                if (ended) return at_end();
                if (deadline_.past()) wait = sys::Wait::gave_up;
                if (wait == sys::Wait::done) wait = reader_.wait(deadline_, signals_, STDOUT_FILENO);
                if (wait == sys::Wait::done) check_output();
            }
            if (wait == sys::Wait::done && signals_.caught() != 0) wait = sys::Wait::interrupted;
            if (wait != sys::Wait::done) return stopped(wait);
        }
    }

private:
    /// Moves what there is of what is wanted; moved_ says how much.
    sys::Wait pass_on(ipc::FifoReader::State state) {
        moved_ = 0;
        look_again_ = false;
        if (state != ipc::FifoReader::State::data) return sys::Wait::done;
        if (opt_.by_record()) return pass_records();
        if (splices_) return splice_on();
        const auto seen = reader_.look();
        look_again_ = seen.empty();
        return print(seen.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(seen.size(), opt_.wanted() - done_))));
    }

    /// As many whole records as there are; of one that fills the FIFO or that nobody goes on with, what there is of it.
    sys::Wait pass_records() {
        const auto seen = reader_.look();
        look_again_ = seen.empty();
        std::size_t end = 0;
        std::uint64_t whole = 0;
        while (whole < opt_.wanted() - done_) {
            const auto at = seen.find(separator(), end);
            if (at == std::string_view::npos) break;
            end = at + 1;
            ++whole;
        }
        if (whole == 0 && !reader_.full() && !in_hand_ && !writers_gone()) return sys::Wait::done;
        const auto part = whole == 0 ? seen : seen.substr(0, end);
        const auto wait = print(part);
        if (wait != sys::Wait::done || whole == 0) {
            in_hand_ = moved_ > 0;
            return wait;
        }
        in_hand_ = false;
        done_ += whole;
        return wait;
    }

    /// poll(2) says POLLHUP also while data is left.
    [[nodiscard]] bool writers_gone() const {
        pollfd entry{reader_.fd(), 0, 0};
        return ::poll(&entry, 1, 0) == 1;
    }

    /// Moved inside the kernel: what the output does not take never leaves the FIFO.
    sys::Wait splice_on() {
        constexpr std::size_t most = sys::Growth::largest;
        const auto count = ::splice(reader_.fd(), nullptr, STDOUT_FILENO, nullptr,
                                    static_cast<std::size_t>(std::min<std::uint64_t>(most, opt_.wanted() - done_)), SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
        if (count >= 0) {
            moved_ = static_cast<std::size_t>(count);
            look_again_ = count == 0;
            bytes_ += moved_;
            if (opt_.size) done_ += moved_;
            (void)growth_.grow(bytes_, std::array{reader_.fd(), STDOUT_FILENO});
            return sys::Wait::done;
        }
        if (errno == EINVAL) {
            splices_ = false;  // O_APPEND
            look_again_ = true;
            return sys::Wait::done;
        }
        if (errno == EAGAIN && reader_.state() == ipc::FifoReader::State::data) return wait_for_room();
        if (errno != EAGAIN && errno != EINTR) cli::output_failed(errno, signals_);
        return sys::Wait::done;
    }

    sys::Wait wait_for_room() {
        std::array<pollfd, 1> room{{{STDOUT_FILENO, POLLOUT, 0}}};
        look_again_ = true;
        return sys::poll(room, deadline_, &signals_);
    }

    sys::Wait print(std::string_view bytes) {
        const auto output = cli::write_out(bytes, signals_);
        const bool complete = output.written == bytes.size();
        // Of a record that was printed in part the FIFO keeps all.
        const auto last = bytes.substr(0, output.written).rfind(separator());
        const auto taken = complete || !opt_.by_record() ? output.written : last == std::string_view::npos ? 0 : last + 1;
        reader_.take(taken);
        moved_ = taken;
        bytes_ += taken;
        if (opt_.size) done_ += taken;
        if (taken < output.written)
            cli::complain(fmt::format("{}: standard output took only {} bytes of a record, which stays in the FIFO", name_, output.written - taken));
        if (output.error != 0) cli::output_failed(output.error, signals_);
        return complete ? sys::Wait::done : output.wait;
    }

    /// Standard output's reader may be gone although there is nothing to write to it.
    void check_output() {
        pollfd entry{STDOUT_FILENO, 0, 0};
        if (::poll(&entry, 1, 0) != 1) return;
        cli::output_failed((entry.revents & POLLNVAL) != 0 ? EBADF : EPIPE, signals_);
    }

    cli::Exit at_end() {
        if (in_hand_) cli::note(fmt::format("{}: the last record has no {} at its end", name_, opt_.null ? "NUL" : "newline"));
        if (in_hand_ && opt_.lines && ++done_ == opt_.wanted()) return cli::Exit::ok;
        return bytes_ == 0 || opt_.lines || opt_.size ? cli::Exit::no : cli::Exit::ok;
    }

    cli::Exit stopped(sys::Wait how) {
        if (in_hand_) cli::complain(fmt::format("{}: a record was printed of which no end has come", name_));
        if (how == sys::Wait::interrupted) sys::end_by(sys::Signals::taken());
        if (opt_.nonblock && !opt_.lines && !opt_.size && bytes_ > 0) return cli::Exit::ok;
        return opt_.gave_up();
    }

    [[nodiscard]] char separator() const { return opt_.null ? '\0' : '\n'; }

    const Options& opt_;
    ipc::FifoReader& reader_;
    std::string name_;
    sys::Deadline deadline_;
    sys::Signals signals_;
    bool splices_ = output_splices();
    sys::Growth growth_;
    bool in_hand_ = false;     ///< part of a record was printed, its end was not; the lock is held
    bool look_again_ = false;  ///< there was data, and it did not move: the FIFO need not be waited for
    std::size_t moved_ = 0;    ///< bytes in the last turn
    std::uint64_t bytes_ = 0;  ///< in all
    std::uint64_t done_ = 0;   ///< records, or bytes with --size
};

cli::Exit run(const Options& opt) {
    if (opt.size && opt.by_record()) throw cli::Usage("--size counts bytes; leave out --records, --lines and --null");
    const auto fifo = find(opt.path);
    sys::Fd descriptor;
    (void)fifo.open(ipc::Fifo::End::reading, descriptor);
    ipc::FifoReader reader{std::move(descriptor), fifo.name()};
    return Reading{opt, reader, fifo.name()}.run();
}

void declare(cli::Form<Options>& form) {
    form.operand("FIFO", &Options::path, "FIFO to read from, until its last writer is gone");
    form.option("--lines", &Options::lines, "this many lines and not a byte more; status 1: there were fewer");
    form.option("-S,--size", &Options::size, "this many bytes and not one more; status 1: there were fewer");
    form.option("--records", &Options::records, "whole lines only, each as soon as it is complete");
    form.option("-0,--null", &Options::null, "records end in NUL instead of newline");
    form.option("--follow", &Options::follow, "go on when the last writer is gone: the next one may come");
    cli::wait_options(form);
    form.example("fifo read jobs", "as cat does, but status 1 when there was nothing");
    form.example("fifo read jobs --lines 1 -t 5s", "one line; the next reader gets the next one");
    form.example("fifo read jobs --records --follow", "each line of every writer that comes");
}

}  // namespace

const cli::Verb read = cli::verb<Options, declare, run>("read", "read lines, bytes or all, and no more than that");

}  // namespace tools::fifo
