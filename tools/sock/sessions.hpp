// SPDX-License-Identifier: MIT
// sessions: all pairs of a relay in one loop, each in its turn.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "arriving.hpp"
#include "ipc/address.hpp"
#include "ipc/endpoint.hpp"
#include "server.hpp"
#include "session.hpp"
#include "text/duration.hpp"
#include "text/size.hpp"
#include "traffic.hpp"

namespace tools::sock {

struct SessionSettings {
    std::optional<std::uint64_t> rate;  ///< bytes a second, of all together
    std::optional<text::Duration> idle;
    std::size_t most;                    ///< at once
    std::optional<std::uint64_t> count;  ///< in all
    bool descriptors;                    ///< go on as well
    Traffic* traffic;                    ///< who is shown what passes; null: nobody
    std::function<void(const Session&)> over;
};

class Sessions {
public:
    /// server: null for a single pair that is there already. target, endpoints: where each guest is taken to.
    Sessions(const SessionSettings& settings, Server* server, const ipc::Address& target, std::vector<ipc::Endpoint> endpoints, sys::Signals& signals);

    Sessions(const Sessions&) = delete;
    Sessions& operator=(const Sessions&) = delete;
    ~Sessions() { reset_all(); }

    void add(Side here, Side there, std::string here_name, std::string there_name);
    /// Until there is nothing left to do (done), the deadline passes or a signal ends it.
    sys::Wait run(const sys::Deadline& deadline);
    /// What the sessions that are still there have not delivered, a line each; counters, when asked by SIGUSR1.
    void account() const;
    /// Those that are not over end by a reset: an end that looks like the end of the data would be a lie.
    void reset_all();
    [[nodiscard]] int failure() const { return error_; }  ///< the first that was not whole

private:
    enum class Watched : std::uint64_t { listener, arriving, here, there };

    void let_in();
    void make_room();
    void begin(Guest guest);
    void look(std::uint64_t key, std::uint32_t events);
    void follow(Arriving& arriving, Arriving::Way way);
    void arrived(Arriving& arriving);
    void turned_away(Arriving& arriving);
    void knock_again();
    void watch_listener() const;
    void watch(int socket, Watched what, std::uint64_t number) const;
    void make_ready(Session& session);
    void turn();
    void end(Session& session);
    void end_idle();
    [[nodiscard]] sys::Deadline next_look(const sys::Deadline& deadline) const;
    void refill();
    [[nodiscard]] double portion() const;

    const SessionSettings& settings_;
    Server* server_;
    bool listening_;
    const ipc::Address& target_;
    std::vector<ipc::Endpoint> endpoints_;
    sys::Signals& signals_;
    sys::Fd events_;
    PipePool pool_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Session>> sessions_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Arriving>> arriving_;
    std::deque<std::uint64_t> ready_;  ///< who can move something, in turn
    std::chrono::steady_clock::time_point nobody_idle_until_{};
    std::uint64_t numbered_ = 0;
    std::uint64_t there_ = 0;
    std::uint64_t back_ = 0;
    int error_ = 0;
    double allowed_ = 0;  ///< bytes, with a rate
    std::chrono::steady_clock::time_point refilled_;
};

}  // namespace tools::sock
