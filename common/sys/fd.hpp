// SPDX-License-Identifier: MIT
// fd: a file descriptor with one owner.
#pragma once

#include <utility>

namespace sys {

/// Owns a descriptor and closes it; empty when get() is -1. Closing loses no error that matters here:
/// what was written to files is checked by whoever wrote it (cli/out.hpp).
class Fd {
public:
    Fd() = default;
    explicit Fd(int number) : number_(number) {}
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
    int number_ = -1;
};

struct Pipe {
    Fd read_end;
    Fd write_end;
    /// Both ends O_CLOEXEC. Throws Error (EMFILE, ENFILE).
    static Pipe create();
};

/// Opens a path with O_CLOEXEC added. Throws Error naming the path.
Fd open(const char* path, int flags, unsigned mode = 0);

/// Makes sure that descriptors 0 to 2 are taken, so that no object of ours lands there and is written to by mistake.
/// A closed one gets /dev/null the wrong way round (0 write-only, 1 and 2 read-only), close-on-exec: real use still
/// fails with EBADF, and children still see it closed (gnulib's stdopen does the same).
void fill_standard_descriptors();

}  // namespace sys
