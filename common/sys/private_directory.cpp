// SPDX-License-Identifier: MIT
#include "sys/private_directory.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "sys/error.hpp"
#include "sys/trace.hpp"
#include "text/escape.hpp"

namespace sys {

PrivateDirectory::PrivateDirectory(const std::string& above, const std::string& prefix) : path_(above + "/" + prefix + ".XXXXXX") {
    if (!::mkdtemp(path_.data())) throw Error(errno, text::escape(above) + ": cannot make a private directory in it");
    trace("made the directory {} (mkdtemp)", text::escape(path_));
}

PrivateDirectory::~PrivateDirectory() { (void)remove(); }

int PrivateDirectory::remove() {
    if (std::exchange(keep_, true)) return 0;
    for (const auto& file : files_) (void)::unlink(file.c_str());
    return ::rmdir(path_.c_str()) < 0 ? errno : 0;
}

std::string PrivateDirectory::add(const std::string& name) { return files_.emplace_back(path_ + "/" + name); }

}  // namespace sys
