// SPDX-License-Identifier: MIT
// readers: serve without --request: each reader that opens the FIFO gets a run of the command to read.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <set>

#include "cli/talk.hpp"
#include "command.hpp"
#include "request.hpp"
#include "server.hpp"
#include "sys/error.hpp"

namespace tools::fifo {
namespace {

class Readers : public Server {
public:
    using Server::Server;

private:
    sys::Wait serve_next() override {
        if (!may_begin()) return wait_for_jobs({});
        sys::Fd into;
        auto wait = fifo_->open(ipc::Fifo::End::writing, into);
        if (wait == sys::Wait::would_block && opt_.nonblock) return wait;
        if (wait == sys::Wait::would_block) wait = fifo_->open_for_writing(into, jobs_.next_deadline(), signals_);
        if (wait != sys::Wait::done) return wait == sys::Wait::gave_up ? sys::Wait::done : wait;
        const auto taken = fifo_->identity();
        put_new_fifo();
        tell_if_shared(taken);  // before there is anything to read: a quick reader would be gone
        start(std::move(into));
        return sys::Wait::done;
    }

    /// The next reader finds a FIFO of its own behind the path: in this one it would get a part of the other's, and the
    /// other would see no end.
    void put_new_fifo() {
        const auto& path = opt_.path.path;
        const auto slash = path.rfind('/');
        const auto fresh = fmt::format("{}.{}.{}", path.substr(0, slash + 1), path.substr(slash + 1), new_id().substr(0, 12));
        (void)ipc::create_fifo(fresh, mode(), true);
        if (std::rename(fresh.c_str(), path.c_str()) < 0) {
            const int error = errno;
            (void)::unlink(fresh.c_str());
            throw sys::Error(error, fifo_->name() + ": cannot put a new FIFO in its place");
        }
        fifo_ = find(opt_.path);
    }

    void start(sys::Fd into) {
        ++begun_;
        ::fcntl(into.get(), F_SETFL, 0);
        auto made = spawn();
        const sys::Fd nothing = sys::open("/dev/null", O_RDONLY);
        made.descriptors = {{nothing.get(), STDIN_FILENO}, {into.get(), STDOUT_FILENO}};
        try {
            jobs_.start(std::move(made), [this](int status) {
                if (status != 0) cli::note(fmt::format("{}: a run ended with status {}", fifo_->name(), status));
            });
        } catch (const sys::Error& failure) {
            (void)cannot_run(failure.number(), failure.what());
        }
    }

    /// Nothing can keep a second reader from opening it between the first one's open(2) and ours; it can be seen.
    void tell_if_shared(const ipc::PipeIdentity& identity) const {
        for (const auto& info : ipc::list_pipes(false).pipes) {
            std::set<pid_t> readers;
            for (const auto& holder : info.holders) {
                if (info.identity == identity && holder.reads) readers.insert(holder.pid);
            }
            if (readers.size() > 1)
                cli::complain(fmt::format("{}: {} readers opened it at the same moment and share a run; each gets a part", fifo_->name(), readers.size()));
        }
    }

    /// A reader that waits in open(2) gets an end, and does not wait for ever for a name that is gone.
    void release_waiters() override {
        sys::Fd into;
        try {
            (void)fifo_->open(ipc::Fifo::End::writing, into);
        } catch (const sys::Error&) {
            // It may not be ours to write any more: then nobody is let go.
        }
    }
};

}  // namespace

cli::Exit serve_readers(const ServeOptions& opt) {
    Readers server{opt};
    return server.run();
}

}  // namespace tools::fifo
