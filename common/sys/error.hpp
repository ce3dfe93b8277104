// SPDX-License-Identifier: MIT
// error: the run cannot go on; thrown anywhere, caught and printed in one place (cli/main.cpp).
#pragma once

#include <cerrno>
#include <exception>
#include <string>

namespace sys {

/// What failed, why (an errno of errno(3), which also decides the exit status), and perhaps a way out.
class Error : public std::exception {
public:
    /// what: the object and the act, escaped, such as "/jobs: cannot open". hint: one sentence, or empty.
    Error(int number, std::string what, std::string hint = {});

    [[nodiscard]] int number() const noexcept { return number_; }
    [[nodiscard]] const std::string& hint() const noexcept { return hint_; }
    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

private:
    int number_;
    std::string text_;  ///< with the errno text behind it
    std::string hint_;
};

/// The C locale's text of an errno, such as "No such file or directory".
std::string error_text(int number);

}  // namespace sys
