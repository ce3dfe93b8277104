// SPDX-License-Identifier: MIT
// batch: records on their way to standard output, written together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/groups.hpp"
#include "cli/json.hpp"
#include "cli/out.hpp"

namespace cli {

/// Four bytes, big-endian: what stands before a record of Framing::framed.
std::string frame_head(std::size_t length);

/// Appends a record with what stands before or behind it. object() is what JSON Lines tell of it.
template <class MakeObject>
void append_record(std::string& output, Framing framing, std::string_view bytes, MakeObject object) {
    switch (framing) {
        case Framing::lines: (output += bytes) += '\n'; return;
        case Framing::nul: (output += bytes) += '\0'; return;
        case Framing::raw: output += bytes; return;
        case Framing::framed: (output += frame_head(bytes.size())) += bytes; return;
        case Framing::json: (output += to_json(object())) += '\n'; return;
    }
}

class Batch {
public:
    explicit Batch(Framing framing) : framing_(framing) {}

    template <class MakeObject>
    void add(std::string_view bytes, MakeObject object) {
        append_record(output_, framing_, bytes, object);
        ends_.push_back(output_.size());
    }
    [[nodiscard]] std::size_t bytes() const { return output_.size(); }

    /// Writes them all, says on standard error if one was taken in part, and is empty again.
    /// whole: so many of them standard output has taken.
    Output write(sys::Signals& signals, std::size_t& whole);

private:
    Framing framing_;
    std::string output_;
    std::vector<std::size_t> ends_;  ///< of each record in output_
};

}  // namespace cli
