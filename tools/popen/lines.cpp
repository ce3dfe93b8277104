// SPDX-License-Identifier: MIT
#include "lines.hpp"

#include <fmt/format.h>

#include <ctime>

#include "text/escape.hpp"

namespace tools::popen {
namespace {

std::string wall_clock(bool utc) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    tm parts{};
    utc ? ::gmtime_r(&now.tv_sec, &parts) : ::localtime_r(&now.tv_sec, &parts);
    const auto offset = parts.tm_gmtoff / 60;
    const auto zone = utc ? std::string{"Z"} : fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', std::abs(offset) / 60, std::abs(offset) % 60);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}{} ", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                       parts.tm_sec, now.tv_nsec / 1000, zone);
}

}  // namespace

text::Parsed<Clock> Clock::parse(std::string_view text) {
    if (text == "utc") return Clock{Kind::utc};
    if (text == "local") return Clock{Kind::local};
    if (text == "elapsed") return Clock{Kind::elapsed};
    return std::unexpected("'" + text::escape(text) + "' is not one of utc, local and elapsed");
}

Lines::Lines(std::string tag, Clock clock, bool complete_last) : tag_(std::move(tag)), clock_(clock), complete_last_(complete_last) {}

void Lines::put(std::string_view line, std::string& into) {
    if (!continues_) {
        if (clock_.kind == Clock::Kind::elapsed) {
            const auto length = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin_).count();
            into += fmt::format("{}.{:06} ", length / 1'000'000, length % 1'000'000);
        } else if (clock_.kind != Clock::Kind::none) {
            into += wall_clock(clock_.kind == Clock::Kind::utc);
        }
        into += tag_;
    }
    into += line;
    continues_ = !line.ends_with('\n');
}

void Lines::add(std::string_view bytes, std::string& into) {
    for (auto newline = bytes.find('\n'); newline != std::string_view::npos; newline = bytes.find('\n')) {
        if (partial_.empty()) {
            put(bytes.substr(0, newline + 1), into);
        } else {
            partial_ += bytes.substr(0, newline + 1);
            put(partial_, into);
            partial_.clear();
        }
        bytes.remove_prefix(newline + 1);
    }
    partial_ += bytes;
    if (partial_.size() < longest) return;
    put(partial_, into);
    partial_.clear();
}

void Lines::end(std::string& into) {
    if (!partial_.empty()) put(partial_, into);
    partial_.clear();
    if (continues_ && complete_last_) into += '\n';
    continues_ = false;
}

}  // namespace tools::popen
