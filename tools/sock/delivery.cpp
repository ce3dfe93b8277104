// SPDX-License-Identifier: MIT
#include "delivery.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/out.hpp"
#include "cli/rescue.hpp"
#include "cli/talk.hpp"
#include "sys/io.hpp"
#include "text/escape.hpp"

namespace tools::sock {

std::string to_hex(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) text += fmt::format("{}{:02x}", text.empty() ? "" : " ", static_cast<unsigned char>(byte));
    return text;
}

void Delivery::keep(const Datagram& datagram) {
    const auto line = cli::to_json(as_json(datagram)) + "\n";
    if (rescue_ && cli::rescue(*rescue_, line)) {
        ++kept_;
        return;
    }
    cli::complain(fmt::format("a message of {} bytes was taken and not delivered; sock send -j reads the next line:", datagram.bytes.size()));
    (void)sys::write_all(STDERR_FILENO, line);
}

void Delivery::deliver(const std::vector<Datagram>& datagrams) {
    if (datagrams.empty()) return;
    for (const auto& datagram : datagrams) {
        if (datagram.size > datagram.bytes.size())
            cli::complain(fmt::format("a message of {} bytes was cut to {}: another took one of it at the same moment", datagram.size, datagram.bytes.size()));
        const auto told = [&] { return as_json(datagram); };
        hex_ ? batch_.add(to_hex(datagram.bytes), told) : batch_.add(datagram.bytes, told);
    }
    std::size_t whole = 0;
    const auto output = batch_.write(signals_, whole);
    delivered_ += whole;
    if (whole == datagrams.size()) return;
    for (auto at = whole; at < datagrams.size(); ++at) keep(datagrams[at]);
    if (kept_ > 0) cli::complain(fmt::format("{} undelivered message{} appended to {}", kept_, kept_ == 1 ? "" : "s", text::escape(*rescue_)));
    if (output.wait == sys::Wait::interrupted) sys::end_by(sys::Signals::taken());
    cli::output_failed(output.error, signals_);
}

}  // namespace tools::sock
