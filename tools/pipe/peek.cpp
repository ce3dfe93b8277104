// SPDX-License-Identifier: MIT
// pipe peek: shows what is in a pipe and leaves it there, by tee(2).
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/out.hpp"
#include "cli/talk.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
#include "sys/trace.hpp"
#include "text/size.hpp"
#include "verbs.hpp"
#include "where.hpp"

namespace tools::pipe {
namespace {

struct Options {
    Where where;
    std::optional<text::SizeIn<1, 1UL << 31>> size;
};

/// A descriptor that reads the pipe: tee(2) takes no other. When the one that was named only writes, another holder's.
sys::Fd reading_end(const Where& where, const Access& pipe) {
    if ((::fcntl(pipe.get(), F_GETFL) & O_ACCMODE) != O_WRONLY) return {};
    const auto list = ipc::list_pipes(false);
    const auto found = std::ranges::find(list.pipes, pipe.identity(), &ipc::PipeInfo::identity);
    int error = EPIPE;
    if (found != list.pipes.end()) {
        for (const auto& user : found->holders) {
            if (!user.reads) continue;
            try {
                auto borrowed = ipc::borrow(user.pid, user.descriptor);
                if (ipc::pipe_identity(borrowed.get(), where.spelled) == pipe.identity()) return borrowed;
            } catch (const sys::Error& failure) {
                error = failure.number();
            }
        }
    }
    throw sys::Error(error, where.spelled + ": writes, and no reading end of its pipe can be borrowed");
}

cli::Exit run(const Options& opt) {
    const Access pipe{opt.where};
    const auto other = reading_end(opt.where, pipe);
    const int from = other ? other.get() : pipe.get();
    const auto copy = sys::Pipe::create();
    const auto capacity = ipc::pipe_capacity(from).value_or(0);
    // A pipe of as many buffers takes a copy of them all, whatever their length; it may be refused.
    if (const auto ours = ipc::pipe_capacity(copy.write_end.get()).value_or(0); ours < capacity)
        (void)::fcntl(copy.write_end.get(), F_SETPIPE_SZ, static_cast<int>(capacity));
    const auto queued = ipc::pipe_queued(from).value_or(0);
    auto left = opt.size ? opt.size->bytes : capacity;
    const auto count = ::tee(from, copy.write_end.get(), left, SPLICE_F_NONBLOCK);
    if (count < 0 && errno != EAGAIN) throw sys::Error(errno, opt.where.spelled + ": cannot look into it");
    if (count <= 0) return cli::Exit::no;
    sys::trace("copied {} of {} bytes (tee)", count, queued);
    left = static_cast<std::uint64_t>(count);
    std::array<char, 65536> block;
    while (left > 0) {
        const auto got = sys::read_some(copy.read_end.get(), std::span{block}.first(std::min<std::size_t>(left, block.size())), "the copy");
        cli::print({block.data(), got});
        left -= got;
    }
    if (!opt.size && static_cast<std::uint64_t>(count) < queued)
        cli::note(fmt::format("{} of {} bytes: no pipe as large could be had for the copy", count, queued));
    return cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    form.operand("PIPE", &Options::where, "stdin, fd:N or PID:FD; either end of it");
    form.option("-S,--size", &Options::size, "show only so many bytes, the oldest first");
    form.example("pipe peek $pid:0 | tail -n 3", "what waits to be read");
    form.example("pipe peek -S 2 $pid:0", "its first two bytes");
    form.example("seq 3 | { read x; pipe peek stdin | wc -l; wc -l; }", "look, then read");
}

}  // namespace

const cli::Verb peek = cli::verb<Options, declare, run>("peek", "show what is in a pipe without taking it");

}  // namespace tools::pipe
