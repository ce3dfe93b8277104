// SPDX-License-Identifier: MIT
// fifo tee: one FIFO to many; what a slow reader does to the others is said beforehand.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <list>

#include "branch.hpp"
#include "cli/groups.hpp"
#include "cli/talk.hpp"
#include "path.hpp"
#include "sys/error.hpp"
#include "sys/poll.hpp"
#include "text/size.hpp"
#include "verbs.hpp"

namespace tools::fifo {
namespace {

struct Options : cli::WaitOptions {
    std::vector<FifoPath> paths;
    Policy policy;
    bool null = false;
    bool follow = false;
    std::optional<text::SizeIn<1, 0x7fff'ffff'ffff'ffff>> size;
    text::Path directory{"/var/tmp"};
};

class Tee {
public:
    Tee(const Options& opt, const ipc::Fifo& from) : opt_(opt), name_(from.name()), deadline_(opt.deadline()) {
        const BranchOptions how{opt.policy, opt.null ? '\0' : '\n', opt.size ? opt.size->bytes : ~std::uint64_t{0}, opt.directory.path};
        for (const auto& path : std::span{opt.paths}.subspan(1)) {
            const auto fifo = find(path);
            if (fifo.identity() == from.identity()) throw cli::Usage(fmt::format("{}: it would read what it writes", fifo.name()));
            sys::Fd both;
            // As a reader, too: readers may come and go, and what is in it stays.
            (void)fifo.open(ipc::Fifo::End::both, both);
            reads_.watch(both.get(), path.path);
            branches_.emplace_back(std::move(both), fifo, how);
        }
        (void)from.open(opt.follow ? ipc::Fifo::End::both : ipc::Fifo::End::reading, from_);
    }

    cli::Exit run() {
        try {
            const auto wait = pass_on();
            if (wait == sys::Wait::done) return received_ == 0 ? cli::Exit::no : finish(cli::Exit::ok);
            if (wait == sys::Wait::interrupted) {
                (void)finish(cli::Exit::ok);
                sys::end_by(sys::Signals::taken());
            }
            return opt_.nonblock && received_ > 0 ? finish(cli::Exit::ok) : finish(opt_.gave_up());
        } catch (const sys::Error&) {
            (void)finish(cli::Exit::refused);
            throw;
        }
    }

private:
    [[nodiscard]] bool all_take() const {
        return std::ranges::all_of(branches_, [](const Branch& branch) { return branch.takes(); });
    }
    /// Until the input has ended and every branch is done with.
    sys::Wait pass_on() {
        for (bool ended = false; !ended || !all_closed();) {
            std::vector<pollfd> entries{{ended || !all_take() ? -1 : from_.get(), POLLIN, 0}, {ended ? reads_.fd() : -1, POLLIN, 0}};
            for (const auto& branch : branches_) entries.push_back({branch.holds() ? branch.fd() : -1, POLLOUT, 0});
            if (opt_.timeout && deadline_.past()) return sys::Wait::gave_up;
            const auto look_again = ended ? sys::Deadline::after(std::min<std::chrono::nanoseconds>(deadline_.left(), ipc::FifoReads::untold)) : deadline_;
            const auto wait = sys::poll(entries, look_again, &signals_);
            if (wait == sys::Wait::interrupted || (wait == sys::Wait::gave_up && deadline_.past())) return wait;
            if (entries[0].revents != 0) ended = !receive();
            reads_.clear();
            for (auto& branch : branches_) branch.pump();
            if (ended) close_branches();
            if (signals_.caught() != 0) return sys::Wait::interrupted;
        }
        return sys::Wait::done;
    }

    [[nodiscard]] bool all_closed() const {
        return std::ranges::all_of(branches_, [](const Branch& branch) { return branch.closed(); });
    }

    /// What is in a FIFO goes with the last that has it open: we stay until all was read, and then its reader sees the end.
    void close_branches() {
        for (auto& branch : branches_) {
            branch.end_record();
            if (opt_.policy.kind == Policy::Kind::drop || branch.all_read()) (void)branch.close();
        }
    }

    /// false: the last writer is gone.
    bool receive() {
        std::array<char, 64 * 1024> block;
        const auto count = ::read(from_.get(), block.data(), block.size());
        if (count < 0 && errno != EAGAIN && errno != EINTR) throw sys::Error(errno, name_ + ": cannot read");
        if (count > 0) {
            received_ += static_cast<std::uint64_t>(count);
            for (auto& branch : branches_) branch.add({block.data(), static_cast<std::size_t>(count)});
        }
        return count != 0;
    }

    /// Says for each branch what its readers will not get.
    cli::Exit finish(cli::Exit status) {
        for (auto& branch : branches_) {
            const auto lost = branch.close();
            if (lost.dropped > 0)
                cli::note(fmt::format("{}: {} records ({} bytes) were dropped for its slow reader", branch.name(), lost.dropped, lost.dropped_bytes));
            if (lost.unread > 0) cli::complain(fmt::format("{}: {} of {} bytes were not delivered", branch.name(), lost.unread, received_));
        }
        return status;
    }

    const Options& opt_;
    std::string name_;
    sys::Deadline deadline_;
    sys::Signals signals_;
    sys::Fd from_;
    std::list<Branch> branches_;
    ipc::FifoReads reads_;
    std::uint64_t received_ = 0;
};

cli::Exit run(const Options& opt) {
    if (opt.paths.size() < 2) throw cli::Usage("an input and at least one output are needed", "fifo tee IN OUT...");
    if (opt.size && opt.policy.kind != Policy::Kind::spill) throw cli::Usage("--size bounds what --policy spill keeps");
    const auto from = find(opt.paths.front());
    return Tee{opt, from}.run();
}

void declare(cli::Form<Options>& form) {
    form.operands("FIFO", &Options::paths, 2, "the first is read; each of the others gets all of it");
    form.option("--policy", &Options::policy, "what a slow reader does: block (default), drop or spill");
    form.option("-0,--null", &Options::null, "records, which are dropped whole, end in NUL instead of newline");
    form.option("--follow", &Options::follow, "go on when the last writer is gone: the next one may come");
    form.option("-S,--size", &Options::size, "spill: keep at most this much for a reader, then wait for it");
    form.option("--directory", &Options::directory, "spill: where the files without a name are (default: /var/tmp)");
    cli::wait_options(form);
    form.example("fifo tee in a b", "both read all; the slower one sets the pace");
    form.example("fifo tee in a b --policy drop", "who is slow misses whole lines, and is told how many");
    form.example("fifo tee in a b --policy spill -S 1G", "who is slow gets it later");
}

}  // namespace

const cli::Verb tee = cli::verb<Options, declare, run>("tee", "copy one FIFO to many, slow readers isolated");

}  // namespace tools::fifo
