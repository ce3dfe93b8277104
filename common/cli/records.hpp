// SPDX-License-Identifier: MIT
// records: what is to be sent, one by one: from arguments, or from standard input in any framing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/groups.hpp"
#include "cli/json.hpp"
#include "sys/deadline.hpp"
#include "sys/fd.hpp"
#include "sys/signals.hpp"

namespace cli {

/// A piece of data to send. JSON input may say more than the bytes.
struct Record {
    std::string_view bytes;  ///< valid until the next call of next()
    std::optional<std::int64_t> priority;
    std::optional<std::int64_t> type;
};

class Records {
public:
    /// arguments: each is a record; none: standard input is read in the given framing, and a record in it that is longer than
    /// `longest` bytes ends the reading: a lying frame or an endless line must not fill memory.
    Records(std::span<const std::string> arguments, Framing framing, std::size_t longest = 1UL << 30);

    /// The next record. done: `into` holds it; would_block: there are no more; gave_up, interrupted: while waiting for input.
    /// Throws Error (unreadable input, a frame cut short, a line that is not JSON).
    sys::Wait next(Record& into, const sys::Deadline& deadline, sys::Signals* signals);

    [[nodiscard]] bool from_input() const { return from_input_; }
    /// Whether a record can be had without a read that might block.
    [[nodiscard]] bool more_at_hand() const;

    /// What next() returned last was not used. Seekable input is set back to its start, so that it is still there for
    /// the next reader, and 0 is returned; otherwise the number of bytes that were read and are now nobody's.
    std::size_t give_back();

    /// As give_back, but the unused bytes and all the rest of the input are appended to the file as they are (arguments: as
    /// JSON Lines, with what `extra` says of each), and synced. Returns the number of bytes kept. Throws Error naming the file; then unused() is what was
    /// read and is not in the file.
    std::uint64_t keep_rest(const std::string& path, const Object& extra = {});

    /// Input that was read and not used.
    [[nodiscard]] std::string_view unused() const { return std::string_view{buffer_}.substr(last_); }

private:
    sys::Wait fill(const sys::Deadline& deadline, sys::Signals* signals);
    bool cut(Record& into);
    void read_json(std::string_view line, Record& into);
    [[nodiscard]] std::string_view held() const { return std::string_view{buffer_}.substr(at_); }

    std::span<const std::string> arguments_;
    std::size_t next_argument_ = 0;
    bool from_input_;
    Framing framing_;
    std::size_t longest_;
    std::string buffer_;
    std::size_t at_ = 0;      ///< start of what next() has not returned yet
    std::size_t last_ = 0;    ///< start of the record that next() returned last
    std::size_t search_ = 0;  ///< where to go on looking for the separator
    std::uint64_t line_ = 0;
    std::uint64_t read_ = 0;  ///< bytes read from the input so far
    bool ended_ = false;
    std::string decoded_;
};

}  // namespace cli
