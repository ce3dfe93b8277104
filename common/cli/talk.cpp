// SPDX-License-Identifier: MIT
#include "cli/talk.hpp"

#include <unistd.h>

#include <string>

#include "sys/io.hpp"

namespace cli {
namespace {

const char* speaking_tool = "";
const char* speaking_verb = nullptr;
bool notes_wanted = true;

}  // namespace

void speak_as(const char* tool, const char* verb) {
    speaking_tool = tool;
    speaking_verb = verb;
}

void be_quiet() { notes_wanted = false; }

bool quiet() { return !notes_wanted; }

void complain(std::string_view words) {
    // One write a line, so that lines of several processes do not mix.
    const auto line = speaking_verb ? fmt::format("{}: {}: {}\n", speaking_tool, speaking_verb, words) : fmt::format("{}: {}\n", speaking_tool, words);
    (void)sys::write_all(STDERR_FILENO, line);
}

void note(std::string_view words) {
    if (notes_wanted) complain(words);
}

void note_unreadable(std::size_t unreadable, std::size_t processes) {
    if (unreadable > 0) note(fmt::format("{} of {} processes could not be read (not permitted)", unreadable, processes));
}

void hint(std::string_view words) { (void)sys::write_all(STDERR_FILENO, fmt::format("hint: {}\n", words)); }

}  // namespace cli
