// SPDX-License-Identifier: MIT
#include "cli/out.hpp"

#include <unistd.h>

#include <string>

namespace cli {
namespace {

constexpr std::size_t block = 64 * 1024;

std::string& held() {
    static std::string text;
    return text;
}

}  // namespace

void print(std::string_view text) {
    held().append(text);
    if (held().size() >= block) flush();
}

void flush() {
    if (held().empty()) return;
    const auto written = sys::write_all(STDOUT_FILENO, held());
    held().clear();
    if (written.error != 0) throw OutputError{written.error};
}

sys::Written write_now(std::string_view bytes) {
    flush();
    return sys::write_all(STDOUT_FILENO, bytes);
}

}  // namespace cli
