// SPDX-License-Identifier: MIT
// trace: system calls told in words, for -v.
#pragma once

#include <fmt/format.h>

#include <string>

namespace sys {

/// Where the words go: set once, before anything is opened, by the code that talks to the user; null: nobody listens.
/// The one variable of the process that is shared by all layers: library code must not print, and every call is worth telling.
inline void (*trace_listener)(const std::string& words) = nullptr;

template <class... Args>
void trace(fmt::format_string<Args...> words, Args&&... args) {
    if (trace_listener) trace_listener(fmt::format(words, std::forward<Args>(args)...));
}

}  // namespace sys
