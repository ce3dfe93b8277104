// SPDX-License-Identifier: MIT
// lines: a stream cut into whole lines, each with a tag or the time before it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "text/word.hpp"

namespace tools::popen {

/// What the time before a line is counted from.
struct Clock {
    enum class Kind { none, utc, local, elapsed };
    Kind kind = Kind::none;
    static constexpr text::Word word{"KIND"};
    static text::Parsed<Clock> parse(std::string_view text);
};

class Lines {
public:
    /// A line that is longer is passed on in pieces of this size, each as a line would be but for the newline.
    static constexpr std::size_t longest = 1 << 20;

    Lines(std::string tag, Clock clock, bool complete_last);

    /// Appends the lines that are whole now.
    void add(std::string_view bytes, std::string& into);
    /// Appends what is left; with a newline behind it if `complete_last`, because another stream's line may follow.
    void end(std::string& into);
    [[nodiscard]] std::size_t held() const { return partial_.size(); }

private:
    void put(std::string_view line, std::string& into);

    std::string tag_;
    Clock clock_;
    bool complete_last_;
    bool continues_ = false;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    std::string partial_;
};

}  // namespace tools::popen
