// SPDX-License-Identifier: MIT
#include "cli/groups.hpp"

#include <fmt/core.h>

#include "text/escape.hpp"

namespace cli {

sys::Deadline WaitOptions::deadline() const {
    if (timeout && nonblock) throw Usage("--timeout and --nonblock exclude each other");
    if (nonblock) return sys::Deadline::after({});
    return timeout ? sys::Deadline::after(timeout->length) : sys::Deadline{};
}

Exit WaitOptions::gave_up() const { return nonblock ? Exit::no : Exit::gave_up; }

Framing FramingOptions::framing() const {
    if (null + raw + framed + json > 1) throw Usage("--null, --raw, --framed and --json exclude each other");
    return null ? Framing::nul : raw ? Framing::raw : framed ? Framing::framed : json ? Framing::json : Framing::lines;
}

text::Parsed<ColumnList> ColumnList::parse(std::string_view text) {
    ColumnList list;
    list.add = text.starts_with('+');
    if (list.add) text.remove_prefix(1);
    for (bool last = false; !last;) {
        const auto comma = text.find(',');
        last = comma == std::string_view::npos;
        const auto heading = text.substr(0, comma);
        if (heading.empty()) return std::unexpected("an empty column name; columns are written NAME,MODE or +NAME,MODE");
        list.headings.emplace_back(heading);
        if (!last) text.remove_prefix(comma + 1);
    }
    return list;
}

}  // namespace cli
