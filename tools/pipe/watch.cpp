// SPDX-License-Identifier: MIT
#include "watch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <climits>
#include <limits>
#include <map>

#include "sys/error.hpp"
#include "sys/io.hpp"
#include "sys/poll.hpp"
#include "sys/proc.hpp"
#include "text/number.hpp"

namespace tools::pipe {
namespace {

/// A regular file that a process has open.
struct OpenFile {
    std::uint64_t position = 0;
    std::uint64_t size = 0;
    std::string path;
};

std::optional<OpenFile> look_at(const sys::Process& process, int number) {
    struct statx status {};
    const auto link = fmt::format("fd/{}", number);
    if (::statx(process.directory(), link.c_str(), AT_STATX_DONT_SYNC, STATX_TYPE | STATX_SIZE, &status) < 0 || !S_ISREG(status.stx_mode)) return std::nullopt;
    // "pos:\t1234\n..." (proc(5), fdinfo)
    const auto info = sys::read_file(process.directory(), fmt::format("fdinfo/{}", number).c_str());
    OpenFile file;
    constexpr std::string_view key = "pos:\t";
    if (!info.starts_with(key)) return std::nullopt;
    std::from_chars(info.data() + key.size(), info.data() + info.size(), file.position);
    file.size = status.stx_size;
    std::array<char, PATH_MAX> target;
    const auto length = ::readlinkat(process.directory(), link.c_str(), target.data(), target.size());
    if (length > 0) file.path.assign(target.data(), static_cast<std::size_t>(length));
    return file;
}

/// A file of the process with its line; the same number may become another file.
struct Shown {
    std::string path;
    Progress progress;
    Display display;
};

}  // namespace

text::Parsed<Watched> Watched::parse(std::string_view text) {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
    const auto colon = text.find(':');
    const auto pid = text::whole_number(text.substr(0, colon), 1, most);
    if (!pid) return std::unexpected(pid.error());
    Watched watched;
    watched.pid = static_cast<pid_t>(*pid);
    if (colon != std::string_view::npos) {
        const auto number = text::whole_number(text.substr(colon + 1), 0, most);
        if (!number) return std::unexpected(number.error());
        watched.descriptor = static_cast<int>(*number);
    }
    return watched;
}

cli::Exit watch(const Watched& watched, const DisplayOptions& options) {
    const sys::Fd alive{static_cast<int>(::syscall(SYS_pidfd_open, watched.pid, 0))};
    const sys::Process process{watched.pid};
    if (!alive || !process) throw sys::Error(errno == ENOENT ? ESRCH : errno, fmt::format("process {}: cannot watch it", watched.pid));
    if (!Display{options}.shows()) throw cli::Usage("standard error is no terminal", "--force or --json shows progress all the same");

    std::map<int, Shown> shown;
    bool any = false;
    for (;;) {
        const auto numbers = watched.descriptor ? std::optional{std::vector<int>{*watched.descriptor}} : sys::numbers_in(process.directory(), "fd");
        if (!numbers && errno != ENOENT && errno != ESRCH) throw sys::Error(errno, fmt::format("process {}: cannot look at its files", watched.pid));
        std::map<int, Shown> still;
        for (const int number : numbers.value_or(std::vector<int>{})) {
            const auto file = look_at(process, number);
            if (!file) continue;
            any = true;
            auto found = shown.extract(number);
            if (found.empty() || found.mapped().path != file->path) {
                const auto name = file->path.substr(file->path.rfind('/') + 1);
                still.emplace(number, Shown{file->path, Progress{fmt::format("{}:{} {}", watched.pid, number, name), file->size, false}, Display{options}});
            } else {
                still.insert(std::move(found));
            }
            auto& entry = still.at(number);
            entry.progress.update(file->position);
            entry.display.show(entry.progress, false);
        }
        if (!any)
            throw sys::Error(
                ENOENT, fmt::format("{}{}: no regular file is open there", watched.pid, watched.descriptor ? fmt::format(":{}", *watched.descriptor) : ""));
        shown = std::move(still);
        if (shown.empty()) return cli::Exit::ok;
        std::array<pollfd, 1> entry{{{alive.get(), POLLIN, 0}}};
        const auto length = options.interval ? options.interval->length : std::chrono::seconds{1};
        if (sys::poll(entry, sys::Deadline::after(length)) == sys::Wait::done) return cli::Exit::ok;
    }
}

}  // namespace tools::pipe
