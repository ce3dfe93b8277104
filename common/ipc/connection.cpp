// SPDX-License-Identifier: MIT
#include "ipc/connection.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "sys/error.hpp"
#include "sys/poll.hpp"
#include "sys/trace.hpp"

namespace ipc {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds head_start{250};  // RFC 8305, Connection Attempt Delay

/// What failed, and why; of several the most telling decides the status: somebody who refuses is nearer than nobody.
class Failures {
public:
    explicit Failures(const Address& address) : address_(address) {}
    void add(const std::string& where, int error) { add(where, error, sys::error_text(error)); }
    /// words: what exactly has failed, with its reason
    void add(const std::string& where, int error, const std::string& words) {
        sys::trace("{}: cannot connect: {}", where, words);
        where_.push_back(where);
        same_ = same_ && (reasons_.empty() || reasons_.back() == words);
        reasons_.push_back(words);
        if (count_++ == 0 || error == ECONNREFUSED) error_ = error;
    }
    [[noreturn]] void give_up() const {
        if (count_ == 1) throw sys::Error(error_, fmt::format("{}: cannot connect", address_.spelled()), hint());
        const auto reason = sys::error_text(error_);
        if (same_ && reasons_.back() == reason)
            throw sys::Error(error_, fmt::format("{}: cannot connect to {}", address_.spelled(), fmt::join(where_, " or ")), hint());
        if (same_ && reasons_.back().ends_with(": " + reason)) {
            const auto words = reasons_.back().substr(0, reasons_.back().size() - reason.size() - 2);
            throw sys::Error(error_, words, hint());
        }
        std::string words;
        for (std::size_t at = 0; at < count_; ++at) words += fmt::format("{}{}: {}", at == 0 ? "" : "; ", where_[at], reasons_[at]);
        throw sys::Error(error_, fmt::format("{}: cannot connect to any of {} addresses ({})", address_.spelled(), count_, words), hint());
    }

private:
    [[nodiscard]] std::string hint() const {
        if (error_ == EPROTOTYPE && address_.kind == Address::Kind::unix_stream)
            return fmt::format("it is a socket of another type: write unix-dgram:{0} or unix-seqpacket:{0}", address_.spelled().substr(5));
        if (error_ == ECONNREFUSED && address_.is_path()) return "nobody listens there: who made it has ended, or it is no socket";
        if (error_ == EACCES && address_.kind == Address::Kind::udp) return "it is a broadcast address: write ?broadcast behind it to mean that";
        if (error_ == ECONNREFUSED) return "nobody listens there; sock wait waits until somebody does";
        return {};
    }

    const Address& address_;
    std::vector<std::string> where_;
    std::vector<std::string> reasons_;
    bool same_ = true;
    std::size_t count_ = 0;
    int error_ = 0;
};

/// Whoever is first of several that are tried side by side.
class Race {
public:
    Race(const Address& address, const std::vector<Endpoint>& endpoints) : address_(address), endpoints_(endpoints), failures_(address) {}

    sys::Wait run(const sys::Deadline& deadline, sys::Signals& signals, sys::Fd& winner) {
        for (;;) {
            if (running_.empty() || next_start_.past()) start();
            if (done_) return winner = std::move(done_), sys::Wait::done;
            if (running_.empty() && next_ == endpoints_.size()) failures_.give_up();
            if (running_.empty()) continue;
            const bool more = next_ < endpoints_.size();
            const auto& until = more && next_start_.left() < deadline.left() ? next_start_ : deadline;
            const auto wait = sys::poll(entries_, until, &signals);
            if (wait == sys::Wait::interrupted) return wait;
            if (wait == sys::Wait::gave_up && deadline.past()) return wait;
            if (wait == sys::Wait::done) look();
        }
    }

private:
    void start() {
        if (next_ == endpoints_.size()) return;
        const auto& endpoint = endpoints_[next_++];
        next_start_ = sys::Deadline::after(head_start);
        try {
            auto socket = open_socket(address_, endpoint, Purpose::to_connect);
            sys::trace("connecting to {} (connect)", endpoint.spelled());
            if (::connect(socket.get(), endpoint.name(), endpoint.length) == 0) {
                done_ = std::move(socket);
            } else if (errno == EINPROGRESS) {
                entries_.push_back({socket.get(), POLLOUT, 0});
                running_.push_back({std::move(socket), &endpoint});
            } else {
                failures_.add(endpoint.spelled(), errno);
            }
        } catch (const sys::Error& failure) {
            // An address that this machine has no use for is no reason against the others.
            if (endpoints_.size() == 1) throw;
            failures_.add(endpoint.spelled(), failure.number(), failure.what());
        }
    }

