// SPDX-License-Identifier: MIT
#include "sys/error.hpp"

#include <fmt/core.h>

#include <cstring>
#include <utility>

namespace sys {

std::string error_text(int number) {
    // strerrordesc_np is not translated, so messages do not change with the locale (strerror(3)).
    const char* text = strerrordesc_np(number);
    return text ? text : fmt::format("error {}", number);
}

Error::Error(int number, std::string what, std::string hint) : number_(number), text_(std::move(what) + ": " + error_text(number)), hint_(std::move(hint)) {}

}  // namespace sys
