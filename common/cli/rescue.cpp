// SPDX-License-Identifier: MIT
#include "cli/rescue.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>

#include "cli/talk.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
#include "text/escape.hpp"

namespace cli {

sys::Fd open_rescue(const std::string& path) { return sys::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0600); }

bool rescue(const std::string& path, std::string_view line) {
    try {
        const auto file = open_rescue(path);
        if (const auto written = sys::write_all(file.get(), line); written.error != 0) {
            complain(fmt::format("{}: cannot append: {}", text::escape(path), sys::error_text(written.error)));
            return false;
        }
        // It is in the file all the same: a second copy would be one too many.
        if (::fsync(file.get()) < 0 && errno != EINVAL) complain(fmt::format("{}: appended, but cannot sync: {}", text::escape(path), sys::error_text(errno)));
        return true;
    } catch (const sys::Error& failure) {
        complain(failure.what());
        return false;
    }
}

}  // namespace cli
