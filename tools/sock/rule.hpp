// SPDX-License-Identifier: MIT
// rule: who may connect: a network, or a user or group of this machine.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/verb.hpp"
#include "ipc/endpoint.hpp"
#include "text/word.hpp"

namespace tools::sock {

/// 10.0.0.0/8, ::1, uid:1000, uid:alice, gid:27.
struct Rule {
    enum class Kind { network, uid, gid };
    Kind kind = Kind::network;
    std::array<std::uint8_t, 16> network{};  ///< IPv4 as ::ffff:a.b.c.d
    unsigned bits = 128;
    std::uint32_t id = 0;

    static constexpr text::Word word{"WHO"};
    static text::Parsed<Rule> parse(std::string_view text);
};

struct AccessOptions {
    std::vector<Rule> allow;
    std::vector<Rule> deny;
    /// Of the socket's other end. Who is denied is never let in; if anybody is allowed, nobody else is.
    [[nodiscard]] bool admits(int socket) const;
    /// The same of who has sent something; who: of a unix socket.
    [[nodiscard]] bool admits(const ipc::Endpoint& peer, const std::optional<ucred>& who) const;
};

template <class T>
void access_options(cli::Form<T>& form) {
    form.option("--allow", &AccessOptions::allow, "let in only these (several times): 10.0.0.0/8, ::1, uid:NAME, gid:NAME");
    form.option("--deny", &AccessOptions::deny, "never let these in (several times)");
}

}  // namespace tools::sock
