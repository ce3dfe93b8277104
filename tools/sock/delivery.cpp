// SPDX-License-Identifier: MIT
#include "delivery.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "cli/out.hpp"
#include "cli/talk.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/io.hpp"
#include "sys/poll.hpp"
#include "text/escape.hpp"

namespace tools::sock {

std::string to_hex(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) text += fmt::format("{}{:02x}", text.empty() ? "" : " ", static_cast<unsigned char>(byte));
    return text;
}

void Delivery::add(const Datagram& datagram) {
    const auto size = datagram.bytes.size();
    switch (framing_) {
        case cli::Framing::lines: (hex_ ? output_ += to_hex(datagram.bytes) : output_ += datagram.bytes) += '\n'; break;
        case cli::Framing::nul: (output_ += datagram.bytes) += '\0'; break;
        case cli::Framing::raw: output_ += datagram.bytes; break;
        case cli::Framing::json: output_ += cli::to_json(as_json(datagram)) + "\n"; break;
        case cli::Framing::framed:
            for (int shift = 24; shift >= 0; shift -= 8) output_ += static_cast<char>(size >> shift & 255);
            output_ += datagram.bytes;
            break;
    }
    ends_.push_back(output_.size());
}

void Delivery::keep(const Datagram& datagram) {
    const auto line = cli::to_json(as_json(datagram)) + "\n";
    if (rescue_) {
        const sys::Fd file{::open(rescue_->c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
        if (file && sys::write_all(file.get(), line).error == 0 && (::fsync(file.get()) == 0 || errno == EINVAL)) {
            ++kept_;
            return;
        }
        cli::complain(fmt::format("{}: cannot append: {}", text::escape(*rescue_), sys::error_text(errno)));
    }
    cli::complain(fmt::format("a message of {} bytes was taken and not delivered; sock send -j reads the next line:", datagram.bytes.size()));
    (void)sys::write_all(STDERR_FILENO, line);
}

void Delivery::deliver(const std::vector<Datagram>& datagrams) {
    if (datagrams.empty()) return;
    output_.clear();
    ends_.clear();
    for (const auto& datagram : datagrams) {
        if (datagram.size > datagram.bytes.size())
            cli::complain(fmt::format("a message of {} bytes was cut to {}: another took one of it at the same moment", datagram.size, datagram.bytes.size()));
        add(datagram);
    }
    std::size_t written = 0;
    int error = 0;
    auto wait = sys::Wait::done;
    // A reader that has stopped must not make us deaf to SIGTERM.
    while (written < output_.size() && error == 0 && wait == sys::Wait::done) {
        wait = signals_.run({}, error, [&] {
            const auto count = ::write(STDOUT_FILENO, output_.data() + written, output_.size() - written);
            if (count < 0) return errno;
            written += static_cast<std::size_t>(count);
            return 0;
        });
        if (error == EAGAIN) {
            std::array<pollfd, 1> out{{{STDOUT_FILENO, POLLOUT, 0}}};
            error = 0;
            wait = sys::poll(out, {}, &signals_);  // an inherited O_NONBLOCK is not ours to clear
        }
    }
    std::size_t whole = 0;
    while (whole < ends_.size() && ends_[whole] <= written) ++whole;
    delivered_ += whole;
    if (whole == ends_.size()) return;
    const auto start = whole == 0 ? 0 : ends_[whole - 1];
    if (written > start) cli::complain(fmt::format("standard output took only {} of the {} bytes of a message", written - start, ends_[whole] - start));
    for (auto at = whole; at < datagrams.size(); ++at) keep(datagrams[at]);
    if (kept_ > 0) cli::complain(fmt::format("{} undelivered message{} appended to {}", kept_, kept_ == 1 ? "" : "s", text::escape(*rescue_)));
    if (wait == sys::Wait::interrupted) sys::end_by(sys::Signals::taken());
    signals_.release();
    throw cli::OutputError{error};
}

}  // namespace tools::sock
