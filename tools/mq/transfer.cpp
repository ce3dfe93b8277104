// SPDX-License-Identifier: MIT
#include "transfer.hpp"

#include "sys/error.hpp"

namespace tools::mq {

Transferred transfer(ipc::Mq& from, ipc::Mq& to, const std::function<long(const ipc::Message&)>& label, std::uint64_t most, const sys::Deadline& deadline,
                     sys::Signals& signals, Rescue& rescue) {
    Transferred moved;
    Taken taken{&from, {}};
    while (moved.messages < most) {
        if (from.try_receive(taken.message, {}) != sys::Wait::done) return moved;
        try {
            const auto number = label(taken.message);
            moved.end = to.try_send(taken.message.bytes, number);
            if (moved.end == sys::Wait::would_block) moved.end = to.send(taken.message.bytes, number, deadline, signals);
        } catch (const sys::Error&) {
            rescue.put_back(taken);
            throw;
        }
        if (moved.end != sys::Wait::done) {
            rescue.put_back(taken);
            return moved;
        }
        ++moved.messages;
        if (signals.caught() != 0) {
            moved.end = sys::Wait::interrupted;
            return moved;
        }
    }
    return moved;
}

}  // namespace tools::mq
