// SPDX-License-Identifier: MIT
#include "protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "text/escape.hpp"
#include "text/number.hpp"

namespace tools::sock {
namespace {

// Of /etc/protocols, which not every machine has; netinet/in.h has the same.
constexpr std::array<std::pair<std::string_view, std::uint8_t>, 12> names{{{"icmp", 1},
                                                                           {"igmp", 2},
                                                                           {"ipip", 4},
                                                                           {"tcp", 6},
                                                                           {"udp", 17},
                                                                           {"gre", 47},
                                                                           {"esp", 50},
                                                                           {"ah", 51},
                                                                           {"icmp6", 58},
                                                                           {"ospf", 89},
                                                                           {"sctp", 132},
                                                                           {"raw", 255}}};

}  // namespace

text::Parsed<std::uint8_t> protocol_number(std::string_view text) {
    const auto* found = std::ranges::find(names, text, &std::pair<std::string_view, std::uint8_t>::first);
    if (found != names.end()) return found->second;
    if (const auto number = text::whole_number(text, 0, 255)) return static_cast<std::uint8_t>(*number);
    std::string known;
    for (const auto& [name, number] : names) known += fmt::format(" {}", name);
    return std::unexpected(fmt::format("'{}' is no protocol: a number up to 255, or one of{}", text::escape(text), known));
}

}  // namespace tools::sock
