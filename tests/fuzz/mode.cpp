// SPDX-License-Identifier: MIT
// mode: whatever is taken changes permission bits only, and the same way every time
#include "text/mode.hpp"

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = text_of(data, size);
    const auto mode = text::Mode::parse(text);
    if (!mode) {
        must(harmless(mode.error()), "the message");
        return 0;
    }
    must(!text.empty() && text.find_first_not_of("01234567ugoa=+-rwx,") == std::string_view::npos, "only known characters");
    for (const unsigned before : {0U, 0777U, 0640U, 0107777U}) {
        const auto bits = mode->applied_to(before);
        must((bits & ~0777U) == 0, "permission bits only");
        // Clauses that only set are settled after the first time.
        if (text.find_first_of("+-") == std::string_view::npos) must(mode->applied_to(bits) == bits, "setting twice is setting once");
    }
    return 0;
}
