// SPDX-License-Identifier: MIT
#include "delivery.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "cli/rescue.hpp"
#include "cli/talk.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
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
    if (file_ && cli::rescue(*file_, line)) {
        ++kept_;
        return;
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
    batch_.add(taken.message.bytes, [&] { return as_json(*taken.queue, taken.message); });
    held_.push_back(std::move(taken));
}

int Delivery::write_only() {
    std::size_t whole = 0;
    const auto output = batch_.write(signals_, whole);
    held_.clear();
    return output.wait == sys::Wait::interrupted ? EINTR : output.error;
}

Delivered Delivery::deliver() {
    if (held_.empty()) return Delivered::all;
    std::size_t whole = 0;
    const auto output = batch_.write(signals_, whole);
    sys::trace("wrote {} bytes of {} messages to standard output (write)", output.written, held_.size());
    for (auto at = whole; at < held_.size(); ++at) rescue_.put_back(held_[at]);
    held_.clear();
    error_ = output.error;
    return output.wait == sys::Wait::interrupted ? Delivered::interrupted : error_ != 0 ? Delivered::failed : Delivered::all;
}

}  // namespace tools::mq
