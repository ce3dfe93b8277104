// SPDX-License-Identifier: MIT
#include "reply.hpp"

#include <algorithm>

namespace tools::popen {

Reply::Cut Reply::cut_lines(std::string_view output) {
    Cut cut;
    while (left_ > 0) {
        const auto end = output.find(request_.separator, cut.give);
        if (end == std::string_view::npos) return {output.size(), 0, false};
        cut.give = end + 1;
        --left_;
    }
    cut.complete = true;
    return cut;
}

Reply::Cut Reply::cut_marker(std::string_view output, bool ended) const {
    for (std::size_t begin = 0; begin < output.size();) {
        const auto end = output.find(request_.separator, begin);
        if (end == std::string_view::npos) {
            if (ended && output.substr(begin) == marker_) return {begin, output.size() - begin, true};
            return {ended ? output.size() : begin, 0, false};
        }
        if (output.substr(begin, end - begin) == marker_) return {begin, end + 1 - begin, true};
        begin = end + 1;
    }
    return {output.size(), 0, false};
}

Reply::Cut Reply::cut_prompt(std::string_view output, bool ended) const {
    if (const auto at = output.find(marker_); at != std::string_view::npos) return {at, marker_.size(), true};
    if (ended) return {output.size(), 0, false};
    std::size_t keep = std::min(marker_.size() - 1, output.size());
    while (!std::string_view{marker_}.starts_with(output.substr(output.size() - keep))) --keep;
    return {output.size() - keep, 0, false};
}

Reply::Cut Reply::cut(std::string_view output, bool ended) {
    switch (request_.until) {
        case Request::Until::lines: return cut_lines(output);
        case Request::Until::marker: return cut_marker(output, ended);
        case Request::Until::prompt: return cut_prompt(output, ended);
        case Request::Until::quiet:
        case Request::Until::idle: return {output.size(), 0, false};
        case Request::Until::end: return {output.size(), 0, ended};
    }
    return {};
}

}  // namespace tools::popen
