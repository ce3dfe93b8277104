// SPDX-License-Identifier: MIT
// fd: a file descriptor with one owner.
#pragma once

#include <string>
#include <utility>

namespace sys {

/// Owns a descriptor and closes it; empty when get() is -1. Closing loses no error that matters here:
/// what was written to files is checked by whoever wrote it (cli/out.hpp).
///
/// It is never 0, 1 or 2: where one of these was closed when we were started, the kernel would give its number to the
/// first object we open, and what is meant for standard output would be written into that. Such a one is moved up; the
/// standard descriptors stay closed, for us (EBADF) and for our children.
class Fd {
public:
    Fd() = default;
    explicit Fd(int number) : number_(number >= 0 && number <= 2 ? moved_up(number) : number) {}
    Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Fd();

    [[nodiscard]] int get() const { return number_; }
    /// Gives the descriptor away: someone else closes it.
    [[nodiscard]] int release() { return std::exchange(number_, -1); }
    [[nodiscard]] explicit operator bool() const { return number_ >= 0; }

private:
    static int moved_up(int number);

    int number_ = -1;
};

struct Pipe {
    Fd read_end;
    Fd write_end;
    /// Both ends O_CLOEXEC. Throws Error (EMFILE, ENFILE).
    static Pipe create();
};

/// Another descriptor for the same open file, 3 or more, O_CLOEXEC. Throws Error: `what`, or the number.
Fd duplicate(int descriptor, const std::string& what = {});

/// A file without a name in this directory: nobody else can open it, and it goes with its last descriptor, however we end.
/// Throws Error naming the directory.
Fd unnamed_file(const std::string& directory, const std::string& hint = {});

/// Opens a path with O_CLOEXEC added. Throws Error naming the path.
Fd open(const char* path, int flags, unsigned mode = 0);

}  // namespace sys
