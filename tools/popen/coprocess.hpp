// SPDX-License-Identifier: MIT
// coprocess: the command that a keeper keeps: its input, its output and standard error, and how it ended.
#pragma once

#include <poll.h>

#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sys/child.hpp"
#include "sys/fd.hpp"
#include "sys/stream.hpp"

namespace tools::popen {

class Coprocess {
public:
    struct Shape {
        std::vector<std::string> words;
        bool merge = false;  ///< standard error is part of the output
        bool pty = false;
    };
    /// Starts it with this signal mask. Throws Error, StartFailure.
    Coprocess(Shape shape, const sigset_t& mask);

    [[nodiscard]] pid_t pid() const { return child_->pid(); }
    [[nodiscard]] const std::optional<sys::Ended>& ended() const { return ended_; }
    [[nodiscard]] bool takes_input() const { return static_cast<bool>(input_); }
    [[nodiscard]] bool has_output() const { return static_cast<bool>(output_); }
    [[nodiscard]] std::uint64_t bytes_in() const { return bytes_in_; }
    [[nodiscard]] std::uint64_t bytes_out() const { return bytes_out_; }

    /// What poll(2) has to look at; to_write: there is something for it.
    void add_entries(std::vector<pollfd>& entries, bool to_write, bool to_read) const;

    struct Fed {
        std::size_t count = 0;
        bool refused = false;  ///< the line in front is longer than a terminal takes; nothing of it was written
    };
    /// Gives it what it takes now. What it took is removed from `bytes`.
    Fed feed(std::string& bytes);
    /// Whether the last byte it was given is another than this.
    [[nodiscard]] bool in_line(char separator) const { return last_fed_ != separator; }
    /// Ends its input; with a terminal that is full, at the next call.
    void end_input();
    /// Notices that it has closed its input.
    void look_at_input();

    /// Appends a block of what is there; 0: nothing now, or no more at all.
    std::size_t read_output(std::string& into);
    std::size_t read_errors(std::string& into);

    /// true: it ended just now.
    bool look_for_end();
    /// Whether it has read all of its input, and sleeps in read(2) of more.
    [[nodiscard]] bool waits_for_input() const;
    /// Whether it has filled its output as well: it will take no input before that is read.
    [[nodiscard]] bool waits_for_reader() const;
    /// To it and all of its group or session, unless it has ended.
    void signal(int number) const;

private:
    void start_on_terminal(sys::Spawn& spawn);
    void start_on_pipes(sys::Spawn& spawn);

    Shape shape_;
    std::optional<sys::Child> child_;
    std::optional<sys::Ended> ended_;
    sys::Stream input_, output_, error_;
    sys::Fd terminal_;        ///< held to the command's end: it may close its own ends before, and a closed master is a hangup
    std::string input_file_;  ///< as /proc spells it
    char last_fed_ = '\n';
    std::uint64_t bytes_in_ = 0, bytes_out_ = 0;
};

}  // namespace tools::popen
