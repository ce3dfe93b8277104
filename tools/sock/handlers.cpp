// SPDX-License-Identifier: MIT
#include "handlers.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "children.hpp"
#include "cli/talk.hpp"
#include "handler.hpp"
#include "sys/error.hpp"
#include "sys/poll.hpp"

namespace tools::sock {
namespace {

class Handlers {
public:
    Handlers(Server& server, const HandlerSettings& settings, sys::Signals& signals)
        : server_(server), settings_(settings), signals_(signals), children_(signals) {}

    cli::Exit run(const sys::Deadline& deadline, cli::Exit gave_up) {
        while (listening_ || !children_.empty()) {
            if (listening_) let_in();
            if (listening_ && settings_.count && served_ >= *settings_.count) stop_listening();
            if (!listening_ && children_.empty()) break;
            std::vector<pollfd> entries;
            children_.add_to(entries);
            if (listening_ && !server_.full()) server_.add_to(entries);
            const auto wait = sys::poll(entries, listening_ ? deadline : sys::Deadline{}, &signals_);
            if (wait == sys::Wait::interrupted) children_.signalled([this] { stop_for_signal(); });
            if (wait == sys::Wait::gave_up) {
                late_ = gave_up;
                stop_listening();
            }
            if (children_.reap(entries) > 0) server_.make_room();
        }
        const auto status = children_.end();
        return late_ != cli::Exit::ok ? late_ : status;
    }

private:
    void let_in() {
        while (!settings_.count || served_ < *settings_.count) {
            auto guest = server_.admit(children_.count(), settings_.most, "served");
            if (!guest) return;
            start(*guest);
            ++served_;
        }
    }

    void start(Guest& guest) {
        const int socket = guest.socket.get();
        sys::Spawn spawn;
        spawn.words = settings_.command;
        spawn.descriptors = {{socket, 0}, {socket, 1}};
        try {
            spawn.environment = environment_of(socket);
        } catch (const sys::Error& failure) {
            // One who has left meanwhile has no address.
            if (failure.number() == ENOTCONN || failure.number() == EINVAL) return;
            throw;
        }
        spawn.environment.push_back(fmt::format("SOCK_CONNECTIONS={}", children_.count() + 1));
        make_blocking(socket);
        if (!children_.start(std::move(spawn), guest.peer)) stop_listening();
    }

    void stop_listening() {
        listening_ = false;
        server_.close();
    }

    void stop_for_signal() {
        if (listening_ && !children_.empty()) cli::note(fmt::format("no longer listening; {} are still being served", children_.count()));
        stop_listening();
    }

    Server& server_;
    const HandlerSettings& settings_;
    sys::Signals& signals_;
    Children children_;
    std::uint64_t served_ = 0;
    bool listening_ = true;
    cli::Exit late_ = cli::Exit::ok;
};

}  // namespace

cli::Exit serve_each(Server& server, const HandlerSettings& settings, const sys::Deadline& deadline, cli::Exit gave_up, sys::Signals& signals) {
    return Handlers{server, settings, signals}.run(deadline, gave_up);
}

}  // namespace tools::sock
