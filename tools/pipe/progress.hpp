// SPDX-License-Identifier: MIT
// progress: how much has flowed, how fast, and when it will be done; as a line for people or as JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace tools::pipe {

class Progress {
public:
    using Clock = std::chrono::steady_clock;

    /// unit: "B" for bytes in powers of 1024, empty for records. total: when it is known.
    Progress(std::string name, std::optional<std::uint64_t> total, bool records);

    void set_name(std::string name) { name_ = std::move(name); }
    void set_total(std::uint64_t total) { total_ = total; }
    /// The clock starts again: for those who count from the first byte.
    void restart();
    /// How much there is by now, and since when there was as much as at the last call: the rate is of the time between.
    void update(std::uint64_t amount);

    [[nodiscard]] double elapsed() const;  ///< seconds
    [[nodiscard]] std::string line(std::size_t width) const;
    [[nodiscard]] std::string json(bool final) const;

private:
    [[nodiscard]] std::string amount_text(double amount) const;
    [[nodiscard]] double average() const;
    [[nodiscard]] std::optional<double> left() const;

    std::string name_;
    std::optional<std::uint64_t> total_;
    bool records_;
    Clock::time_point start_ = Clock::now();
    Clock::time_point seen_ = start_;
    std::uint64_t amount_ = 0;
    std::uint64_t before_ = 0;
    double rate_ = 0;
};

}  // namespace tools::pipe
