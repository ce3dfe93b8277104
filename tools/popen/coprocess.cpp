// SPDX-License-Identifier: MIT
#include "coprocess.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "idle.hpp"
#include "ipc/pipe.hpp"
#include "running.hpp"
#include "sys/error.hpp"
#include "sys/terminal.hpp"

namespace tools::popen {
namespace {

constexpr std::size_t block = 64 * 1024;
constexpr std::size_t terminal_line = 4095;  // N_TTY_BUF_SIZE - 1: what is longer is cut by the terminal

}  // namespace

Coprocess::Coprocess(Shape shape, const sigset_t& mask) : shape_(std::move(shape)) {
    sys::Spawn spawn;
    spawn.words = shape_.words;
    spawn.mask = &mask;
    if (shape_.pty) {
        start_on_terminal(spawn);
    } else {
        start_on_pipes(spawn);
    }
}

void Coprocess::start_on_terminal(sys::Spawn& spawn) {
    auto pty = sys::Pty::open({.echo = false, .carriage = false});
    spawn.terminal = pty.path;
    spawn.environment.emplace_back("TERM=dumb");  // no sequences for an eye in what a script reads
    spawn.own_session = true;
    sys::Fd error_end;
    if (!shape_.merge) {
        auto pipe = sys::Pipe::create();
        error_ = sys::Stream::own(std::move(pipe.read_end));
        error_end = std::move(pipe.write_end);
        spawn.descriptors.push_back({error_end.get(), STDERR_FILENO});
    }
    input_ = sys::Stream::own(sys::duplicate(pty.master.get()));
    output_ = sys::Stream::own(sys::duplicate(pty.master.get()));
    child_ = start_child(spawn);
    input_file_ = pty.path;
    terminal_ = std::move(pty.master);
}

void Coprocess::start_on_pipes(sys::Spawn& spawn) {
    auto in = sys::Pipe::create();
    auto out = sys::Pipe::create();
    auto err = shape_.merge ? sys::Pipe{} : sys::Pipe::create();
    spawn.own_group = true;
    spawn.descriptors = {{in.read_end.get(), 0}, {out.write_end.get(), 1}, {shape_.merge ? out.write_end.get() : err.write_end.get(), 2}};
    child_ = start_child(spawn);
    input_file_ = fmt::format("pipe:[{}]", ipc::pipe_identity(in.write_end.get(), "the command's input").inode);
    input_ = sys::Stream::own(std::move(in.write_end));
    output_ = sys::Stream::own(std::move(out.read_end));
    if (!shape_.merge) error_ = sys::Stream::own(std::move(err.read_end));
}

void Coprocess::add_entries(std::vector<pollfd>& entries, bool to_write, bool to_read) const {
    if (!ended_) entries.push_back({child_->fd(), POLLIN, 0});
    // Without events an error is still told: the command has closed its input.
    if (input_ && (to_write || !shape_.pty)) entries.push_back({input_.fd(), static_cast<short>(to_write ? POLLOUT : 0), 0});
    if (output_ && to_read) entries.push_back({output_.fd(), POLLIN, 0});
    if (error_) entries.push_back({error_.fd(), POLLIN, 0});
}

Coprocess::Fed Coprocess::feed(std::string& bytes) {
    Fed fed;
    while (input_ && !bytes.empty()) {
        std::string_view piece = bytes;
        if (shape_.pty) {
            // A terminal in line mode drops what is beyond its line's length: a line is given whole, or refused.
            const auto line = std::min(piece.find('\n'), piece.size() - 1) + 1;
            fed.refused = line > terminal_line && sys::end_of_input(input_.fd());
            if (fed.refused) return fed;
            piece = piece.substr(0, line);
        }
        const auto [count, error] = input_.write(piece);
        if (error == EAGAIN) return fed;
        if (error != 0) {
            input_ = {};
            return fed;
        }
        bytes_in_ += count;
        fed.count += count;
        if (count != 0) last_fed_ = bytes[count - 1];
        bytes.erase(0, count);
    }
    return fed;
}

void Coprocess::look_at_input() {
    if (pollfd entry{input_.fd(), 0, 0}; input_ && !shape_.pty && ::poll(&entry, 1, 0) == 1 && (entry.revents & POLLERR) != 0) input_ = {};
}

void Coprocess::end_input() {
    if (!input_) return;
    if (shape_.pty && !ended_) {
        // In the middle of a line it takes two, the first one only ends the line. In raw mode line editors know it as well.
        const auto end = sys::end_of_input(input_.fd());
        const std::string ends(end && last_fed_ != '\n' ? 2 : 1, end.value_or('\4'));
        const auto [count, error] = input_.write(ends);
        if (count == 1) last_fed_ = '\n';
        if (error == EAGAIN || (error == 0 && count < ends.size())) return;  // the terminal is full
    }
    input_ = {};
}

std::size_t Coprocess::read_output(std::string& into) {
    if (!output_) return 0;
    std::string bytes(block, '\0');
    const auto [count, error] = output_.read(bytes);
    // When it has ended, what is in the pipe was read, and what a descendant may write later has no reader any more.
    if (count == 0 && (error != EAGAIN || ended_)) output_ = {};
    bytes_out_ += count;
    into.append(bytes, 0, count);
    return count;
}

std::size_t Coprocess::read_errors(std::string& into) {
    if (!error_) return 0;
    std::string bytes(block, '\0');
    const auto [count, error] = error_.read(bytes);
    if (count == 0 && error != EAGAIN) error_ = {};
    into.append(bytes, 0, count);
    return count;
}

bool Coprocess::look_for_end() {
    pollfd entry{child_->fd(), POLLIN, 0};
    if (ended_ || ::poll(&entry, 1, 0) != 1) return false;
    ended_ = child_->wait();
    input_ = {};
    terminal_ = {};
    return true;
}

bool Coprocess::waits_for_input() const {
    if (!input_) return false;
    if (shape_.pty ? sys::input_pending(input_.fd()) : ipc::pipe_queued(input_.fd()).value_or(1) != 0) return false;
    return popen::waits_for_input(shape_.pty ? child_->pid() : ::getpid(), input_file_);
}

bool Coprocess::waits_for_reader() const {
    if (!output_) return false;
    pollfd entry{output_.fd(), POLLIN, 0};
    if (::poll(&entry, 1, 0) != 1) return false;
    if (shape_.pty) return true;
    const auto queued = ipc::pipe_queued(output_.fd());
    const auto capacity = ipc::pipe_capacity(output_.fd());
    // A page that is not quite full counts as full, as for poll(2) at the other end.
    return queued && capacity && *queued + 4096 > *capacity;
}

void Coprocess::signal(int number) const {
    if (!ended_) child_->signal_group(number);
}

}  // namespace tools::popen
