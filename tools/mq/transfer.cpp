// SPDX-License-Identifier: MIT
#include "transfer.hpp"

#include "sys/error.hpp"

namespace tools::mq {

namespace {

/// Before a message is taken that would have to go back, behind those of its priority: room is waited for, where the kernel tells.
sys::Wait wait_for_room(ipc::Mq& from, ipc::Mq& to, const sys::Deadline& deadline, sys::Signals& signals) {
    if (to.sysv()) {
        const auto state = to.info();
        const bool full = state.bytes && state.byte_limit && *state.bytes >= *state.byte_limit;
        return full && deadline.past() && from.info().messages != 0 ? sys::Wait::gave_up : sys::Wait::done;
    }
    if (to.wait_room(sys::Deadline::after({}), signals) == sys::Wait::done || from.info().messages == 0) return sys::Wait::done;
    return to.wait_room(deadline, signals);
}

}  // namespace

Transferred transfer(ipc::Mq& from, ipc::Mq& to, const std::function<long(const ipc::Message&)>& label, std::uint64_t most, const sys::Deadline& deadline,
                     sys::Signals& signals, Rescue& rescue) {
    Transferred moved;
    Taken taken{&from, {}};
    while (moved.messages < most) {
        moved.end = wait_for_room(from, to, deadline, signals);
        if (moved.end != sys::Wait::done) return moved;
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
