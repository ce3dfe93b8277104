// SPDX-License-Identifier: MIT
// signal: whatever is taken is a signal of the kernel, and its own spelling is taken for the same
#include "text/signal.hpp"

#include <csignal>

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = text_of(data, size);
    const auto signal = text::Signal::parse(text);
    if (!signal) {
        must(harmless(signal.error()), "the message");
        return 0;
    }
    must((signal->number >= 0 && signal->number < 32) || (signal->number >= SIGRTMIN && signal->number <= SIGRTMAX), "a signal");
    const auto again = text::Signal::parse(text::spell(*signal));
    must(again && again->number == signal->number, "its spelling is read back");
    return 0;
}
