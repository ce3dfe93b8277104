// SPDX-License-Identifier: MIT
#include "text/mode.hpp"

#include <fmt/core.h>

#include "text/escape.hpp"

namespace text {

Parsed<Mode> Mode::parse(std::string_view text) {
    const auto wrong = [&] { return std::unexpected(fmt::format("'{}' is not a mode such as 0640 or u=rw,g=r", escape(text))); };
    Mode mode;
    if (!text.empty() && text.find_first_not_of("01234567") == std::string_view::npos) {
        unsigned bits = 0;
        for (const char c : text) {
            bits = bits * 8 + static_cast<unsigned>(c - '0');
            if (bits > 0777) return std::unexpected(fmt::format("mode {} is over 0777", escape(text)));
        }
        mode.clauses_.push_back({0777, '=', bits});
        return mode;
    }
    for (bool last = false; !last;) {
        const auto comma = text.find(',');
        last = comma == std::string_view::npos;
        auto part = text.substr(0, comma);
        if (!last) text.remove_prefix(comma + 1);

        const auto operation = part.find_first_of("=+-");
        if (operation == std::string_view::npos || operation == 0) return wrong();
        Clause clause{0, part[operation], 0};
        for (const char c : part.substr(0, operation)) {
            const unsigned who = c == 'u' ? 0700 : c == 'g' ? 0070 : c == 'o' ? 0007 : c == 'a' ? 0777 : 0;
            if (who == 0) return wrong();
            clause.who |= who;
        }
        for (const char c : part.substr(operation + 1)) {
            const unsigned bits = c == 'r' ? 0444 : c == 'w' ? 0222 : c == 'x' ? 0111 : 0;
            if (bits == 0) return wrong();
            clause.bits |= bits;
        }
        mode.clauses_.push_back(clause);
    }
    return mode;
}

unsigned Mode::applied_to(unsigned before) const {
    unsigned bits = before & 0777;
    for (const auto& clause : clauses_) {
        const unsigned meant = clause.bits & clause.who;
        if (clause.operation == '=') bits = (bits & ~clause.who) | meant;
        if (clause.operation == '+') bits |= meant;
        if (clause.operation == '-') bits &= ~meant;
    }
    return bits;
}

}  // namespace text
