// SPDX-License-Identifier: MIT
#include "display.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/talk.hpp"
#include "sys/io.hpp"

namespace tools::pipe {
namespace {

std::size_t columns() {
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1U : 79U;
}

}  // namespace

Display::Display(const DisplayOptions& options) : interval_(options.interval ? options.interval->length : std::chrono::seconds{1}) {
    if (options.force && options.json) throw cli::Usage("--force and --json exclude each other");
    if (interval_ < std::chrono::milliseconds{1}) throw cli::Usage("--interval: at least 1ms");
    if (cli::quiet()) return;
    if (options.json) {
        way_ = Way::json;
    } else if (::isatty(STDERR_FILENO) == 1) {
        way_ = Way::terminal;
        line_ = std::make_unique<Line>(STDERR_FILENO);
    } else if (options.force) {
        way_ = Way::lines;
    }
}

void Display::show(const Progress& progress, bool final) {
    switch (way_) {
        case Way::nowhere: return;
        case Way::terminal: return line_->show(progress.line(columns()));
        case Way::lines: (void)sys::write_all(STDERR_FILENO, progress.line(columns()) + "\n"); return;
        case Way::json: (void)sys::write_all(STDERR_FILENO, progress.json(final)); return;
    }
}

}  // namespace tools::pipe
