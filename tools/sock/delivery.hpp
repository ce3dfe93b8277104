// SPDX-License-Identifier: MIT
// delivery: datagrams on their way to standard output; what cannot be written is kept, or said.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/batch.hpp"
#include "inbox.hpp"
#include "sys/signals.hpp"

namespace tools::sock {

class Delivery {
public:
    /// rescue: a file that takes what standard output does not. hex: lines show bytes as two digits each.
    Delivery(cli::Framing framing, std::optional<std::string> rescue, sys::Signals& signals, bool hex = false)
        : batch_(framing), hex_(hex && framing == cli::Framing::lines), rescue_(std::move(rescue)), signals_(signals) {}

    /// Writes them at once, all of them. Those that were taken and cannot be written are appended to the rescue file, or shown on
    /// standard error, as JSON Lines that `send -j` reads; then OutputError is thrown, or the signal that came ends us.
    void deliver(const std::vector<Datagram>& datagrams);

    [[nodiscard]] std::uint64_t delivered() const { return delivered_; }

private:
    void keep(const Datagram& datagram);

    cli::Batch batch_;
    bool hex_;
    std::optional<std::string> rescue_;
    sys::Signals& signals_;
    std::uint64_t delivered_ = 0;
    std::size_t kept_ = 0;
};

/// "45 00 00 54"
std::string to_hex(std::string_view bytes);

}  // namespace tools::sock
