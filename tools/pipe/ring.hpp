// SPDX-License-Identifier: MIT
// ring: bytes in the order in which they came, in memory or in a file without a name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sys/fd.hpp"

namespace tools::pipe {

class Ring {
public:
    /// size: bytes, 1 or more; pages of memory are taken when they are first used. directory: in a file there instead, its space
    /// taken at once. Throws Error (ENOMEM, ENOSPC and what open(2) says).
    Ring(std::size_t size, const std::optional<std::string>& directory);
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;
    ~Ring();

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t filled() const { return filled_; }
    [[nodiscard]] bool empty() const { return filled_ == 0; }
    [[nodiscard]] bool full() const { return filled_ == size_; }

    /// The longest piece that can be written to in one go; tell how much of it was.
    [[nodiscard]] std::span<char> room() const;
    void added(std::size_t count) { filled_ += count; }
    /// The longest piece of the oldest bytes; tell how much of it was taken.
    [[nodiscard]] std::string_view oldest() const;
    void taken(std::size_t count);

private:
    sys::Fd file_;
    char* base_ = nullptr;
    std::size_t size_;
    std::size_t start_ = 0;
    std::size_t filled_ = 0;
};

}  // namespace tools::pipe
