// SPDX-License-Identifier: MIT
#include "ports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "cli/exit.hpp"
#include "ipc/connection.hpp"
#include "sys/error.hpp"
#include "sys/trace.hpp"
#include "text/escape.hpp"
#include "text/number.hpp"

namespace tools::sock {
namespace {

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// It is said of the port, or of the way there.
bool of_port(int error) {
    return error == ECONNREFUSED || error == ECONNRESET || error == ETIMEDOUT || error == EHOSTUNREACH || error == ENETUNREACH || error == EACCES ||
           error == EPERM;
}

}  // namespace

std::optional<PortRange> PortRange::of(std::string_view word) {
    const auto dash = word.find('-');
    if (dash == std::string_view::npos || !all_digits(word.substr(0, dash)) || !all_digits(word.substr(dash + 1))) return {};
    const auto first = text::whole_number(word.substr(0, dash), 1, 65535);
    const auto last = text::whole_number(word.substr(dash + 1), 1, 65535);
    if (!first || !last || *first > *last)
        throw cli::Usage(fmt::format("'{}' is no range of ports: the lower one comes first, and none is over 65535, as in 20-25", text::escape(word)));
    return PortRange{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

sys::Wait scan(const PortScan& scan, const sys::Deadline& deadline, sys::Signals& signals, const std::function<void(std::uint16_t)>& is_open) {
    std::vector<ipc::Endpoint> endpoints;
    if (const auto wait = ipc::resolve(scan.address, ipc::Purpose::to_connect, deadline, signals, endpoints); wait != sys::Wait::done) return wait;
    for (unsigned port = scan.range.first; port <= scan.range.last; ++port) {
        bool found = false;
        for (const auto& endpoint : endpoints) {
            auto address = scan.address;
            address.host = endpoint.host();
            address.port = std::to_string(port);
            const auto own = scan.each ? sys::Deadline::after(scan.each->length) : sys::Deadline{};
            try {
                ipc::Connection connection;
                const auto wait = ipc::connect(address, own.left() < deadline.left() ? own : deadline, signals, connection);
                if (wait == sys::Wait::interrupted || (wait != sys::Wait::done && deadline.past())) return wait;
                found = wait == sys::Wait::done;
            } catch (const sys::Error& failure) {
                if (!of_port(failure.number())) throw;
            }
            if (found) break;
        }
        if (found) is_open(static_cast<std::uint16_t>(port));
    }
    return sys::Wait::done;
}

}  // namespace tools::sock
