// SPDX-License-Identifier: MIT
// suggest: answers with a known word or none, and with a word that is known when it was typed right
#include "text/suggest.hpp"

#include <algorithm>
#include <vector>

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Words, a newline behind each; the first is the one that was typed.
    std::vector<std::string> words(1);
    for (const char c : text_of(data, size)) {
        if (c == '\n') {
            words.emplace_back();
        } else {
            words.back() += c;
        }
    }
    if (words.size() > 40) return 0;
    const std::vector<std::string> known{words.begin() + 1, words.end()};
    const auto near = text::nearest(words.front(), known);
    must(near.empty() || std::find(known.begin(), known.end(), near) != known.end(), "only known words");
    const bool right = !words.front().empty() && words.front().size() <= 64 && std::find(known.begin(), known.end(), words.front()) != known.end();
    must(!right || near == words.front(), "what was typed right is the nearest");
    return 0;
}
