// SPDX-License-Identifier: MIT
// flows: datagrams of many senders on their way to a target and back, each sender with a socket of its own there.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "cli/json.hpp"
#include "inbox.hpp"
#include "rule.hpp"
#include "text/duration.hpp"
#include "traffic.hpp"

namespace tools::sock {

/// One sender and the socket by which the target knows it.
struct Flow {
    struct Passed {
        std::uint64_t messages = 0;
        std::uint64_t bytes = 0;
    };
    Ends ends;
    std::string sender;  ///< what it is found by
    int through = -1;    ///< our socket that it has sent to, and the rest of what its answers need
    ipc::Endpoint from;
    ipc::Endpoint to;
    sys::Fd there;
    Passed out;
    Passed back;
    std::uint64_t lost = 0;  ///< bytes
    int error = 0;           ///< the last that was refused
    std::chrono::steady_clock::time_point begin;
    std::chrono::steady_clock::time_point last_moved;

    [[nodiscard]] std::string account() const;
    [[nodiscard]] cli::Object facts() const;
};

struct FlowSettings {
    std::optional<text::Duration> idle;
    std::size_t most;                    ///< at once
    std::optional<std::uint64_t> count;  ///< in all
    const AccessOptions* access;
    Traffic* traffic;  ///< who is shown what passes; null: nobody
    std::function<void(const Flow&)> over;
};

class Flows {
public:
    /// inbox: where the senders send to. target, endpoints: where each is taken to.
    Flows(const FlowSettings& settings, Inbox& inbox, const ipc::Address& target, std::vector<ipc::Endpoint> endpoints, sys::Signals& signals);

    /// Whatever comes to the inbox, which is connected, is of this one flow.
    void join(sys::Fd here, sys::Fd there, std::string here_name, std::string there_name);
    /// Until there is nothing left to do (done), the deadline passes or a signal ends it.
    sys::Wait run(const sys::Deadline& deadline);
    /// Counters, when asked by SIGUSR1 or at the end.
    void account() const;
    [[nodiscard]] int failure() const { return error_; }  ///< why the one flow has ended

private:
    using Place = std::list<Flow>::iterator;

    void take();
    bool pass_there(const Datagram& datagram, bool afresh = false);
    std::optional<Place> flow_of(const Datagram& datagram);
    std::optional<Place> begin(const Datagram& datagram, std::string sender);
    void watch(Place place);
    sys::Fd open_there() const;
    std::nullopt_t turn_away(const std::string& sender, const std::string& name, std::string_view reason);
    void pass_back(Flow& flow);
    bool answer(Flow& flow, std::string_view bytes);
    void look();
    void refused(Flow& flow, int error);
    void touch(Place place);
    void end(Place place);
    void end_idle();
    sys::Deadline next_look(const sys::Deadline& deadline) const;

    const FlowSettings& settings_;
    Inbox& inbox_;
    const ipc::Address& target_;
    std::vector<ipc::Endpoint> endpoints_;
    sys::Signals& signals_;
    sys::Fd events_;
    sys::Fd here_;           ///< of the one flow
    std::list<Flow> flows_;  ///< who moved something last is last
    std::unordered_map<std::string, Place> by_sender_;
    std::unordered_map<std::uint64_t, Place> by_number_;
    std::vector<Datagram> taken_;
    std::size_t next_ = 0;  ///< of these
    int full_ = -1;         ///< the socket that has no room for it
    std::string buffer_;
    std::string last_turned_away_;
    std::uint64_t numbered_ = 0;
    std::uint64_t turned_away_ = 0;
    Flow::Passed there_;  ///< of those that are over
    Flow::Passed back_;
    std::uint64_t lost_ = 0;
    int error_ = 0;
};

}  // namespace tools::sock
