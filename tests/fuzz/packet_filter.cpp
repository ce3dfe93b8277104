// SPDX-License-Identifier: MIT
// packet_filter: an expression that is taken is a program that the kernel takes: every jump leads forward and inside, and it returns
#include "../../tools/sock/packet_filter.cpp"
#include "../../tools/sock/protocol.cpp"

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = text_of(data, size);
    const auto filter = tools::sock::PacketFilter::parse(text);
    if (!filter) {
        must(!filter.error().empty() && harmless(filter.error()), "a refusal says why, harmlessly");
        return 0;
    }
    const auto& program = filter->program;
    must(program.size() >= 2 && program.size() <= 4096 + 2, "within the kernel's limit");
    must(BPF_CLASS(program.back().code) == BPF_RET, "it returns");
    for (std::size_t at = 0; at < program.size(); ++at) {
        const auto& line = program[at];
        if (BPF_CLASS(line.code) != BPF_JMP) continue;
        const bool always = BPF_OP(line.code) == BPF_JA;
        must(at + 1 + (always ? line.k : line.jt) < program.size() && at + 1 + (always ? 0 : line.jf) < program.size(), "jumps stay inside");
    }
    // In parentheses it means the same, and twice not is nothing.
    const auto again = tools::sock::PacketFilter::parse("(" + std::string{text} + ")");
    must(again.has_value(), "parentheses change nothing");
    return 0;
}
