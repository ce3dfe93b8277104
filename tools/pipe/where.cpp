// SPDX-License-Identifier: MIT
#include "where.hpp"

#include <fmt/format.h>

#include <limits>

#include "text/escape.hpp"
#include "text/number.hpp"

namespace tools::pipe {

text::Parsed<Where> Where::parse(std::string_view text) {
    constexpr std::string_view names[] = {"stdin", "stdout", "stderr"};
    for (int number = 0; number < 3; ++number) {
        if (text == names[number]) return Where{0, number, std::string{text}};
    }
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
    const auto colon = text.find(':');
    if (text::whole_number(text, 1, most)) return std::unexpected(fmt::format("'{0}' is a process without a descriptor; pipe ls {0} lists its pipes", text));
    if (colon == std::string_view::npos || text.starts_with("pipe:["))
        return std::unexpected(fmt::format("'{}' is not stdin, stdout, stderr, fd:N or PID:FD; fifo stat looks at a FIFO by its path", text::escape(text)));
    const auto descriptor = text::whole_number(text.substr(colon + 1), 0, most);
    if (!descriptor) return std::unexpected(descriptor.error());
    if (text.substr(0, colon) == "fd") return Where{0, static_cast<int>(*descriptor), std::string{text}};
    const auto pid = text::whole_number(text.substr(0, colon), 1, most);
    if (!pid) return std::unexpected(pid.error());
    return Where{static_cast<pid_t>(*pid), static_cast<int>(*descriptor), std::string{text}};
}

Access::Access(const Where& where)
    : borrowed_(where.pid != 0 ? ipc::borrow(where.pid, where.descriptor) : sys::Fd{}),
      own_(where.descriptor),
      identity_(ipc::pipe_identity(get(), where.spelled)) {}

}  // namespace tools::pipe
