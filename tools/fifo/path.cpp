// SPDX-License-Identifier: MIT
#include "path.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>

#include "cli/exit.hpp"
#include "sys/error.hpp"
#include "text/escape.hpp"
#include "text/suggest.hpp"

namespace tools::fifo {
namespace {

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

std::string near_name(const std::string& path) {
    try {
        std::vector<std::string> known;
        for (const auto& entry : fifos_in(directory_of(path))) known.push_back(entry.path);
        return text::nearest(path, known);
    } catch (const sys::Error&) {
        return {};  // no directory, no advice
    }
}

}  // namespace

text::Parsed<FifoPath> FifoPath::parse(std::string_view text) {
    if (text.empty()) return std::unexpected("an empty path");
    if (text.size() >= PATH_MAX) return std::unexpected(fmt::format("a path of {} bytes is over {}", text.size(), PATH_MAX - 1));
    return FifoPath{std::string{text}};
}

ipc::Fifo find(const FifoPath& path, const std::string& maker) {
    try {
        auto found = ipc::Fifo::find(path.path);
        if (!found) throw cli::Usage(found.error());
        return std::move(*found);
    } catch (const sys::Error& failure) {
        const auto near = failure.number() == ENOENT ? near_name(path.path) : std::string{};
        const auto name = text::escape(path.path);
        if (failure.number() != ENOENT) throw;
        throw sys::Error(ENOENT, name + ": no such FIFO",
                         near.empty() ? fmt::format("fifo {} {} makes one", maker, name) : fmt::format("did you mean {}?", text::escape(near)));
    }
}

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

std::vector<Entry> fifos_in(const std::string& directory) {
    const std::unique_ptr<DIR, CloseDirectory> open{::opendir(directory.c_str())};
    if (!open) throw sys::Error(errno, text::escape(directory) + ": cannot read the directory");
    std::vector<Entry> found;
    for (;;) {
        errno = 0;
        const auto* entry = ::readdir(open.get());
        if (!entry && errno != 0) throw sys::Error(errno, text::escape(directory) + ": cannot read the directory");
        if (!entry) break;
        if (entry->d_type != DT_FIFO && entry->d_type != DT_UNKNOWN) continue;
        struct stat facts {};
        auto path = directory == "." ? std::string{entry->d_name} : (directory == "/" ? "" : directory) + "/" + entry->d_name;
        if (::fstatat(::dirfd(open.get()), entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) < 0) {
            if (errno == ENOENT) continue;  // gone meanwhile
            throw sys::Error(errno, text::escape(path) + ": cannot look at it");
        }
        if (S_ISFIFO(facts.st_mode)) found.push_back({std::move(path), facts});
    }
    std::ranges::sort(found, {}, &Entry::path);
    return found;
}

}  // namespace tools::fifo
