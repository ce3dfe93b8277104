// SPDX-License-Identifier: MIT
// base64: one text for one string of bytes
#include "text/base64.hpp"

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto input = text_of(data, size);
    const auto encoded = text::to_base64(input);
    must(encoded.size() == (size + 2) / 3 * 4, "the length");
    const auto decoded = text::from_base64(encoded);
    must(decoded && *decoded == input, "what is written reads back");
    if (const auto bytes = text::from_base64(input)) must(text::to_base64(*bytes) == input, "nothing is taken that would not be written");
    return 0;
}
