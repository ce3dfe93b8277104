// SPDX-License-Identifier: MIT
// reply: where a reply ends in a command's output.
#pragma once

#include <string>
#include <string_view>

#include "wire.hpp"

namespace tools::popen {

/// Looks at output as it comes, and says how much of it is the reply's and whether that is all of it.
class Reply {
public:
    Reply() = default;
    Reply(const Request& request, std::string marker) : request_(request), marker_(std::move(marker)), left_(request.count) {}

    struct Cut {
        std::size_t give = 0;  ///< bytes for the caller
        std::size_t skip = 0;  ///< bytes behind them that are nobody's: the marker
        bool complete = false;
    };
    /// All output that has not been given yet. What may be the beginning of the marker is held back; `ended`: nothing follows.
    Cut cut(std::string_view output, bool ended);

private:
    Cut cut_lines(std::string_view output);
    [[nodiscard]] Cut cut_marker(std::string_view output, bool ended) const;
    [[nodiscard]] Cut cut_prompt(std::string_view output, bool ended) const;

    Request request_;
    std::string marker_;
    std::uint64_t left_ = 0;
};

}  // namespace tools::popen
