// SPDX-License-Identifier: MIT
#include "habits.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "ipc/address.hpp"
#include "text/escape.hpp"

namespace tools::sock {
namespace {

/// nc's words: letters, some with a value, and one or two operands.
struct Words {
    std::string letters;
    std::string port;     ///< -p
    std::string timeout;  ///< -w
    std::vector<std::string> operands;
    bool understood = true;
};

Words read(std::span<char* const> given) {
    Words words;
    for (std::size_t at = 0; at < given.size(); ++at) {
        const std::string_view word = given[at];
        if (word.size() < 2 || word.front() != '-') {
            words.operands.emplace_back(word);
            continue;
        }
        for (std::size_t letter = 1; letter < word.size(); ++letter) {
            words.letters += word[letter];
            if (word[letter] != 'p' && word[letter] != 'w') continue;
            auto value = word.substr(letter + 1);
            if (value.empty() && ++at < given.size()) value = given[at];
            (word[letter] == 'p' ? words.port : words.timeout) = value;
            break;
        }
    }
    words.understood = words.letters.find_first_not_of("lkuUzvnN46pw") == std::string::npos;
    return words;
}

}  // namespace

std::string meant(std::span<char* const> given) {
    auto words = read(given);
    const auto has = [&](char letter) { return words.letters.contains(letter); };
    if (has('l') && !words.port.empty()) words.operands.push_back(words.port);
    const auto& operands = words.operands;
    if (!words.understood || operands.empty() || operands.size() > 2) return {};
    const auto parsed =
        operands.size() == 2 ? ipc::Address::parse(operands[0], operands[1]) : ipc::Address::parse(has('U') ? "unix:" + operands[0] : operands[0]);
    if (!parsed) return {};
    auto address = text::escape(operands[0]) + (operands.size() == 2 ? " " + text::escape(operands[1]) : "");
    auto udp = *parsed;
    udp.kind = ipc::Address::Kind::udp;
    if (has('u') && parsed->kind == ipc::Address::Kind::tcp) address = udp.spelled();
    if (has('U')) address = parsed->spelled();
    if (has('l') && has('u')) return fmt::format("sock recv {} --follow", address);
    return fmt::format("sock {} {}{}{}{}", has('l') ? "listen" : "connect", address, has('k') ? " --keep" : "", has('z') ? " --zero" : "",
                       words.timeout.empty() ? "" : " -t " + text::escape(words.timeout));
}

}  // namespace tools::sock
