// SPDX-License-Identifier: MIT
// blocked_call: a line of /proc/PID/task/TID/syscall is read as the kernel means it, or not at all
#include <fmt/format.h>

#include "fuzz.hpp"
#include "sys/proc.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto line = text_of(data, size);
    const auto call = sys::parse_blocked_call(line);
    if (!call) return 0;
    must(call->number >= 0, "a call has a number");
    // Written as the kernel does (fs/proc/base.c), it is read the same.
    auto written = fmt::format("{}", call->number);
    for (const auto argument : call->arguments) written += fmt::format(" {:#x}", argument);
    const auto again = sys::parse_blocked_call(written + " 0x7ffd0 0x7f6a0\n");
    must(again && again->number == call->number && again->arguments == call->arguments, "the kernel's line of it reads the same");
    must(line.size() >= 7 * 2, "nothing is made up");
    return 0;
}
