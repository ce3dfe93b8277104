// SPDX-License-Identifier: MIT
#include "cli/batch.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "cli/talk.hpp"

namespace cli {

std::string frame_head(std::size_t length) {
    std::string head;
    for (int shift = 24; shift >= 0; shift -= 8) head += static_cast<char>(length >> shift & 255);
    return head;
}

Output Batch::write(sys::Signals& signals, std::size_t& whole) {
    const auto output = write_out(output_, signals);
    whole = static_cast<std::size_t>(std::ranges::upper_bound(ends_, output.written) - ends_.begin());
    const auto start = whole == 0 ? 0 : ends_[whole - 1];
    if (output.written > start) {
        complain(
            fmt::format("standard output took only {} of the {} bytes of a message, which stays undelivered", output.written - start, ends_[whole] - start));
    }
    output_.clear();
    ends_.clear();
    return output;
}

}  // namespace cli
