// SPDX-License-Identifier: MIT
#include "server.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>

#include "cli/activation.hpp"
#include "cli/output_file.hpp"
#include "cli/talk.hpp"
#include "sys/error.hpp"
#include "sys/poll.hpp"
#include "sys/privilege.hpp"
#include "sys/trace.hpp"
#include "target.hpp"
#include "text/escape.hpp"

namespace tools::sock {

ipc::ListenSettings settings_of(const ServerOptions& options, ipc::Address& address) {
    options.check_ready();
    if (options.backlog) set_key(address, "--backlog", "backlog", std::to_string(options.backlog->value));
    if (options.reuse_port) set_key(address, "--reuse-port", "reuseport", "");
    if (address.kind == ipc::Address::Kind::standard) throw cli::Usage("-: standard input listens nowhere");
    const bool path = address.is_path();
    if (options.mode && !path) throw cli::Usage(fmt::format("--mode: {} has no path", address.spelled()));
    if (options.owner && !path) throw cli::Usage(fmt::format("--owner: {} has no path", address.spelled()));
    if (address.kind == ipc::Address::Kind::activation) {
        address.descriptor = cli::activated(address.path);
        address.kind = ipc::Address::Kind::descriptor;
        address.path.clear();
    }
    ipc::ListenSettings settings;
    if (const auto* mode = address.key("mode")) settings.mode = text::Mode::parse(*mode).value_or(text::Mode{}).applied_to(settings.mode);
    if (options.mode) settings.mode = options.mode->applied_to(settings.mode);
    if (!options.owner) return settings;
    const auto colon = options.owner->find(':');
    const auto user = options.owner->substr(0, colon);
    const auto group = colon == std::string::npos ? std::string{} : options.owner->substr(colon + 1);
    const auto uid = sys::user_id(user);
    const auto gid = sys::group_id(group);
    if (!user.empty() && !uid) throw cli::Usage(fmt::format("--owner: there is no user '{}'", text::escape(user)));
    if (!group.empty() && !gid) throw cli::Usage(fmt::format("--owner: there is no group '{}'", text::escape(group)));
    if (uid && !user.empty()) settings.owner = *uid;
    if (gid && !group.empty()) settings.group = *gid;
    return settings;
}

void announce(const ServerOptions& options, const ipc::Address& address, const std::vector<std::string>& names) {
    if (options.address_file) {
        const cli::OutputFile file{options.address_file->path, cli::OutputFile::How::replace};
        file.write(fmt::format("{}\n", fmt::join(names, "\n")));
    }
    const bool chosen = address.port == "0" || (address.kind == ipc::Address::Kind::vsock && address.vsock_port == 0);
    if (chosen && !options.address_file)
        cli::note(fmt::format("listening on {}", fmt::join(names, " ")));
    else
        sys::trace("listening on {}", fmt::join(names, " "));
    options.tell_ready();
}

sys::Wait Server::open(ipc::Address address, const ServerOptions& options, const sys::Deadline& deadline, sys::Signals& signals, Server& into) {
    const auto settings = settings_of(options, address);
    into.options_ = &options;
    if (const auto wait = ipc::Listener::open(address, settings, deadline, signals, into.listener_); wait != sys::Wait::done) return wait;
    into.names_ = into.listener_.names();
    announce(options, address, into.names_);
    return sys::Wait::done;
}

void Server::close() {
    if (const int error = listener_.close(); error != 0) cli::complain(fmt::format("{}: cannot be removed: {}", name(), sys::error_text(error)));
}

std::string Server::name() const { return names_.empty() ? std::string{} : names_.front(); }

void Server::add_to(std::vector<pollfd>& entries) const {
    for (const auto& socket : listener_.sockets()) entries.push_back({socket.get(), POLLIN, 0});
}

std::optional<Guest> Server::admit() {
    for (const auto& listening : listener_.sockets()) {
        while (auto socket = ipc::Listener::accept(listening.get())) {
            try {
                auto peer = ipc::peer_end(socket.get()).spelled();
                if (options_->admits(socket.get())) {
                    sys::trace("let in {} (accept4)", peer);
                    return Guest{std::move(socket), std::move(peer)};
                }
                cli::note(fmt::format("turned away {}: not allowed ({} so far)", peer, ++turned_away_));
            } catch (const sys::Error& failure) {
                if (failure.number() != ENOTCONN && failure.number() != EINVAL) throw;
                sys::trace("one has left before it was let in");
            }
        }
    }
    return std::nullopt;
}

std::optional<Guest> Server::admit(std::size_t here, std::size_t most, std::string_view busy) {
    while (!full_) {
        std::optional<Guest> guest;
        try {
            guest = admit();
        } catch (const sys::Error& failure) {
            if ((failure.number() != EMFILE && failure.number() != ENFILE) || here == 0) throw;
            cli::note(failure.what());
            full_ = true;
            break;
        }
        if (!guest || here < most) return guest;
        cli::note(fmt::format("turned away {}: {} are {} already ({} so far)", guest->peer, here, busy, ++refused_));
    }
    return std::nullopt;
}

sys::Wait Server::next(const sys::Deadline& deadline, sys::Signals& signals, Guest& into) {
    for (;;) {
        if (auto guest = admit()) {
            into = std::move(*guest);
            return sys::Wait::done;
        }
        if (deadline.past()) return sys::Wait::gave_up;
        std::vector<pollfd> entries;
        add_to(entries);
        const auto wait = sys::poll(entries, deadline, &signals);
        if (wait != sys::Wait::done) return wait;
    }
}

}  // namespace tools::sock
