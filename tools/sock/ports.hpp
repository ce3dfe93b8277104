// SPDX-License-Identifier: MIT
// ports: which of a range of TCP ports are open, as nc -z tells.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ipc/address.hpp"
#include "sys/deadline.hpp"
#include "sys/signals.hpp"
#include "text/duration.hpp"

namespace tools::sock {

/// 20-25: both are included.
struct PortRange {
    std::uint16_t first = 0;
    std::uint16_t last = 0;
    /// Nothing: the word is no range. Throws Usage when it looks like one and cannot be.
    static std::optional<PortRange> of(std::string_view word);
};

struct PortScan {
    ipc::Address address;  ///< its port does not count
    PortRange range;
    std::optional<text::Duration> each;  ///< how long one port may take to answer
};

/// Connects to one after the other; is_open() is told of each that lets us in. done: all were asked, or why it stopped before. The host
/// is looked up once. Throws Error when it is not known, or when the trouble is ours and not a port's.
sys::Wait scan(const PortScan& scan, const sys::Deadline& deadline, sys::Signals& signals, const std::function<void(std::uint16_t)>& is_open);

}  // namespace tools::sock
