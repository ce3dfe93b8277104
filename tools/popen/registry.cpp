// SPDX-License-Identifier: MIT
#include "registry.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "cli/place.hpp"
#include "sys/error.hpp"
#include "text/escape.hpp"

namespace tools::popen {
namespace {

/// Through the directory's descriptor: the path may be longer than sun_path's 108 bytes, and cannot change under us.
sockaddr_un address(int directory, const std::string& name) {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    const auto path = fmt::format("/proc/self/fd/{}/{}", directory, name);
    std::memcpy(where.sun_path, path.c_str(), std::min(path.size(), sizeof where.sun_path - 1));
    return where;
}

sys::Fd stream_socket() {
    sys::Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!fd) throw sys::Error(errno, "cannot create a socket");
    return fd;
}

bool is_name(std::string_view text) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
    return !text.empty() && text.size() <= Name::longest && letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || c == '.' || c == '-'; });
}

}  // namespace

std::vector<text::Candidate> Name::candidates(std::string_view) {
    std::vector<text::Candidate> known;
    try {
        for (auto& name : Registry::open(false).names()) known.push_back({std::move(name), ""});
    } catch (const sys::Error&) {
        known.clear();
    }
    return known;
}

text::Parsed<Name> Name::parse(std::string_view text) {
    if (!is_name(text)) {
        return std::unexpected(
            fmt::format("'{}' is not a coprocess's name: 1 to {} letters, digits, '_', '.' and '-', such as calc", text::escape(text), longest));
    }
    return Name{std::string{text}};
}

Registry Registry::open(bool make) {
    Registry registry;
    registry.directory_ = cli::open_runtime_directory("popen", make).fd;
    return registry;
}

std::vector<std::string> Registry::names() const {
    std::vector<std::string> names;
    if (!directory_) return names;
    const int copy = ::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> directory{::fdopendir(copy), ::closedir};
    if (!directory) throw sys::Error(errno, "cannot read the runtime directory");
    errno = 0;
    while (const auto* entry = ::readdir(directory.get())) {
        if (entry->d_type == DT_SOCK && is_name(entry->d_name)) names.emplace_back(entry->d_name);
    }
    if (errno != 0) throw sys::Error(errno, "cannot read the runtime directory");
    std::ranges::sort(names);
    return names;
}

sys::Fd Registry::connect(const std::string& name) const {
    if (!directory_) {
        errno = ENOENT;
        return {};
    }
    auto fd = stream_socket();
    const auto where = address(directory_.get(), name);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0) return fd;
    const int error = errno;
    fd = {};
    errno = error;
    return fd;
}

bool Registry::dead(const std::string& name) const { return !connect(name) && errno == ECONNREFUSED; }

sys::Fd Registry::listen(const std::string& name) const {
    const RegistryLock lock{directory_.get()};
    if (dead(name)) (void)::unlinkat(directory_.get(), name.c_str(), 0);
    auto fd = stream_socket();
    const auto where = address(directory_.get(), name);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) < 0) {
        if (errno == EADDRINUSE)
            throw sys::Error(EEXIST, fmt::format("{}: cannot start", name), fmt::format("popen stat {0} shows it, popen close {0} ends it", name));
        throw sys::Error(errno, fmt::format("{}: cannot bind its socket", name));
    }
    if (::listen(fd.get(), SOMAXCONN) < 0) {
        const int error = errno;
        (void)::unlinkat(directory_.get(), name.c_str(), 0);
        throw sys::Error(error, fmt::format("{}: cannot listen", name));
    }
    return fd;
}

void Registry::give_back(const std::string& name) const {
    const RegistryLock lock{directory_.get()};
    (void)::unlinkat(directory_.get(), name.c_str(), 0);
}

void Registry::clean(const std::string& name) const {
    const RegistryLock lock{directory_.get()};
    if (dead(name)) (void)::unlinkat(directory_.get(), name.c_str(), 0);
}

RegistryLock::RegistryLock(int directory) : directory_(directory) {
    // Held for a few system calls by each.
    while (::flock(directory_, LOCK_EX) < 0 && errno == EINTR) {}
}

RegistryLock::~RegistryLock() { ::flock(directory_, LOCK_UN); }

}  // namespace tools::popen
