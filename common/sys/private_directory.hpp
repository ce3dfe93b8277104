// SPDX-License-Identifier: MIT
// private_directory: a place for temporary names that nobody else can guess, enter or take first.
#pragma once

#include <string>
#include <vector>

namespace sys {

/// A new directory of mode 0700 (mkdtemp(3)). It goes away with this object, with the files that were made known to it.
class PrivateDirectory {
public:
    /// above: the directory it is made in; prefix: what its name begins with. Throws Error.
    PrivateDirectory(const std::string& above, const std::string& prefix);
    PrivateDirectory(const PrivateDirectory&) = delete;
    PrivateDirectory& operator=(const PrivateDirectory&) = delete;
    ~PrivateDirectory();

    [[nodiscard]] const std::string& path() const { return path_; }
    /// The path of a name in it, which is removed at the end if it is there then.
    std::string add(const std::string& name);
    /// Now, and not at the end: before a signal that was held back ends us.
    /// Returns 0, or the errno that says why it is still there, such as ENOTEMPTY.
    int remove();
    /// It stays, with all that is in it.
    void keep() { keep_ = true; }

private:
    std::string path_;
    std::vector<std::string> files_;
    bool keep_ = false;
};

}  // namespace sys
