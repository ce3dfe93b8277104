// SPDX-License-Identifier: MIT
#include "text/signal.hpp"

#include <csignal>
#include <cstring>

#include <algorithm>

#include "text/escape.hpp"
#include "text/number.hpp"

namespace text {
namespace {

/// Other names of signal(7) for numbers that have one already.
constexpr std::pair<std::string_view, int> aliases[] = {{"IOT", SIGABRT}, {"CLD", SIGCHLD}, {"POLL", SIGIO}};

bool is_signal(int number) { return (number >= 0 && number < 32) || (number >= SIGRTMIN && number <= SIGRTMAX); }

/// RTMIN, RTMIN+N, RTMAX, RTMAX-N; 0 when it is none of them.
int real_time(std::string_view name) {
    const bool from_low = name.starts_with("RTMIN");
    if (!from_low && !name.starts_with("RTMAX")) return 0;
    const int border = from_low ? SIGRTMIN : SIGRTMAX;
    const auto rest = name.substr(5);
    if (rest.empty()) return border;
    if (rest.front() != (from_low ? '+' : '-')) return 0;
    const auto steps = whole_number(rest.substr(1), 0, static_cast<std::uint64_t>(SIGRTMAX - SIGRTMIN));
    if (!steps) return 0;
    return from_low ? border + static_cast<int>(*steps) : border - static_cast<int>(*steps);
}

int by_name(std::string_view name) {
    for (const auto& [alias, number] : aliases) {
        if (name == alias) return number;
    }
    for (int number = 1; number < 32; ++number) {
        if (const char* known = ::sigabbrev_np(number); known && name == known) return number;
    }
    return real_time(name);
}

}  // namespace

Parsed<Signal> Signal::parse(std::string_view text) {
    if (const auto number = whole_number(text, 0, 64); number && is_signal(static_cast<int>(*number))) return Signal{static_cast<int>(*number)};
    std::string name{text};
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    const auto number = by_name(name.starts_with("SIG") ? std::string_view{name}.substr(3) : name);
    if (number == 0) return std::unexpected("'" + escape(text) + "' is not a signal; signals are written TERM, SIGTERM, 15 or RTMIN+3");
    return Signal{number};
}

std::string spell(Signal signal) {
    if (const char* known = signal.number < 32 ? ::sigabbrev_np(signal.number) : nullptr; known) return known;
    if (signal.number >= SIGRTMIN && signal.number <= SIGRTMAX) {
        const int steps = signal.number - SIGRTMIN;
        return steps == 0 ? "RTMIN" : "RTMIN+" + std::to_string(steps);
    }
    return std::to_string(signal.number);
}

}  // namespace text
