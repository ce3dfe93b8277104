// SPDX-License-Identifier: MIT
// table: rows of a listing, printed as an aligned table, JSON Lines or NUL-separated names.
#pragma once

#include <span>
#include <vector>

#include "cli/groups.hpp"
#include "cli/json.hpp"
#include "cli/verb.hpp"

namespace cli {

class Table {
public:
    /// Throws Usage when -o names a column that is not declared.
    Table(std::span<const Column> columns, const ListOptions& options);

    /// Whether the column will be printed: what nobody asked for need not be found out.
    [[nodiscard]] bool wants(std::string_view key) const;

    /// One cell per declared column, in their order; null: unknown.
    void add(List cells);

    /// To standard output. On a terminal the last column is cut at its width; in a pipe nothing is.
    void print() const;
    /// What print() prints; lines are cut at so many columns.
    [[nodiscard]] std::string text(std::size_t screen = static_cast<std::size_t>(-1)) const;

private:
    std::span<const Column> columns_;
    ListOptions options_;
    std::vector<std::size_t> chosen_;
    std::vector<List> rows_;
};

/// One object, every column on a line of its own (JSON: one line). For `stat`.
void print_one(std::span<const Column> columns, const ListOptions& options, const List& cells);

}  // namespace cli
