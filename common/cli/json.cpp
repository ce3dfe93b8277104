// SPDX-License-Identifier: MIT
#include "cli/json.hpp"

#define JSON_NO_IO 1  // no <iostream>, whose start-up every run would pay
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <limits>

#include "text/base64.hpp"
#include "text/escape.hpp"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;
constexpr int deepest = 64;

Json pack(const Value& value) {
    if (const auto* yes = std::get_if<bool>(&value)) return *yes;
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
    if (const auto* real = std::get_if<double>(&value)) return *real;
    if (const auto* words = std::get_if<std::string>(&value)) return *words;
    if (const auto* list = std::get_if<List>(&value)) {
        auto packed = Json::array();
        for (const auto& item : *list) packed.push_back(pack(item));
        return packed;
    }
    if (const auto* object = std::get_if<Object>(&value)) {
        auto packed = Json::object();
        for (const auto& [key, item] : *object) packed[key] = pack(item);
        return packed;
    }
    return nullptr;
}

Value unpack(const Json& json) {
    switch (json.type()) {
        case Json::value_t::boolean: return json.get<bool>();
        case Json::value_t::number_integer: return json.get<std::int64_t>();
        case Json::value_t::number_unsigned: {
            const auto number = json.get<std::uint64_t>();
            if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return json.get<double>();
            return static_cast<std::int64_t>(number);
        }
        case Json::value_t::number_float: return json.get<double>();
        case Json::value_t::string: return json.get<std::string>();
        case Json::value_t::array: {
            List list;
            for (const auto& item : json) list.push_back(unpack(item));
            return list;
        }
        case Json::value_t::object: {
            Object object;
            for (const auto& [key, item] : json.items()) object.emplace_back(key, unpack(item));
            return object;
        }
        default: return nullptr;
    }
}

}  // namespace

std::string to_json(const Value& value) { return pack(value).dump(-1, ' ', false, Json::error_handler_t::replace); }

text::Parsed<Value> from_json(std::string_view line) {
    const auto shallow = [](int depth, Json::parse_event_t, const Json&) {
        if (depth >= deepest) throw std::length_error("nested too deeply");
        return true;
    };
    try {
        return unpack(Json::parse(line.begin(), line.end(), shallow));
    } catch (const Json::exception& wrong) {
        // "[json.exception.parse_error.101] parse error at line 1, column 5: ..."
        const std::string_view what = wrong.what();
        constexpr std::string_view key = "column ";
        const auto start = what.find(key);
        const auto digits = start == std::string_view::npos ? std::string_view{} : what.substr(start + key.size());
        return std::unexpected(fmt::format("not a JSON text by column {}", digits.substr(0, digits.find_first_not_of("0123456789"))));
    } catch (const std::length_error&) {
        return std::unexpected("not JSON that we read: nested over 64 levels");
    }
}

const Value* member(const Object& object, std::string_view key) {
    for (const auto& [name, value] : object) {
        if (name == key) return &value;
    }
    return nullptr;
}

void add_bytes(Object& object, const std::string& key, std::string_view bytes) {
    object.emplace_back(key, std::string{bytes});
    object.emplace_back(key + "_base64", text::is_utf8(bytes) ? Value{nullptr} : Value{text::to_base64(bytes)});
}

}  // namespace cli
