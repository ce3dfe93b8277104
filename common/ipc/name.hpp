// SPDX-License-Identifier: MIT
// name: how kernel objects are named on a command line: /name, key:, id:, ftok:, private, PID:FD.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "text/word.hpp"

namespace ipc {

/// A checked name; nothing was asked of the kernel yet.
struct Name {
    enum class Kind {
        posix,       ///< /name
        key,         ///< key:0x4d2 or key:1234
        id,          ///< id:7
        file,        ///< ftok:PATH or ftok:PATH:c
        anonymous,   ///< private: a new System V object without a key
        descriptor,  ///< PID:FD: an object that a process has open
    };
    Kind kind = Kind::posix;
    std::string posix;      ///< with its slash; 2 to 256 bytes
    std::uint32_t key = 0;  ///< key_t as the kernel prints it; not 0, which means private
    int id = -1;
    std::string path;
    static constexpr unsigned char default_project = 1;
    unsigned char project = default_project;  ///< ftok(3)'s proj_id
    pid_t pid = 0;
    int descriptor = -1;

    /// The canonical spelling, escaped, that parse() reads back.
    [[nodiscard]] std::string spelled() const;
    [[nodiscard]] bool is_sysv() const { return kind == Kind::key || kind == Kind::id || kind == Kind::file || kind == Kind::anonymous; }

    /// The spelling of /name for any bytes that the kernel may hold.
    static std::string spell_posix(std::string_view raw);

    static text::Parsed<Name> parse(std::string_view text);
};

/// key_t of ftok(3). Throws sys::Error when the path cannot be looked at.
std::uint32_t key_of(const Name& name);

}  // namespace ipc
