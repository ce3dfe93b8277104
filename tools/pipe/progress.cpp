// SPDX-License-Identifier: MIT
#include "progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/json.hpp"
#include "text/escape.hpp"

namespace tools::pipe {
namespace {

double seconds(Progress::Clock::duration length) { return std::chrono::duration<double>{length}.count(); }

std::string clock(double length) {
    const auto whole = static_cast<std::uint64_t>(length);
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

double rounded(double value) { return std::round(value * 1e6) / 1e6; }

}  // namespace

Progress::Progress(std::string name, std::optional<std::uint64_t> total, bool records) : name_(std::move(name)), total_(total), records_(records) {}

void Progress::restart() { start_ = seen_ = Clock::now(); }

void Progress::update(std::uint64_t amount) {
    const auto now = Clock::now();
    const auto length = seconds(now - seen_);
    before_ = amount_;
    amount_ = amount;
    if (length > 0) rate_ = static_cast<double>(amount_ - before_) / length;
    seen_ = now;
}

double Progress::elapsed() const { return seconds(Clock::now() - start_); }

double Progress::average() const {
    const auto length = seconds(seen_ - start_);
    return length > 0 ? static_cast<double>(amount_) / length : 0;
}

std::optional<double> Progress::left() const {
    if (!total_ || amount_ == 0 || average() <= 0) return std::nullopt;
    return *total_ > amount_ ? static_cast<double>(*total_ - amount_) / average() : 0;
}

/// Three digits and the unit: 1.23GiB, 45.6MiB; records: 1.23M.
std::string Progress::amount_text(double amount) const {
    const double step = records_ ? 1000 : 1024;
    constexpr const char* prefixes[] = {"", "K", "M", "G", "T", "P", "E"};
    std::size_t at = 0;
    while (amount >= 999.5 && at + 1 < std::size(prefixes)) {
        amount /= step;
        ++at;
    }
    const int digits = at == 0 ? 0 : amount < 9.995 ? 2 : amount < 99.95 ? 1 : 0;
    return fmt::format("{:.{}f}{}{}", amount, digits, prefixes[at], records_ ? "" : at == 0 ? "B" : "iB");
}

std::string Progress::line(std::size_t width) const {
    auto text = name_.empty() ? std::string{} : fmt::format("{}: ", text::escape(name_));
    text += fmt::format("{:>7} {} [{:>7}/s] [avg {:>7}/s]", amount_text(static_cast<double>(amount_)), clock(seconds(seen_ - start_)), amount_text(rate_),
                        amount_text(average()));
    if (!total_ || *total_ == 0) return text;
    const auto share = std::min(1.0, static_cast<double>(amount_) / static_cast<double>(*total_));
    const auto end = left() ? fmt::format(" {:3.0f}% ETA {}", share * 100, clock(*left())) : fmt::format(" {:3.0f}%", share * 100);
    if (width > text.size() + end.size() + 6) {
        const auto room = std::min<std::size_t>(width - text.size() - end.size() - 4, 40);
        const auto full = static_cast<std::size_t>(share * static_cast<double>(room));
        text += fmt::format(" [{:<{}}]", std::string(full, '=') + (full < room ? ">" : ""), room);
    }
    return text + end;
}

std::string Progress::json(bool final) const {
    const auto rest = left();
    cli::Object object;
    cli::add_bytes(object, "name", name_);
    object.insert(object.end(), {{records_ ? "records" : "bytes", amount_},
                                 {"elapsed", rounded(seconds(seen_ - start_))},
                                 {"rate", rounded(rate_)},
                                 {"average", rounded(average())},
                                 {"size", total_ ? cli::Value{*total_} : cli::Value{nullptr}},
                                 {"eta", rest ? cli::Value{rounded(*rest)} : cli::Value{nullptr}},
                                 {"final", final}});
    return cli::to_json(object) + "\n";
}

}  // namespace tools::pipe
