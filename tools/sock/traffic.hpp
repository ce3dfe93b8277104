// SPDX-License-Identifier: MIT
// traffic: what passes through a relay, written to a file as text, hexadecimal or JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/output_file.hpp"
#include "text/word.hpp"

namespace tools::sock {

struct TrafficForm {
    enum class Kind { text, hex, json };
    Kind kind = Kind::text;
    static std::vector<text::Candidate> candidates(std::string_view begin);
    static constexpr text::Word word{"FORM", &candidates};
    static text::Parsed<TrafficForm> parse(std::string_view text);
};

/// Two that are joined, as they are called in what is said of them.
struct Ends {
    std::uint64_t number = 0;
    std::string here;
    std::string there;
};

class Traffic {
public:
    /// Opens the file, adding to what is there. Throws Error.
    Traffic(const std::string& path, TrafficForm form);
    /// Throws Error when the file does not take it.
    void show(const Ends& ends, bool there, std::string_view bytes);

private:
    TrafficForm form_;
    cli::OutputFile file_;
};

}  // namespace tools::sock
