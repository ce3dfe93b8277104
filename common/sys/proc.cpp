// SPDX-License-Identifier: MIT
#include "sys/proc.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <memory>

#include "sys/error.hpp"
#include "sys/io.hpp"

namespace sys {
namespace {

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

Directory read_directory(int at, const char* path) {
    Fd fd{::openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd) return {nullptr, ::closedir};
    DIR* const directory = ::fdopendir(fd.get());
    if (directory) (void)fd.release();  // the stream owns the descriptor now
    return {directory, ::closedir};
}

std::optional<int> whole(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
    return number;
}

}  // namespace

Process::Process(pid_t pid) : pid_(pid), directory_(::open(fmt::format("/proc/{}", pid).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

std::string Process::command() const {
    auto name = read_file(directory_.get(), "comm");
    if (name.ends_with('\n')) name.pop_back();
    return name;
}

std::optional<ino_t> Process::namespace_inode(const char* kind) const {
    struct stat status {};
    if (::fstatat(directory_.get(), fmt::format("ns/{}", kind).c_str(), &status, 0) < 0) return std::nullopt;
    return status.st_ino;
}

std::optional<std::vector<int>> numbers_in(int directory, const char* name) {
    const auto stream = read_directory(directory, name);
    if (!stream) return std::nullopt;
    std::vector<int> numbers;
    for (;;) {
        errno = 0;  // readdir(3) tells an error from the end by errno alone
        const auto* entry = ::readdir(stream.get());
        if (!entry && errno != 0) return std::nullopt;
        if (!entry) return numbers;
        if (const auto number = whole(entry->d_name)) numbers.push_back(*number);
    }
}

bool vanished() { return errno == ENOENT || errno == ESRCH; }

Opened opened(int process_directory, int descriptor) {
    struct stat status {};
    // The link's own mode says how: 0500 reads, 0300 writes (proc(5)).
    if (::fstatat(process_directory, fmt::format("fd/{}", descriptor).c_str(), &status, AT_SYMLINK_NOFOLLOW) < 0) return {};
    return {(status.st_mode & S_IRUSR) != 0, (status.st_mode & S_IWUSR) != 0};
}

void for_each_process(const std::function<void(const Process&)>& visit) {
    const auto pids = numbers_in(AT_FDCWD, "/proc");
    if (!pids) throw Error(errno, "/proc: cannot read");
    for (const auto pid : *pids) {
        const Process process{pid};
        if (process || !vanished()) visit(process);
    }
}

std::optional<BlockedCall> parse_blocked_call(std::string_view line) {
    // "243 0x3 0x7f.. 0x2000 0x0 0x0 0x0 0xSP 0xPC", or "running", or "-1 0xSP 0xPC" (blocked, but not in a call).
    BlockedCall call;
    const char* at = line.data();
    const char* const end = line.data() + line.size();
    auto parsed = std::from_chars(at, end, call.number);
    if (parsed.ec != std::errc{} || call.number < 0) return std::nullopt;
    for (auto& argument : call.arguments) {
        at = parsed.ptr;
        if (end - at < 3 || std::string_view{at, 3} != " 0x") return std::nullopt;
        parsed = std::from_chars(at + 3, end, argument, 16);
        if (parsed.ec != std::errc{}) return std::nullopt;
    }
    return call;
}

std::optional<BlockedCall> blocked_call(int process_directory, pid_t tid) {
    return parse_blocked_call(read_file(process_directory, fmt::format("task/{}/syscall", tid).c_str()));
}

}  // namespace sys
