// SPDX-License-Identifier: MIT
#include "cli/output_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include "cli/out.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
#include "text/escape.hpp"

namespace cli {

namespace {

sys::Fd standard_output() {
    try {
        return sys::duplicate(STDOUT_FILENO);
    } catch (const sys::Error& closed) {
        throw OutputError{closed.number()};
    }
}

}  // namespace

OutputFile::OutputFile(const std::string& path, How how)
    : path_(path),
      file_(path == "-" ? standard_output() : sys::open(path.c_str(), O_WRONLY | O_CREAT | O_NOCTTY | (how == How::append ? O_APPEND : O_TRUNC), 0666)) {}

void OutputFile::write(std::string_view text) const {
    const auto error = sys::write_all(file_.get(), text).error;
    if (error == 0) return;
    if (path_ == "-") throw OutputError{error};
    throw sys::Error(error, fmt::format("{}: cannot write", text::escape(path_)));
}

}  // namespace cli
