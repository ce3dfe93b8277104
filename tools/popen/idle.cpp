// SPDX-License-Identifier: MIT
#include "idle.hpp"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <climits>

#include "sys/proc.hpp"

namespace tools::popen {
namespace {

bool is_file(int process, std::uint64_t descriptor, const std::string& file) {
    std::array<char, PATH_MAX> target;
    const auto length = ::readlinkat(process, fmt::format("fd/{}", static_cast<int>(descriptor)).c_str(), target.data(), target.size());
    return length > 0 && std::string_view{target.data(), static_cast<std::size_t>(length)} == file;
}

bool waits(const sys::Process& process, const std::string& file) {
    const auto threads = sys::numbers_in(process.directory(), "task");
    if (!threads) return false;
    for (const auto thread : *threads) {
        const auto call = sys::blocked_call(process.directory(), thread);
        if (call && (call->number == SYS_read || call->number == SYS_readv) && is_file(process.directory(), call->arguments[0], file)) return true;
    }
    return false;
}

}  // namespace

bool waits_for_input(pid_t session, const std::string& file) {
    bool found = false;
    sys::for_each_process([&](const sys::Process& process) { found = found || (process && ::getsid(process.pid()) == session && waits(process, file)); });
    return found;
}

}  // namespace tools::popen
