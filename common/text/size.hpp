// SPDX-License-Identifier: MIT
// size: 4096, 64k, 64K, 1KiB (powers of 1024), 64kB (powers of 1000), as util-linux writes them.
#pragma once

#include <cstdint>

#include "text/word.hpp"

namespace text {

/// A number of bytes, 0 to 2^64-1.
struct Size {
    std::uint64_t bytes = 0;
    static constexpr Word word{"SIZE"};
    /// A whole number, optionally K M G T P E (either case for k) alone or with iB: powers of 1024; with B: powers of 1000.
    static Parsed<Size> parse(std::string_view text);

protected:
    static std::string out_of_range(std::string_view text, std::uint64_t low, std::uint64_t high);
};

/// A size that knows its range, Low to High bytes, both included.
template <std::uint64_t Low, std::uint64_t High>
struct SizeIn : Size {
    static Parsed<SizeIn> parse(std::string_view text) {
        const auto size = Size::parse(text);
        if (!size) return std::unexpected(size.error());
        if (size->bytes < Low || size->bytes > High) return std::unexpected(out_of_range(text, Low, High));
        return SizeIn{*size};
    }
};

/// For people: 8192 is "8K", 1536 is "1.5K", rounded to one decimal. Not exact: JSON and --bytes carry the number itself.
std::string human_size(std::uint64_t bytes);

}  // namespace text
