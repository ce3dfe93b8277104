// SPDX-License-Identifier: MIT
#include "control.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <utility>

#include "cli/exit.hpp"
#include "text/escape.hpp"

namespace tools::pipe {

Control::Control(const std::string& path) {
    // Looked at by a descriptor that opens nothing: a device or a terminal may act when it is opened.
    const auto found = sys::open(path.c_str(), O_PATH);
    struct stat status {};
    if (::fstat(found.get(), &status) < 0 || !S_ISFIFO(status.st_mode))
        throw cli::Usage(fmt::format("--control: {}: not a FIFO", text::escape(path)), "fifo create makes one");
    fifo_ = sys::open(path.c_str(), O_RDWR | O_NONBLOCK);
}

std::vector<std::string> Control::lines() {
    std::vector<std::string> lines;
    std::array<char, PIPE_BUF> piece;
    for (;;) {
        const auto count = ::read(fifo_.get(), piece.data(), piece.size());
        if (count <= 0) return lines;
        begun_.append(piece.data(), static_cast<std::size_t>(count));
        for (auto end = begun_.find('\n'); end != std::string::npos; end = begun_.find('\n')) {
            lines.push_back(begun_.substr(0, end));
            begun_.erase(0, end + 1);
        }
        // Who never ends a line must not take all memory: what is longer is a wrong line, said as such.
        if (begun_.size() > PIPE_BUF) lines.push_back(std::exchange(begun_, {}));
    }
}

}  // namespace tools::pipe
