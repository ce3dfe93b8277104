// SPDX-License-Identifier: MIT
// mode: permissions, octal (0640) or symbolic (u=rw,g=r).
#pragma once

#include <string_view>
#include <vector>

#include "text/word.hpp"

namespace text {

/// Permission bits 0 to 0777, or changes to some.
class Mode {
public:
    static constexpr Word word{"MODE"};
    /// Octal digits up to 777, or clauses of [ugoa]+ [=+-] [rwx]* joined by commas.
    static Parsed<Mode> parse(std::string_view text);

    static constexpr unsigned private_bits = 0600;  ///< what an object is created with when nothing is said

    /// The bits that result from these changes to `before`; an octal mode ignores `before`.
    [[nodiscard]] unsigned applied_to(unsigned before) const;

private:
    struct Clause {
        unsigned who;  ///< mask of the classes meant: 0700, 0070, 0007
        char operation;
        unsigned bits;
    };
    std::vector<Clause> clauses_;
};

}  // namespace text
