// SPDX-License-Identifier: MIT
// filter: which sockets a listing shows: by state, protocol, port and process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/verb.hpp"
#include "ipc/sock_diag.hpp"
#include "text/number.hpp"
#include "text/word.hpp"

namespace tools::sock {

/// A state as ls prints it, or ss(8)'s name of it or of a group of them, in any case.
struct States {
    std::uint32_t mask = 0;  ///< bit N: ipc::SocketState N
    static std::vector<text::Candidate> candidates(std::string_view begin);
    static constexpr text::Word word{"STATE", &candidates};
    static text::Parsed<States> parse(std::string_view text);
};

/// A protocol as ls prints it, or inet or all-unix.
struct Protocols {
    std::vector<ipc::SocketKind> kinds;
    static std::vector<text::Candidate> candidates(std::string_view begin);
    static constexpr text::Word word{"PROTOCOL", &candidates};
    static text::Parsed<Protocols> parse(std::string_view text);
};

struct FilterOptions {
    std::vector<States> states;
    std::vector<Protocols> protocols;
    std::vector<text::Number<0, 65535>> ports;
    std::vector<std::string> processes;
    bool listening = false;

    /// Whether it passes each kind of filter that was given; users: only for processes.
    [[nodiscard]] bool lets_through(const ipc::SocketInfo& socket, const ipc::SocketUsers& users) const;
};

template <class T>
void filter_options(cli::Form<T>& form) {
    form.option("--listening", &FilterOptions::listening, "only those that others can come to");
    form.option("--state", &FilterOptions::states, "only this state (again: or that), such as ESTAB, LISTEN, connected");
    form.option("--protocol", &FilterOptions::protocols, "only tcp, udp, raw, inet, unix, unix-dgram, unix-seqpacket, all-unix");
    form.option("--port", &FilterOptions::ports, "only with this port at either end");
    form.option("--process", &FilterOptions::processes, "only those that this process has open: its id or its command's name");
}

}  // namespace tools::sock
