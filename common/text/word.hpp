// SPDX-License-Identifier: MIT
// word: how a type presents itself on a command line, and how its text becomes a value.
#pragma once

#include <concepts>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace text {

/// A value, or the reason why the text is not one (without the name of the option: the caller knows it).
template <class T>
using Parsed = std::expected<T, std::string>;

/// One possible completion of a word, with a short description (may be empty).
struct Candidate {
    std::string word;
    std::string note;
};

/// What help and completion need to know of a type.
struct Word {
    const char* placeholder;                                           ///< in help: DURATION, SIZE, NAME
    std::vector<Candidate> (*candidates)(std::string_view) = nullptr;  ///< words that begin so; must not block or change anything
    bool file = false;                                                 ///< completed as a file name
};

/// A type that may stand on a command line: it names itself and parses itself.
template <class T>
concept Worded = requires(std::string_view text) {
    { T::word } -> std::convertible_to<Word>;
    { T::parse(text) } -> std::same_as<Parsed<T>>;
};

/// Reads any T that may stand on a command line; a plain std::string is taken as it is.
template <class T>
Parsed<T> parse(std::string_view text) {
    if constexpr (std::same_as<T, std::string>) {
        return std::string{text};
    } else {
        static_assert(Worded<T>, "a type on the command line needs `word` and `parse`");
        return T::parse(text);
    }
}

template <class T>
constexpr Word word_of() {
    if constexpr (std::same_as<T, std::string>) {
        return {"TEXT"};
    } else {
        return T::word;
    }
}

/// A path, completed by the shell's own file names. Any non-empty text without NUL.
struct Path {
    std::string path;
    static constexpr Word word{"FILE", nullptr, true};
    static Parsed<Path> parse(std::string_view text) {
        if (text.empty()) return std::unexpected("an empty file name");
        return Path{std::string{text}};
    }
};

}  // namespace text
