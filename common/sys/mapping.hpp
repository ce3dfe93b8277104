// SPDX-License-Identifier: MIT
// mapping: shared memory that others may shrink or scribble on while we look.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sys {

/// Maps a descriptor's bytes, shared. Everything in it is data from a stranger: it is copied out first, checked then.
/// A store or load past the end of a file that shrank, or into a page a full disk cannot give, would be a SIGBUS; here it
/// is an Error (EIO), and the process goes on.
class Mapping {
public:
    enum class Access { read, write };

    /// offset: a multiple of the page size; size: 1 byte or more. Throws Error (EACCES, EINVAL, ENODEV, ENOMEM).
    Mapping(int fd, std::size_t size, Access access, std::uint64_t offset = 0);
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping();

    [[nodiscard]] std::size_t size() const { return size_; }

    /// Throws Error: ERANGE when offset + size is outside the mapping, EIO when the object shrank under us.
    void read(std::size_t offset, std::span<std::byte> into) const;
    /// As read(); the mapping must have been made with Access::write.
    void write(std::size_t offset, std::span<const std::byte> from);

private:
    void check_range(std::size_t offset, std::size_t length) const;
    void check_faults() const;

    std::byte* base_ = nullptr;
    std::size_t size_ = 0;
    mutable bool broken_ = false;  ///< a page of it was replaced: nothing in it can be believed any more
};

}  // namespace sys
