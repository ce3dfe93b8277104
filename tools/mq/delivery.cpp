// SPDX-License-Identifier: MIT
#include "delivery.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <climits>

#include "cli/talk.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/io.hpp"
#include "sys/poll.hpp"
#include "sys/trace.hpp"

namespace tools::mq {
namespace {

/// The queue once more, for writing: through our own descriptor, so that it is the same one even if its name is gone.
std::unique_ptr<ipc::Mq> open_for_return(const ipc::Mq& queue) {
    ipc::Name name{.kind = ipc::Name::Kind::descriptor};
    name.pid = ::getpid();
    name.descriptor = queue.descriptor();
    return ipc::Mq::open(name, ipc::Mq::Access::send);
}

}  // namespace

std::string framed(cli::Framing framing, const Taken& taken) {
    const auto& bytes = taken.message.bytes;
    switch (framing) {
        case cli::Framing::lines: return bytes + '\n';
        case cli::Framing::nul: return bytes + '\0';
        case cli::Framing::raw: return bytes;
        case cli::Framing::json: return cli::to_json(as_json(*taken.queue, taken.message)) + "\n";
        case cli::Framing::framed: break;
    }
    std::string record;
    for (int shift = 24; shift >= 0; shift -= 8) record += static_cast<char>(bytes.size() >> shift & 255);
    return record + bytes;
}

void Rescue::put_back(const Taken& taken) {
    queue_ = taken.queue->name();
    try {
        const auto again = taken.queue->sysv() ? nullptr : open_for_return(*taken.queue);
        auto& queue = again ? *again : *taken.queue;
        if (queue.try_send(taken.message.bytes, taken.message.label) == sys::Wait::done) {
            ++returned_;
            return;
        }
        keep(taken, "the queue is full again");
    } catch (const sys::Error& failure) {
        keep(taken, failure.what());
    }
}

void Rescue::keep(const Taken& taken, std::string_view reason) {
    const auto line = cli::to_json(as_json(*taken.queue, taken.message)) + "\n";
    if (file_) {
        const sys::Fd file{::open(file_->c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
        if (file && sys::write_all(file.get(), line).error == 0) {
            // It is in the file all the same: a second copy would be one too many.
            if (::fsync(file.get()) < 0 && errno != EINVAL) cli::complain(fmt::format("{}: appended, but cannot sync: {}", *file_, sys::error_text(errno)));
            ++kept_;
            return;
        }
        cli::complain(fmt::format("{}: cannot append: {}", *file_, sys::error_text(errno)));
    }
    cli::complain(fmt::format("a message of {} bytes could not be put back ({}); mq send -j reads the next line:", taken.message.bytes.size(), reason));
    (void)sys::write_all(STDERR_FILENO, line);
    ++shown_;
}

void Rescue::tell() const {
    if (returned_ > 0) cli::complain(fmt::format("{}: {} undelivered message{} put back", queue_, returned_, returned_ == 1 ? "" : "s"));
    if (kept_ > 0) cli::complain(fmt::format("{}: {} undelivered message{} appended to {}", queue_, kept_, kept_ == 1 ? "" : "s", *file_));
}

void Delivery::add(Taken taken) {
    output_ += framed(framing_, taken);
    ends_.push_back(output_.size());
    held_.push_back(std::move(taken));
}

void Delivery::put_all_back() {
    for (const auto& taken : held_) rescue_.put_back(taken);
    held_.clear();
    ends_.clear();
    output_.clear();
}

Delivered Delivery::write_out(std::size_t& written) {
    // Up to PIPE_BUF bytes do not block where poll(2) sees room, so the signals may stay held: one write, nothing more.
    std::array<pollfd, 1> out{{{STDOUT_FILENO, POLLOUT, 0}}};
    if (output_.size() <= PIPE_BUF && ::poll(out.data(), out.size(), 0) == 1) {
        const auto done = sys::write_all(STDOUT_FILENO, output_);
        written = done.bytes;
        error_ = done.error;
        return error_ == 0 ? Delivered::all : Delivered::failed;
    }
    // A reader that has stopped must not make us deaf to SIGTERM.
    while (written < output_.size()) {
        const auto wait = signals_.run({}, error_, [&] {
            const auto count = ::write(STDOUT_FILENO, output_.data() + written, output_.size() - written);
            if (count < 0) return errno;
            written += static_cast<std::size_t>(count);
            return 0;
        });
        if (wait == sys::Wait::interrupted && sys::Signals::taken() != SIGCHLD && written < output_.size()) return Delivered::interrupted;
        if (wait == sys::Wait::interrupted) continue;
        if (error_ == EAGAIN) {
            (void)sys::poll(out, {}, &signals_);  // an inherited O_NONBLOCK is not ours to clear
        } else if (error_ != 0) {
            return Delivered::failed;
        }
    }
    return Delivered::all;
}

int Delivery::write_only() {
    std::size_t written = 0;
    const auto outcome = write_out(written);
    held_.clear();
    ends_.clear();
    output_.clear();
    return outcome == Delivered::all ? 0 : outcome == Delivered::interrupted ? EINTR : error_;
}

Delivered Delivery::deliver() {
    if (held_.empty()) return Delivered::all;
    std::size_t written = 0;
    const auto outcome = write_out(written);
    sys::trace("wrote {} bytes of {} messages to standard output (write)", written, held_.size());
    std::size_t whole = 0;
    while (whole < ends_.size() && ends_[whole] <= written) ++whole;
    const auto start = whole == 0 ? 0 : ends_[whole - 1];
    if (outcome != Delivered::all && written > start) {
        cli::complain(fmt::format("standard output took only {} of the {} bytes of a message, which stays undelivered", written - start, ends_[whole] - start));
    }
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(whole));
    put_all_back();
    return outcome;
}

}  // namespace tools::mq
