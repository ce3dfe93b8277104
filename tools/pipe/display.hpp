// SPDX-License-Identifier: MIT
// display: where progress is shown: a line on the terminal, JSON Lines on standard error, or nowhere.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/verb.hpp"
#include "lines.hpp"
#include "progress.hpp"
#include "sys/deadline.hpp"
#include "text/duration.hpp"

namespace tools::pipe {

struct DisplayOptions {
    std::optional<text::Duration> interval;
    bool force = false;
    bool json = false;
};

template <class T>
void display_options(cli::Form<T>& form) {
    form.option("--interval", &DisplayOptions::interval, "time between two looks (default: 1s)");
    form.option("-f,--force", &DisplayOptions::force, "show progress although standard error is no terminal, a line each time");
    form.option("-j,--json", &DisplayOptions::json, "progress as JSON Lines on standard error, terminal or not");
}

class Display {
public:
    /// Throws Usage when the options exclude each other.
    explicit Display(const DisplayOptions& options);

    [[nodiscard]] bool shows() const { return way_ != Way::nowhere; }
    [[nodiscard]] std::chrono::nanoseconds interval() const { return interval_; }
    void show(const Progress& progress, bool final);

private:
    enum class Way { nowhere, terminal, lines, json };
    Way way_ = Way::nowhere;
    std::chrono::nanoseconds interval_;
    std::unique_ptr<Line> line_;
};

}  // namespace tools::pipe