    void look() {
        for (std::size_t at = running_.size(); at-- > 0;) {
            if (entries_[at].revents == 0) continue;
            const int error = pending_error(running_[at].socket.get());
            if (error == 0) {
                done_ = std::move(running_[at].socket);
                return;
            }
            failures_.add(running_[at].endpoint->spelled(), error);
            entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(at));
            running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(at));
            next_start_ = sys::Deadline::after({});
        }
    }

    struct Attempt {
        sys::Fd socket;
        const Endpoint* endpoint;
    };
    const Address& address_;
    const std::vector<Endpoint>& endpoints_;
    Failures failures_;
    std::vector<Attempt> running_;
    std::vector<pollfd> entries_;  // as running_
    std::size_t next_ = 0;
    sys::Deadline next_start_;
    sys::Fd done_;
};

/// A unix socket has no connection in progress: who waits for room in the queue of its listener must block in connect(2).
sys::Wait connect_unix(const Address& address, const sys::Deadline& deadline, sys::Signals& signals, sys::Fd& into) {
    sys::Fd directory;
    const auto endpoint = unix_endpoint(address, directory);
    auto socket = open_socket(address, endpoint, Purpose::to_connect);
    sys::trace("connecting to {} (connect)", address.spelled());
    int error = ::connect(socket.get(), endpoint.name(), endpoint.length) == 0 ? 0 : errno;
    if (error == EAGAIN) {
        if (deadline.past()) return sys::Wait::gave_up;
        const int flags = ::fcntl(socket.get(), F_GETFL);
        (void)::fcntl(socket.get(), F_SETFL, flags & ~O_NONBLOCK);
        const auto wait = signals.run(deadline, error, [&] { return ::connect(socket.get(), endpoint.name(), endpoint.length) == 0 ? 0 : errno; });
        if (wait != sys::Wait::done) return wait;
        (void)::fcntl(socket.get(), F_SETFL, flags);
    }
    if (error != 0) {
        Failures failures{address};
        failures.add(address.spelled(), error);
        failures.give_up();
    }
    into = std::move(socket);
    return sys::Wait::done;
}

sys::Wait connect_any(const Address& address, const sys::Deadline& deadline, sys::Signals& signals, Connection& into) {
    const auto begin = Clock::now();
    if (address.kind == Address::Kind::descriptor) {
        into.socket = sys::duplicate(address.descriptor, fmt::format("{}: cannot use", address.spelled()));
        return sys::Wait::done;
    }
    if (address.is_unix()) {
        const auto wait = connect_unix(address, deadline, signals, into.socket);
        into.connect = Clock::now() - begin;
        return wait;
    }
    std::vector<Endpoint> endpoints;
    if (const auto wait = resolve(address, Purpose::to_connect, deadline, signals, endpoints); wait != sys::Wait::done) return wait;
    const auto resolved = Clock::now();
    into.lookup = resolved - begin;
    const auto wait = Race{address, endpoints}.run(deadline, signals, into.socket);
    into.connect = Clock::now() - resolved;
    return wait;
}

}  // namespace

sys::Wait connect(const Address& address, const sys::Deadline& deadline, sys::Signals& signals, Connection& into) {
    const auto wait = connect_any(address, deadline, signals, into);
    if (wait == sys::Wait::done) {
        into.local = local_end(into.socket.get()).spelled();
        into.peer = peer_end(into.socket.get()).spelled();
    }
    return wait;
}

std::optional<std::uint64_t> unsent(int socket) {
    int bytes = 0;
    if (::ioctl(socket, SIOCOUTQ, &bytes) < 0) return {};
    return static_cast<std::uint64_t>(std::max(bytes, 0));
}

int pending_error(int socket) {
    int error = 0;
    socklen_t length = sizeof error;
    return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

sys::Wait until_taken(int socket, const sys::Deadline& deadline, sys::Signals& signals, int& error) {
    // The kernel tells nobody when the last byte was taken: look again, less and less often.
    for (std::chrono::milliseconds pause{1};; pause = std::min(pause * 2, std::chrono::milliseconds{50})) {
        error = pending_error(socket);
        const auto left = unsent(socket);
        if (error != 0 || !left || *left == 0) {
            if (error == 0) error = pending_error(socket);  // a reset empties the queue as well
            return sys::Wait::done;
        }
        if (deadline.past()) return sys::Wait::gave_up;
        const auto until = sys::Deadline::after(std::min<std::chrono::nanoseconds>(pause, deadline.left()));
        if (sys::poll({}, until, &signals) == sys::Wait::interrupted) return sys::Wait::interrupted;
    }
}

}  // namespace ipc
