// SPDX-License-Identifier: MIT
// fuzz: what the harnesses have in common: a promise that is broken ends the run, with the input kept by libFuzzer.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

/// Not assert(3): it must also hold where NDEBUG is defined.
inline void must(bool holds, const char* promise, int line = __builtin_LINE()) {
    if (holds) return;
    std::fprintf(stderr, "line %d: broken: %s\n", line, promise);
    std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) { return {reinterpret_cast<const char*>(data), size}; }

/// What is printed may hold no control character that came from outside.
inline bool harmless(std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) return false;
    }
    return true;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
