// SPDX-License-Identifier: MIT
#include "server.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "cli/talk.hpp"
#include "sys/error.hpp"
#include "sys/poll.hpp"
#include "text/escape.hpp"

namespace tools::fifo {

Server::Server(const ServeOptions& opt)
    : opt_(opt),
      signals_({SIGCHLD}),
      jobs_(opt.timeout ? std::optional{opt.timeout->length} : std::nullopt),
      count_(opt.count ? opt.count->value : std::numeric_limits<std::uint64_t>::max()) {
    signals_.listen();  // an ignored SIGCHLD would take the statuses of our runs
    struct stat facts {};
    const bool there = ::lstat(opt.path.path.c_str(), &facts) == 0;
    if (there && S_ISLNK(facts.st_mode)) throw cli::Usage(fmt::format("{}: a symbolic link, not a FIFO", text::escape(opt.path.path)));
    if (!there || opt.mode) {
        made_ =
            ipc::create_fifo(opt.path.path, opt.mode ? opt.mode->applied_to(text::Mode::private_bits) : text::Mode::private_bits, false) == ipc::Made::created;
    }
    fifo_ = find(opt.path);
    if (fifo_->facts().st_uid != ::geteuid()) throw sys::Error(EEXIST, fmt::format("{}: a FIFO of uid {} is there", fifo_->name(), fifo_->facts().st_uid));
}

sys::Spawn Server::spawn() const {
    sys::Spawn spawn;
    spawn.words = opt_.command;
    spawn.mask = &signals_.outside();
    spawn.environment = {"MOREIPC_FIFO=" + opt_.path.path};
    return spawn;
}

sys::Wait Server::wait_for_jobs(std::vector<pollfd> entries) {
    jobs_.add_entries(entries);
    const auto wait = sys::poll(entries, jobs_.next_deadline(), &signals_);
    return wait == sys::Wait::gave_up ? sys::Wait::done : wait;
}

/// Only if the path still leads to it, and nobody else serves it.
void Server::remove_fifo() {
    struct stat facts {};
    if (!made_ || ::lstat(opt_.path.path.c_str(), &facts) < 0 || ipc::PipeIdentity{facts.st_dev, facts.st_ino} != fifo_->identity()) return;
    for (const auto& info : ipc::list_pipes(false).pipes) {
        if (info.identity == fifo_->identity() && std::ranges::any_of(info.holders, &ipc::PipeUser::reads)) return;
    }
    release_waiters();
    (void)::unlink(opt_.path.path.c_str());
}

cli::Exit Server::run() {
    int signal = 0;
    bool nobody = false;
    try {
        begin();
        opt_.tell_ready();
        for (;;) {
            jobs_.look_after();
            if (!may_begin() && jobs_.size() == 0 && !busy() && (stopping_ || begun_ >= count_)) break;
            // poll(2) lets no signal in when something is ready: one that ends us goes before the next run.
            auto wait = sys::poll({}, sys::Deadline::after({}), &signals_);
            if (wait != sys::Wait::interrupted) wait = serve_next();
            if (wait == sys::Wait::would_block) {
                nobody = begun_ == 0;
                stopping_ = true;
            }
            if (wait != sys::Wait::interrupted) continue;
            const int came = sys::Signals::taken();
            sys::Signals::forget(came);
            if (came == SIGCHLD) continue;
            if (signal != 0) jobs_.signal(came);
            signal = came;
            stopping_ = true;
        }
    } catch (...) {
        remove_fifo();
        throw;
    }
    remove_fifo();
    if (signal != 0) sys::end_by(signal);
    return nobody ? cli::Exit::no : cli::Exit::ok;
}

}  // namespace tools::fifo
