// SPDX-License-Identifier: MIT
#include "cli/place.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "sys/error.hpp"
#include "text/escape.hpp"

namespace cli {
namespace {

/// Opens a directory below another, ours alone; an empty Fd when it is not there and is not to be made.
sys::Fd enter(int parent, const std::string& name, const std::string& path, bool make) {
    if (make && ::mkdirat(parent, name.c_str(), 0700) < 0 && errno != EEXIST) throw sys::Error(errno, fmt::format("{}: cannot make", text::escape(path)));
    sys::Fd directory{::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!directory && errno == ENOENT && !make) return directory;
    if (!directory) throw sys::Error(errno, fmt::format("{}: cannot open", text::escape(path)));
    struct stat status {};
    if (::fstat(directory.get(), &status) < 0) throw sys::Error(errno, fmt::format("{}: cannot look at", text::escape(path)));
    if (status.st_uid != ::geteuid() || (status.st_mode & 077) != 0) {
        throw sys::Error(EPERM,
                         fmt::format("{}: owner {} and mode {:04o}, but it must be ours and 0700", text::escape(path), status.st_uid, status.st_mode & 07777),
                         "others could put things there; set XDG_RUNTIME_DIR to a directory of your own");
    }
    return directory;
}

}  // namespace

std::string temporary_directory() {
    const char* const place = ::secure_getenv("TMPDIR");
    return place && *place != '\0' ? place : "/tmp";
}

std::string runtime_directory() {
    const char* named = ::secure_getenv("XDG_RUNTIME_DIR");
    struct stat facts {};
    if (!named || named[0] != '/') return "/tmp";
    if (::stat(named, &facts) < 0) {
        // What is there, and cannot be seen now, must not split one user's things over two places.
        if (errno == ENOENT || errno == ENOTDIR) return "/tmp";
        throw sys::Error(errno, fmt::format("{}: cannot look at", text::escape(named)), "XDG_RUNTIME_DIR names it; without that, /tmp is used");
    }
    const bool fits = S_ISDIR(facts.st_mode) && facts.st_uid == ::geteuid() && (facts.st_mode & 0777) == 0700;
    return fits ? named : "/tmp";
}

RuntimeDirectory open_runtime_directory(const std::string& name, bool make) {
    const auto base = runtime_directory();
    const bool session = base != "/tmp";
    const auto first = session ? std::string{"moreipc"} : fmt::format("moreipc-{}", ::geteuid());
    RuntimeDirectory directory{fmt::format("{}/{}/{}", base, first, name), {}};
    const sys::Fd root{::open(base.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (!root) throw sys::Error(errno, fmt::format("{}: cannot open", text::escape(base)));
    const auto ours = enter(root.get(), first, fmt::format("{}/{}", base, first), make);
    if (ours) directory.fd = enter(ours.get(), name, directory.path, make);
    return directory;
}

}  // namespace cli
