// SPDX-License-Identifier: MIT
#include "ring.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "sys/error.hpp"
#include "text/escape.hpp"

namespace tools::pipe {
namespace {

sys::Fd reserved_file(const std::string& directory, std::size_t size) {
    auto file = sys::unnamed_file(directory);
    // A page that the disk cannot give would be a SIGBUS later.
    if (const int error = ::posix_fallocate(file.get(), 0, static_cast<off_t>(size)); error != 0)
        throw sys::Error(error, fmt::format("{}: cannot have {} bytes there", text::escape(directory), size));
    return file;
}

}  // namespace

Ring::Ring(std::size_t size, const std::optional<std::string>& directory) : size_(size) {
    if (directory) file_ = reserved_file(*directory, size);
    const int flags = file_ ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void* const base = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, file_ ? file_.get() : -1, 0);
    if (base == MAP_FAILED) throw sys::Error(errno, fmt::format("cannot have a buffer of {} bytes", size));
    base_ = static_cast<char*>(base);
}

Ring::~Ring() { ::munmap(base_, size_); }

std::span<char> Ring::room() const {
    const auto end = (start_ + filled_) % size_;
    return {base_ + end, std::min(size_ - end, size_ - filled_)};
}

std::string_view Ring::oldest() const { return {base_ + start_, std::min(size_ - start_, filled_)}; }

void Ring::taken(std::size_t count) {
    start_ = (start_ + count) % size_;
    filled_ -= count;
    if (filled_ == 0) start_ = 0;  // the same few pages again and again, when little is in it
}

}  // namespace tools::pipe
