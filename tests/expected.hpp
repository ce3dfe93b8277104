// SPDX-License-Identifier: MIT
// expected: what clang-tidy sees instead of <expected> where its clang cannot read that of libstdc++ (before clang 19).
#pragma once
#pragma GCC system_header

#include <expected>
#include <utility>
#include <variant>

#ifndef __cpp_lib_expected
namespace std {

template <class E>
class unexpected {
public:
    template <class T>
    constexpr explicit unexpected(T&& error) : error_(std::forward<T>(error)) {}
    constexpr const E& error() const& { return error_; }
    constexpr E&& error() && { return std::move(error_); }

private:
    E error_;
};
template <class T>
unexpected(T) -> unexpected<T>;

template <class T, class E>
class [[nodiscard]] expected {
public:
    using value_type = T;
    using error_type = E;
    constexpr expected() : state_(std::in_place_index<0>) {}
    template <class U = T>
    requires(std::is_constructible_v<T, U> && !std::is_same_v<std::remove_cvref_t<U>, expected>) constexpr expected(U&& value)
        : state_(std::in_place_index<0>, std::forward<U>(value)) {}
    template <class G>
    constexpr expected(const unexpected<G>& error) : state_(std::in_place_index<1>, error.error()) {}
    template <class G>
    constexpr expected(unexpected<G>&& error) : state_(std::in_place_index<1>, std::move(error).error()) {}
    constexpr explicit operator bool() const { return state_.index() == 0; }
    [[nodiscard]] constexpr bool has_value() const { return state_.index() == 0; }
    constexpr const T& operator*() const& { return *std::get_if<0>(&state_); }
    constexpr T& operator*() & { return *std::get_if<0>(&state_); }
    constexpr T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }
    constexpr const T* operator->() const { return std::get_if<0>(&state_); }
    constexpr T* operator->() { return std::get_if<0>(&state_); }
    constexpr const T& value() const& { return std::get<0>(state_); }
    constexpr T& value() & { return std::get<0>(state_); }
    constexpr T&& value() && { return std::get<0>(std::move(state_)); }
    constexpr const E& error() const& { return *std::get_if<1>(&state_); }
    constexpr E& error() & { return *std::get_if<1>(&state_); }
    constexpr E&& error() && { return std::move(*std::get_if<1>(&state_)); }
    template <class U>
    constexpr T value_or(U&& other) const {
        return has_value() ? **this : static_cast<T>(std::forward<U>(other));
    }

private:
    std::variant<T, E> state_;
};

}  // namespace std
#endif
