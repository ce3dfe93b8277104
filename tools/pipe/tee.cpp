// SPDX-License-Identifier: MIT
// pipe tee: copies its input to several files, commands and descriptors, inside the kernel where it can.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <memory>
#include <optional>

#include "cli/talk.hpp"
#include "ipc/pipe.hpp"
#include "sys/child.hpp"
#include "sys/error.hpp"
#include "sys/flow.hpp"
#include "sys/io.hpp"
#include "sys/trace.hpp"
#include "text/escape.hpp"
#include "text/number.hpp"
#include "verbs.hpp"

namespace tools::pipe {
namespace {

/// A line for sh.
struct Line {
    std::string text;
    static constexpr text::Word word{"COMMAND"};
    static text::Parsed<Line> parse(std::string_view text) { return Line{std::string{text}}; }
};

struct Options {
    std::vector<text::Path> files;
    std::vector<Line> commands;
    std::vector<text::Number<0, 1023>> descriptors;
    bool append = false;
    bool no_stdout = false;
};

constexpr std::size_t largest_piece = sys::Growth::largest;
constexpr auto grace = std::chrono::seconds{1};  // for what was taken, after a signal

/// Where a copy goes: through a pipe of its own, which is empty before each piece.
struct Target {
    std::string name;
    int descriptor = -1;
    sys::Fd owned;  ///< a file, or the pipe to a command
    std::optional<sys::Child> child;
    sys::Pipe piece = sys::Pipe::create();
    std::unique_ptr<sys::Flow> flow;

    [[nodiscard]] std::uint64_t capacity() const { return ipc::pipe_capacity(piece.write_end.get()).value_or(0); }
    [[nodiscard]] std::uint64_t undelivered() const { return ipc::pipe_queued(piece.read_end.get()).value_or(0) + flow->held().size(); }
};

class Tee {
public:
    Tee(const Options& opt, sys::Signals& signals) : signals_(signals), input_(sys::Stream::inherited(STDIN_FILENO, sys::Stream::Way::read)) {
        signals.listen();
        if (!opt.no_stdout) add("standard output", STDOUT_FILENO);
        for (const auto& file : opt.files) {
            auto opened = sys::open(file.path.c_str(), O_WRONLY | O_CREAT | (opt.append ? O_APPEND : O_TRUNC), 0666);
            const int descriptor = opened.get();
            add(text::escape(file.path), descriptor, std::move(opened));
        }
        for (const auto& number : opt.descriptors) {
            const int descriptor = static_cast<int>(number.value);
            if (::fcntl(descriptor, F_GETFD) < 0) throw cli::Usage(fmt::format("--fd: descriptor {} is not open", descriptor));
            add(fmt::format("descriptor {}", descriptor), descriptor);
        }
        for (const auto& command : opt.commands) start(command.text);
        if (targets_.empty()) throw cli::Usage("nothing to copy to", "give a FILE, --command or --fd, or leave out --no-stdout");
    }

    cli::Exit run() {
        while (!targets_.empty() && take() && deliver()) {}
        const bool nobody_reads = targets_.empty() && status_ == cli::Exit::ok && ended_.empty();
        for (auto& target : targets_) ended_.push_back(std::move(target));
        targets_.clear();
        wait_for_commands();
        if (const int signal = sys::Signals::taken(); signal != 0) sys::end_by(signal);
        if (nobody_reads) sys::end_by(SIGPIPE);
        return status_;
    }

private:
    Target& add(std::string name, int descriptor, sys::Fd owned = {}) {
        auto& target = targets_.emplace_back();
        target.name = std::move(name);
        target.descriptor = descriptor;
        target.owned = std::move(owned);
        target.flow = std::make_unique<sys::Flow>(target.piece.read_end.get(), descriptor);
        return target;
    }

    void start(const std::string& line) {
        auto pipe = sys::Pipe::create();
        sys::Spawn spawn;
        spawn.words = {"/bin/sh", "-c", line};
        spawn.descriptors = {{pipe.read_end.get(), STDIN_FILENO}};
        spawn.mask = &signals_.outside();
        auto child = sys::Child::start(spawn);
        const int descriptor = pipe.write_end.get();
        add(line, descriptor, std::move(pipe.write_end)).child = std::move(child);
    }

    /// A piece of the input into each target's pipe. false: the input is at its end, or a signal came.
    bool take() {
        for (;;) {
            if (signals_.caught() != 0) return false;
            const auto count = input_.is_pipe() ? take_from_pipe() : take_by_copying();
            if (count > 0) total_ += static_cast<std::uint64_t>(count);
            if (count > 0) grow();
            if (count >= 0) return count > 0;
            if (errno != EAGAIN) throw sys::Error(errno, "standard input: cannot read");
            std::array<pollfd, 1> entry{{{input_.fd(), POLLIN, 0}}};
            if (sys::poll(entry, {}, &signals_) == sys::Wait::interrupted) return false;
        }
    }

