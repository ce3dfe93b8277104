// SPDX-License-Identifier: MIT
#include "wire.hpp"

#include <cstring>
#include <type_traits>

namespace tools::popen {
namespace {

// Both ends are the same program on the same machine: values go as they stand in memory.
template <class T>
std::string bytes_of(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

template <class T>
bool value_of(std::string_view bytes, T& value) {
    if (bytes.size() < sizeof value) return false;
    std::memcpy(&value, bytes.data(), sizeof value);
    return true;
}

constexpr std::size_t head = 1 + sizeof(std::uint32_t);

}  // namespace

void add_frame(std::string& into, Kind kind, std::string_view payload) {
    do {
        const auto piece = payload.substr(0, longest_frame);
        into += static_cast<char>(kind);
        into += bytes_of(static_cast<std::uint32_t>(piece.size()));
        into += piece;
        payload.remove_prefix(piece.size());
    } while (!payload.empty());
}

std::optional<Frame> take_frame(std::string& from, bool& wrong) {
    std::uint32_t length = 0;
    if (from.size() < head) return std::nullopt;
    (void)value_of(std::string_view{from}.substr(1), length);
    wrong = length > longest_frame;
    if (wrong || from.size() < head + length) return std::nullopt;
    Frame frame{static_cast<Kind>(from.front()), from.substr(head, length)};
    from.erase(0, head + length);
    return frame;
}

std::string packed(const Request& request, std::string_view marker) { return bytes_of(request).append(marker); }

bool unpack(std::string_view payload, Request& request, std::string& marker) {
    if (!value_of(payload, request)) return false;
    marker = payload.substr(sizeof request);
    return request.act <= Request::Act::stat && request.until <= Request::Until::end;
}

std::string packed(const Answer& answer) { return bytes_of(answer); }

bool unpack(std::string_view payload, Answer& answer) { return value_of(payload, answer) && answer.result <= Answer::Result::full; }

}  // namespace tools::popen
