// SPDX-License-Identifier: MIT
#include "text/suggest.hpp"

#include <algorithm>
#include <vector>

namespace text {
namespace {

std::size_t distance(std::string_view a, std::string_view b) {
    const auto width = b.size() + 1;
    std::vector<std::size_t> table((a.size() + 1) * width);
    const auto cell = [&](std::size_t row, std::size_t column) -> std::size_t& { return table[row * width + column]; };
    for (std::size_t i = 0; i <= a.size(); ++i) cell(i, 0) = i;
    for (std::size_t j = 0; j <= b.size(); ++j) cell(0, j) = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            cell(i, j) = std::min({cell(i - 1, j) + 1, cell(i, j - 1) + 1, cell(i - 1, j - 1) + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) cell(i, j) = std::min(cell(i, j), cell(i - 2, j - 2) + 1);
        }
    }
    return table.back();
}

}  // namespace

std::string nearest(std::string_view typed, std::span<const std::string> known) {
    constexpr std::size_t longest = 64;
    std::string best;
    if (typed.size() > longest) return best;
    auto least = std::max<std::size_t>(1, typed.size() / 3) + 1;
    for (const auto& word : known) {
        if (word.size() > longest) continue;
        if (const auto apart = distance(typed, word); apart < least && apart < word.size()) {
            least = apart;
            best = word;
        }
    }
    return best;
}

}  // namespace text
