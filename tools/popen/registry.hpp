// SPDX-License-Identifier: MIT
// registry: the names of coprocesses: sockets in the user's private runtime directory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sys/fd.hpp"
#include "text/word.hpp"

namespace tools::popen {

/// 1 to 64 letters, digits and _ . - ; the first is a letter, a digit or _.
struct Name {
    std::string name;
    static constexpr std::size_t longest = 64;
    static std::vector<text::Candidate> candidates(std::string_view start);
    static constexpr text::Word word{"NAME", candidates};
    static text::Parsed<Name> parse(std::string_view text);
};

class Registry {
public:
    /// Throws Error when the directory cannot be made or trusted.
    static Registry open(bool make);

    /// Names that have a socket, sorted; those whose keeper died are among them.
    [[nodiscard]] std::vector<std::string> names() const;
    /// A connection to the keeper; empty with errno set: ENOENT no such name, ECONNREFUSED its keeper died.
    [[nodiscard]] sys::Fd connect(const std::string& name) const;
    /// Takes the name and listens; one that a dead keeper left is replaced. Throws Error: EEXIST.
    [[nodiscard]] sys::Fd listen(const std::string& name) const;
    /// Removes a name that we took and that no keeper came to serve.
    void give_back(const std::string& name) const;
    /// Removes the name if its keeper is dead.
    void clean(const std::string& name) const;

    [[nodiscard]] int directory() const { return directory_.get(); }

private:
    [[nodiscard]] bool dead(const std::string& name) const;

    sys::Fd directory_;
};

/// Held while names change hands: of two that find a dead keeper's name only one may remove it.
class RegistryLock {
public:
    explicit RegistryLock(int directory);
    RegistryLock(const RegistryLock&) = delete;
    RegistryLock& operator=(const RegistryLock&) = delete;
    ~RegistryLock();

private:
    int directory_;
};

}  // namespace tools::popen
