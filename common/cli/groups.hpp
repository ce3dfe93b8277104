// SPDX-License-Identifier: MIT
// groups: options that many verbs share, spelled and explained once.
#pragma once

#include <optional>
#include <string>

#include "cli/verb.hpp"
#include "sys/deadline.hpp"
#include "text/duration.hpp"

namespace cli {

/// How long a verb may wait: for ever, until a deadline, or not at all.
struct WaitOptions {
    std::optional<text::Duration> timeout;
    bool nonblock = false;

    /// Call once, at the start of run(). Throws Usage when both are given.
    [[nodiscard]] sys::Deadline deadline() const;
    /// The status when the deadline passed: 1 with -n (an answer), else 124.
    [[nodiscard]] Exit gave_up() const;
};

template <class T>
void wait_options(Form<T>& form) {
    form.option("-t,--timeout", &WaitOptions::timeout, "give up after this long, status 124; 0 tries once");
    form.option("-n,--nonblock", &WaitOptions::nonblock, "do not wait at all; status 1 where waiting would be needed");
}

/// How records are told apart in a stream.
enum class Framing {
    lines,   ///< a newline behind each
    nul,     ///< a NUL behind each
    raw,     ///< nothing between them; as input, all of it is one record
    framed,  ///< a length before each: 4 bytes, big-endian
    json,    ///< JSON Lines
};

struct FramingOptions {
    bool null = false;
    bool raw = false;
    bool framed = false;
    bool json = false;

    /// Throws Usage when more than one is given.
    [[nodiscard]] Framing framing() const;
};

template <class T>
void input_options(Form<T>& form) {
    form.option("-0,--null", &FramingOptions::null, "input records end in NUL instead of newline");
    form.option("--raw", &FramingOptions::raw, "all of the input is one record");
    form.option("--framed", &FramingOptions::framed, "a 4-byte big-endian length stands before each input record");
    form.option("-j,--json", &FramingOptions::json, "the input is JSON Lines, as the receiving verb writes them");
}

template <class T>
void output_options(Form<T>& form) {
    form.option("-0,--null", &FramingOptions::null, "write NUL instead of newline behind each record");
    form.option("--raw", &FramingOptions::raw, "write the bytes and nothing behind them");
    form.option("--framed", &FramingOptions::framed, "write a 4-byte big-endian length before each record");
    form.option("-j,--json", &FramingOptions::json, "write JSON Lines, with all that is known of each record");
}

/// Columns chosen with -o: all words of one list must be known.
struct ColumnList {
    bool add = false;  ///< +COL,COL: besides those shown by default
    std::vector<std::string> headings;
    static constexpr text::Word word{"COL,COL"};
    static text::Parsed<ColumnList> parse(std::string_view text);
};

struct ListOptions {
    bool json = false;
    bool null = false;
    bool no_header = false;
    bool bytes = false;
    std::optional<ColumnList> output;
};

template <class T>
void list_options(Form<T>& form) {
    form.option("-j,--json", &ListOptions::json, "JSON Lines: one object a line, raw values, all keys always there");
    form.option("-0,--null", &ListOptions::null, "names only, a NUL behind each");
    form.option("-o,--output", &ListOptions::output, "show these columns; +COL,COL: show these as well");
    form.option("--no-header", &ListOptions::no_header, "leave out the line of headings");
    form.option("--bytes", &ListOptions::bytes, "sizes as plain numbers of bytes");
}

}  // namespace cli
