// SPDX-License-Identifier: MIT
#include "cli/table.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "cli/out.hpp"
#include "text/escape.hpp"
#include "text/size.hpp"
#include "text/suggest.hpp"

namespace cli {
namespace {

std::string date_and_time(std::int64_t seconds) {
    const auto moment = static_cast<std::time_t>(seconds);
    std::tm parts{};
    if (!::localtime_r(&moment, &parts)) return std::to_string(seconds);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

/// A cell for people, on one line.
std::string shown(const Value& value, Kind kind, bool bytes) {
    if (value.is_null()) return "-";
    if (const auto* words = value.text()) return text::escape(*words);
    if (const auto* yes = std::get_if<bool>(&value)) return *yes ? "yes" : "no";
    if (const auto* list = std::get_if<List>(&value)) return std::to_string(list->size());
    if (const auto* number = value.number()) {
        if (kind == Kind::time) return date_and_time(*number);
        return kind == Kind::size && !bytes && *number >= 0 ? text::human_size(static_cast<std::uint64_t>(*number)) : std::to_string(*number);
    }
    return to_json(value);
}

void add_cell(Object& object, const Column& column, const Value& cell) {
    if (column.kind != Kind::name) {
        object.emplace_back(column.key, cell);
    } else if (const auto* bytes = cell.text()) {
        add_bytes(object, column.key, *bytes);
    } else {
        object.emplace_back(column.key, nullptr);
        object.emplace_back(std::string{column.key} + "_base64", nullptr);
    }
}

/// Columns on the screen, counting a character of UTF-8 as one.
std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// The first `most` characters.
std::string_view cut(std::string_view text, std::size_t most) {
    std::size_t end = 0;
    while (end < text.size() && most > 0) {
        end += std::max<std::size_t>(1, text::utf8_length(text.substr(end)));
        --most;
    }
    return text.substr(0, end);
}

std::size_t terminal_width() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0) return static_cast<std::size_t>(-1);
    return size.ws_col;
}

std::size_t column_named(std::span<const Column> columns, const std::string& heading) {
    std::vector<std::string> known;
    for (std::size_t at = 0; at < columns.size(); ++at) {
        if (columns[at].heading == heading) return at;
        known.emplace_back(columns[at].heading);
    }
    const auto near = text::nearest(heading, known);
    throw Usage(fmt::format("--output: no column '{}'", text::escape(heading)),
                near.empty() ? fmt::format("the columns are {}", fmt::join(known, ",")) : fmt::format("did you mean {}?", near));
}

std::vector<std::size_t> choose(std::span<const Column> columns, const ListOptions& options) {
    std::vector<std::size_t> chosen;
    const bool defaults = !options.output || options.output->add;
    for (std::size_t at = 0; at < columns.size(); ++at) {
        if (options.json ? !options.output : defaults && columns[at].shown) chosen.push_back(at);
    }
    if (options.output) {
        if (options.json && options.output->add) {
            for (std::size_t at = 0; at < columns.size(); ++at) chosen.push_back(at);
        }
        for (const auto& heading : options.output->headings) {
            const auto at = column_named(columns, heading);
            if (std::find(chosen.begin(), chosen.end(), at) == chosen.end()) chosen.push_back(at);
        }
    }
    return chosen;
}

}  // namespace

Table::Table(std::span<const Column> columns, const ListOptions& options) : columns_(columns), options_(options), chosen_(choose(columns, options)) {
    if (options.json && options.null) throw Usage("--json and --null exclude each other");
}

bool Table::wants(std::string_view key) const {
    return !options_.null && std::any_of(chosen_.begin(), chosen_.end(), [&](std::size_t at) { return columns_[at].key == key; });
}

void Table::add(List cells) { rows_.push_back(std::move(cells)); }

void Table::print() const { cli::print(options_.json || options_.null ? text() : text(terminal_width())); }

std::string Table::text(std::size_t screen) const {
    std::string output;
    if (options_.null) {
        for (const auto& row : rows_) {
            // Spelled as the tool reads it back: what stands between two NULs can be given to any verb.
            if (const auto* name = row.front().text()) output += text::escape(*name) + '\0';
        }
        return output;
    }
    if (options_.json) {
        for (const auto& row : rows_) {
            Object object;
            for (const auto at : chosen_) add_cell(object, columns_[at], row[at]);
            output += to_json(object) + "\n";
        }
        return output;
    }
    std::vector<std::vector<std::string>> lines;
    if (!options_.no_header) {
        auto& headings = lines.emplace_back();
        for (const auto at : chosen_) headings.emplace_back(columns_[at].heading);
    }
    for (const auto& row : rows_) {
        auto& line = lines.emplace_back();
        for (const auto at : chosen_) line.push_back(shown(row[at], columns_[at].kind, options_.bytes));
    }
    std::vector<std::size_t> widths(chosen_.size());
    for (const auto& line : lines) {
        for (std::size_t at = 0; at < line.size(); ++at) widths[at] = std::max(widths[at], width(line[at]));
    }
    for (const auto& line : lines) {
        std::string text;
        for (std::size_t at = 0; at < line.size(); ++at) {
            const auto kind = columns_[chosen_[at]].kind;
            const std::string padding(widths[at] - width(line[at]), ' ');
            const bool right = kind == Kind::number || kind == Kind::size || kind == Kind::list;
            const bool last = at + 1 == line.size();
            text += right ? padding + line[at] : last ? line[at] : line[at] + padding;
            if (!last) text += "  ";
        }
        output += cut(text, screen);
        output += '\n';
    }
    return output;
}

void print_one(std::span<const Column> columns, const ListOptions& options, const List& cells) {
    const auto chosen = choose(columns, options);
    if (options.null) {
        Table name{columns, options};
        name.add(cells);
        return name.print();
    }
    if (options.json) {
        Object object;
        for (const auto at : chosen) add_cell(object, columns[at], cells[at]);
        cli::print(to_json(object) + "\n");
        return;
    }
    std::size_t widest = 0;
    for (const auto at : chosen) widest = std::max(widest, width(columns[at].heading));
    const auto print_line = [&](std::string_view heading, std::string_view value) {
        cli::print(options.no_header ? fmt::format("{}\n", value) : fmt::format("{:<{}}  {}\n", heading, widest, value));
    };
    for (const auto at : chosen) {
        const auto& column = columns[at];
        const auto* list = std::get_if<List>(&cells[at]);
        if (!list || list->empty()) {
            print_line(column.heading, list ? "-" : shown(cells[at], column.kind, options.bytes));
            continue;
        }
        // A list of objects: a line for each, its values in words.
        std::string_view heading = column.heading;
        for (const auto& item : *list) {
            std::string line;
            if (const auto* object = std::get_if<Object>(&item)) {
                for (const auto& [key, value] : *object) {
                    if (value.is_null() || key.ends_with("_base64")) continue;
                    if (!line.empty()) line += ", ";
                    line += fmt::format("{} {}", key, shown(value, Kind::text, options.bytes));
                }
            } else {
                line = shown(item, Kind::text, options.bytes);
            }
            print_line(heading, line);
            heading = "";
        }
    }
}

}  // namespace cli
