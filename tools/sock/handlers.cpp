// SPDX-License-Identifier: MIT
#include "handlers.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "cli/talk.hpp"
#include "handler.hpp"
#include "sys/error.hpp"
#include "sys/poll.hpp"
#include "sys/trace.hpp"

namespace tools::sock {
namespace {

class Handlers {
public:
    Handlers(Server& server, const HandlerSettings& settings, sys::Signals& signals) : server_(server), settings_(settings), signals_(signals) {}

    cli::Exit run(const sys::Deadline& deadline, cli::Exit gave_up) {
        while (listening_ || !running_.empty()) {
            if (listening_) let_in();
            if (listening_ && settings_.count && served_ >= *settings_.count) stop_listening();
            if (!listening_ && running_.empty()) break;
            std::vector<pollfd> entries;
            for (const auto& handler : running_) entries.push_back({handler.child.fd(), POLLIN, 0});
            if (listening_ && !server_.full()) server_.add_to(entries);
            const auto wait = sys::poll(entries, listening_ ? deadline : sys::Deadline{}, &signals_);
            if (wait == sys::Wait::interrupted && !signalled()) return cli::Exit::ok;
            if (wait == sys::Wait::gave_up) {
                late_ = gave_up;
                stop_listening();
            }
            reap(entries);
        }
        if (signal_ != 0) sys::end_by(signal_);
        return late_ != cli::Exit::ok ? late_ : static_cast<cli::Exit>(status_);
    }

private:
    struct Handler {
        sys::Child child;
        std::string peer;
    };

    void let_in() {
        while (!settings_.count || served_ < *settings_.count) {
            auto guest = server_.admit(running_.size(), settings_.most, "served");
            if (!guest) return;
            start(*guest);
            ++served_;
        }
    }

    void start(Guest& guest) {
        const int socket = guest.socket.get();
        sys::Spawn spawn;
        spawn.words = settings_.command;
        spawn.mask = &signals_.outside();
        spawn.descriptors = {{socket, 0}, {socket, 1}};
        try {
            spawn.environment = environment_of(socket);
            spawn.environment.push_back(fmt::format("SOCK_CONNECTIONS={}", running_.size() + 1));
            make_blocking(socket);
            running_.push_back({sys::Child::start(spawn), guest.peer});
        } catch (const sys::Error& failure) {
            // One who has left meanwhile has no address; a command that cannot be run will not be later.
            if (failure.number() == ENOTCONN || failure.number() == EINVAL) return;
            if (cli::exit_for_start(failure.number()) == cli::Exit::own_trouble) {
                cli::complain(fmt::format("{}: {}", guest.peer, failure.what()));
                note_status(static_cast<int>(cli::Exit::own_trouble));
                return;
            }
            cli::complain(failure.what());
            note_status(static_cast<int>(cli::exit_for_start(failure.number())));
            stop_listening();
        }
    }

    void reap(const std::vector<pollfd>& entries) {
        for (std::size_t at = running_.size(); at-- > 0;) {
            if (at >= entries.size() || entries[at].revents == 0) continue;
            const auto ended = running_[at].child.wait();
            sys::trace("{}: its command has ended with status {}", running_[at].peer, ended.status);
            if (ended.status != 0) note_status(ended.status);
            running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(at));
            server_.make_room();
        }
    }

    void note_status(int status) {
        if (status_ == 0) status_ = status;
    }

    void stop_listening() {
        listening_ = false;
        server_.close();
    }

    /// false: there is nothing more to wait for.
    bool signalled() {
        const int signal = sys::Signals::taken();
        sys::Signals::forget(signal);
        if (signal == SIGCHLD) return true;
        stop_listening();
        if (signal_ == 0 && !running_.empty()) {
            signal_ = signal;
            cli::note(fmt::format("no longer listening; {} are still being served", running_.size()));
            return true;
        }
        for (const auto& handler : running_) handler.child.signal(signal);
        sys::end_by(signal);
        return false;
    }

    Server& server_;
    const HandlerSettings& settings_;
    sys::Signals& signals_;
    std::vector<Handler> running_;
    std::uint64_t served_ = 0;
    bool listening_ = true;
    int signal_ = 0;
    int status_ = 0;
    cli::Exit late_ = cli::Exit::ok;
};

}  // namespace

cli::Exit serve_each(Server& server, const HandlerSettings& settings, const sys::Deadline& deadline, cli::Exit gave_up, sys::Signals& signals) {
    return Handlers{server, settings, signals}.run(deadline, gave_up);
}

}  // namespace tools::sock
