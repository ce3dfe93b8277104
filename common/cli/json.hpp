// SPDX-License-Identifier: MIT
// json: values as JSON Lines, out and in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "text/word.hpp"

namespace cli {

struct Value;
using List = std::vector<Value>;
/// In the order in which the keys were added.
using Object = std::vector<std::pair<std::string, Value>>;

struct Value : std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, List, Object> {
    Value(std::in_place_type_t<std::int64_t> type, std::int64_t number) : variant(type, number) {}
    Value(std::nullptr_t) : variant(nullptr) {}
    Value(std::same_as<bool> auto yes) : variant(yes) {}
    template <std::integral Number>
    requires(!std::same_as<Number, bool>) Value(Number number) {
        // What 63 bits do not hold is near enough as a real number, and never negative.
        if (std::in_range<std::int64_t>(number))
            *this = Value{std::in_place_type<std::int64_t>, static_cast<std::int64_t>(number)};
        else
            *this = Value{static_cast<double>(number)};
    }
    Value(double number) : variant(number) {}
    Value(const char* words) : variant(std::string{words}) {}
    Value(std::string words) : variant(std::move(words)) {}
    Value(List list) : variant(std::move(list)) {}
    Value(Object object) : variant(std::move(object)) {}

    [[nodiscard]] bool is_null() const { return index() == 0; }
    [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(this); }
    [[nodiscard]] const std::int64_t* number() const { return std::get_if<std::int64_t>(this); }
};

/// null for what is not known.
template <class T>
Value known(const std::optional<T>& value) {
    return value ? Value{*value} : Value{nullptr};
}

/// One line without its newline. Bytes that are not UTF-8 become U+FFFD.
std::string to_json(const Value& value);

/// A JSON text. Numbers that are whole and fit 64 bits stay whole. Nesting over 64 levels is refused.
text::Parsed<Value> from_json(std::string_view line);

/// The member of an object, or null when there is none.
const Value* member(const Object& object, std::string_view key);

/// Adds `key` and `key_base64`: the bytes as text, and the exact bytes when they are not UTF-8 (else null).
void add_bytes(Object& object, const std::string& key, std::string_view bytes);

}  // namespace cli
