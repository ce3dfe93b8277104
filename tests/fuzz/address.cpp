// SPDX-License-Identifier: MIT
// address: what is spelled is harmless and reads back as the same address; a refusal is harmless too
#include "ipc/address.hpp"

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = text_of(data, size);
    if (const auto space = text.find(' '); space != std::string_view::npos) {
        if (const auto two = ipc::Address::parse(text.substr(0, space), text.substr(space + 1)); two) {
            const auto again = ipc::Address::parse(two->spelled());
            must(again && *again == *two, "two words are one address");
        }
    }
    const auto parsed = ipc::Address::parse(text);
    if (!parsed) {
        must(harmless(parsed.error()), "the message");
        return 0;
    }
    const auto spelled = parsed->spelled();
    must(harmless(spelled), "the spelling");
    const auto again = ipc::Address::parse(spelled);
    must(again && *again == *parsed, "what is spelled reads back");
    must(again->spelled() == spelled, "the spelling is canonical");
    must(!parsed->is_unix() || !parsed->path.empty(), "a unix socket has a name");
    must(parsed->abstract || !parsed->path.contains('\0'), "a path has no NUL");
    return 0;
}