    ssize_t take_from_pipe() {
        const auto splice = [&](const Target& to, std::size_t most) {
            return ::splice(input_.fd(), nullptr, to.piece.write_end.get(), nullptr, most, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
        };
        if (targets_.size() == 1) return splice(targets_.front(), largest_piece);
        // The smallest pipe decides: what it takes fits into the others, which are as empty. The last one's copy is the input itself.
        const auto count = ::tee(input_.fd(), targets_.front().piece.write_end.get(), largest_piece, SPLICE_F_NONBLOCK);
        if (count <= 0) return count;
        for (std::size_t at = 1; at < targets_.size(); ++at) {
            const auto& target = targets_[at];
            const auto copied = at + 1 == targets_.size()
                                    ? splice(target, static_cast<std::size_t>(count))
                                    : ::tee(input_.fd(), target.piece.write_end.get(), static_cast<std::size_t>(count), SPLICE_F_NONBLOCK);
            if (copied != count) throw sys::Error(copied < 0 ? errno : EIO, target.name + ": a piece of the input could not be copied");
        }
        return count;
    }

    ssize_t take_by_copying() {
        buffer_.resize(std::max<std::uint64_t>(targets_.front().capacity(), PIPE_BUF));
        const auto got = input_.read(buffer_);
        if (got.error != 0) return errno = got.error, -1;
        const auto count = static_cast<ssize_t>(got.bytes);
        for (const auto& target : targets_) {
            if (count <= 0) break;
            const auto written = sys::write_all(target.piece.write_end.get(), {buffer_.data(), static_cast<std::size_t>(count)});
            if (written.error != 0) throw sys::Error(written.error, target.name + ": a piece of the input could not be copied");
        }
        return count;
    }

    void grow() {
        std::vector<int> pipes{input_.fd()};
        for (const auto& target : targets_) pipes.push_back(target.piece.write_end.get());
        if (growth_.grow(total_, pipes)) std::ranges::sort(targets_, {}, &Target::capacity);
    }

    /// Until every pipe is empty again. false: a signal came, and what could not be delivered soon is told.
    bool deliver() {
        sys::Deadline deadline;
        for (;;) {
            bool moved = false;
            std::vector<pollfd> entries;
            for (auto& target : targets_) {
                const auto state = target.flow->step();
                moved = moved || state == sys::Flow::State::moved;
                if (state == sys::Flow::State::wants_output) target.flow->add_to(entries);
            }
            drop_broken();
            if (signals_.caught() != 0 && deadline.never()) deadline = sys::Deadline::after(grace);
            if (!moved && entries.empty()) return deadline.never();
            if (!moved && sys::poll(entries, deadline, deadline.never() ? &signals_ : nullptr) == sys::Wait::gave_up) break;
        }
        for (const auto& target : targets_) {
            if (const auto left = target.undelivered(); left > 0)
                cli::complain(fmt::format("{}: {} bytes read, the last {} not delivered", target.name, total_, left));
        }
        return false;
    }

    /// Nobody reads it any more, or it takes nothing: the others go on.
    void drop_broken() {
        for (std::size_t at = 0; at < targets_.size();) {
            auto& target = targets_[at];
            if (target.flow->state() != sys::Flow::State::failed) {
                ++at;
                continue;
            }
            const int error = target.flow->error();
            if (error == EPIPE) sys::trace("{}: nobody reads it any more", target.name);
            if (error != EPIPE) {
                cli::complain(
                    fmt::format("{}: cannot write: {}; {} bytes were taken by it", target.name, sys::error_text(error), target.flow->bytes_written()));
                status_ = cli::exit_for(error);
            }
            if (target.child) ended_.push_back(std::move(target));
            targets_.erase(targets_.begin() + static_cast<std::ptrdiff_t>(at));
        }
    }

    /// All see the end of their input first: one may wait for another.
    void wait_for_commands() {
        for (auto& target : ended_) {
            target.flow.reset();
            target.owned = {};
        }
        for (auto& target : ended_) {
            if (!target.child) continue;
            std::array<pollfd, 1> entry{{{target.child->fd(), POLLIN, 0}}};
            if (sys::poll(entry, {}, &signals_) == sys::Wait::interrupted) return;
            const int status = target.child->wait().status;
            target.child.reset();
            if (status != 0) cli::note(fmt::format("{}: ended with status {}", target.name, status));
            if (status != 0 && status_ == cli::Exit::ok) status_ = static_cast<cli::Exit>(status);
        }
    }

    sys::Signals& signals_;
    sys::Stream input_;
    std::vector<Target> targets_;
    std::vector<Target> ended_;  ///< commands that take no more
    std::string buffer_;
    std::uint64_t total_ = 0;
    sys::Growth growth_;
    cli::Exit status_ = cli::Exit::ok;
};

cli::Exit run(const Options& opt) {
    sys::Signals signals;
    return Tee{opt, signals}.run();
}

void declare(cli::Form<Options>& form) {
    form.operands("FILE", &Options::files, 0, "files to write besides standard output");
    form.option("--append", &Options::append, "add to the files instead of replacing their content");
    form.option("--command", &Options::commands, "run this line with sh, and write to its input; may be repeated");
    form.option("--fd", &Options::descriptors, "write to this descriptor as well; may be repeated");
    form.option("--no-stdout", &Options::no_stdout, "do not write to standard output");
    form.example("ls dir 2>&1 | pipe tee log", "as tee(1)");
    form.example("tar c dir | pipe tee --command 'sha256sum >dir.sum' | gzip >dir.tgz", "read once, used twice");
    form.example("seq 9 | pipe tee --fd 3 3>copy | head -n 1", "the copy is whole although head has enough");
}

}  // namespace

const cli::Verb tee = cli::verb<Options, declare, run>("tee", "copy input to files, commands and descriptors");

}  // namespace tools::pipe
