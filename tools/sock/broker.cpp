// SPDX-License-Identifier: MIT
#include "broker.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "cli/talk.hpp"
#include "ipc/connection.hpp"
#include "sys/error.hpp"
#include "sys/poll.hpp"
#include "sys/stream.hpp"
#include "text/escape.hpp"

namespace tools::sock {
namespace {

constexpr std::size_t most_held = 256 * 1024;    // bytes for one who does not read
constexpr std::chrono::seconds patience{1};      // with one who takes nothing at all
constexpr std::size_t longest_line = 64 * 1024;  // of a chat

struct Member {
    sys::Fd socket;
    sys::Stream stream;
    std::string peer;
    std::string name;          ///< in a chat
    std::string line;          ///< begun, not ended
    std::string waiting;       ///< for it, not taken yet
    std::size_t at = 0;        ///< start of what is waiting
    std::uint64_t unsent = 0;  ///< of what the kernel has for it, when it was last looked at
    sys::Deadline dropped_at;  ///< while too much is waiting
    bool behind = false;       ///< too much is waiting
    bool speaks = true;        ///< its side is not at its end: it leaves when it has got what waits for it
    bool gone = false;

    [[nodiscard]] std::string_view held() const { return std::string_view{waiting}.substr(at); }
};

class Broker {
public:
    Broker(Server& server, const BrokerSettings& settings, sys::Signals& signals) : server_(server), settings_(settings), signals_(signals) {}

    cli::Exit run(const sys::Deadline& deadline, cli::Exit gave_up) {
        for (;;) {
            std::vector<pollfd> entries;
            for (const auto& member : members_) {
                // While one is behind, nobody is heard: those who send wait as they would for a slow reader of their own.
                const auto events = (member->speaks && behind_ == 0 ? POLLIN : 0) | (member->held().empty() ? 0 : POLLOUT);
                // poll(2) tells of a hangup also where nothing is asked.
                entries.push_back({events == 0 ? -1 : member->stream.fd(), static_cast<short>(events), 0});
            }
            if (!server_.full()) server_.add_to(entries);
            const auto wait = sys::poll(entries, next_look(deadline), &signals_);
            if (wait == sys::Wait::gave_up && deadline.past()) return gave_up;
            if (wait == sys::Wait::interrupted) {
                server_.close();
                sys::end_by(sys::Signals::taken());
                return cli::Exit::ok;
            }
            const auto before = members_.size();
            // Who has connected before something was said shall hear it.
            let_in();
            for (std::size_t at = 0; at < before; ++at) {
                auto& member = *members_[at];
                if ((entries[at].revents & (POLLOUT | POLLHUP | POLLERR)) != 0 && !member.gone) hand(member);
                const bool heard = behind_ == 0 && !member.gone && member.speaks;
                if ((entries[at].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && heard) hear(member);
            }
            drop_idle();
            if (std::erase_if(members_, [](const auto& member) { return member->gone; }) > 0) server_.make_room();
        }
    }

private:
    void let_in() {
        while (auto guest = server_.admit(members_.size(), settings_.most, "here")) {
            auto member = std::make_unique<Member>();
            member->socket = std::move(guest->socket);
            member->stream = sys::Stream::inherited(member->socket.get(), sys::Stream::Way::read);
            member->peer = std::move(guest->peer);
            member->name = fmt::format("user{}", ++numbered_);
            members_.push_back(std::move(member));
        }
    }

    /// One piece a turn, so that nobody who talks all the time keeps the others from being heard.
    void hear(Member& member) {
        const auto got = member.stream.read(block_);
        if (got.error == EAGAIN) return;
        if (got.error != 0) return leave(member);
        if (got.bytes == 0) {
            member.speaks = false;
            if (settings_.chat && !member.line.empty()) say_line(member);
            return hand(member);
        }
        const std::string_view bytes{block_.data(), got.bytes};
        if (!settings_.chat) return say(member, bytes);
        for (const char c : bytes) {
            member.line += c;
            if (c == '\n' || member.line.size() >= longest_line) say_line(member);
        }
    }

    void say_line(Member& member) {
        auto line = std::exchange(member.line, {});
        while (line.ends_with('\n') || line.ends_with('\r')) line.pop_back();
        say(member, fmt::format("<{}> {}\n", member.name, text::escape(line)));
    }

    void say(const Member& from, std::string_view bytes) {
        for (auto& member : members_) {
            if (member.get() == &from || member->gone) continue;
            member->waiting.append(bytes);
            hand(*member);
        }
    }

    /// The moment at which one who takes nothing is dropped.
    [[nodiscard]] sys::Deadline next_look(const sys::Deadline& deadline) const {
        auto until = deadline;
        for (const auto& member : members_) {
            if (member->behind && member->dropped_at.left() < until.left()) until = member->dropped_at;
        }
        return until;
    }

    /// Who has taken anything since it was last looked at has time again. What the kernel holds counts as well: a unix socket is
    /// writable again only when three quarters of it are free, and a slow reader needs long for that.
    void drop_idle() {
        if (behind_ == 0) return;
        for (auto& member : members_) {
            if (member->gone || !member->behind || !member->dropped_at.past()) continue;
            const auto left = ipc::unsent(member->socket.get()).value_or(0);
            const bool moved = left < member->unsent;
            member->unsent = left;
            if (moved) {
                member->dropped_at = sys::Deadline::after(patience);
                continue;
            }
            cli::note(fmt::format("dropped {}: it does not read, and {} bytes wait for it", member->peer, member->held().size()));
            // An end in good order would say that this was all.
            const linger none{1, 0};
            (void)::setsockopt(member->socket.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
            leave(*member);
        }
    }

    void count_behind(Member& member, bool moved) {
        const bool behind = !member.gone && member.held().size() > most_held;
        if (behind && (moved || !member.behind)) {
            member.dropped_at = sys::Deadline::after(patience);
            member.unsent = ipc::unsent(member.socket.get()).value_or(0);
        }
        if (behind != member.behind) behind_ += behind ? 1 : -1;
        member.behind = behind;
    }

    void hand(Member& member) {
        bool moved = false;
        while (!member.held().empty()) {
            const auto put = member.stream.write(member.held());
            if (put.error == EAGAIN) break;
            if (put.error != 0) return leave(member);
            member.at += put.bytes;
            moved = true;
        }
        count_behind(member, moved);
        if (member.held().empty() || member.at > most_held) {
            member.waiting.erase(0, member.at);
            member.at = 0;
            if (member.waiting.empty()) member.waiting.shrink_to_fit();
        }
        if (member.held().empty() && !member.speaks) leave(member);
    }

    void leave(Member& member) {
        member.gone = true;
        count_behind(member, false);
    }

    Server& server_;
    const BrokerSettings& settings_;
    sys::Signals& signals_;
    std::vector<std::unique_ptr<Member>> members_;
    std::array<char, 64 * 1024> block_{};
    std::uint64_t numbered_ = 0;
    int behind_ = 0;  ///< how many have too much waiting
};

}  // namespace

cli::Exit serve_broker(Server& server, const BrokerSettings& settings, const sys::Deadline& deadline, cli::Exit gave_up, sys::Signals& signals) {
    return Broker{server, settings, signals}.run(deadline, gave_up);
}

}  // namespace tools::sock
