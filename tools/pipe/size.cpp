// SPDX-License-Identifier: MIT
// pipe size: tells how many bytes a pipe can hold, or changes it.
#include <fcntl.h>
#include <fmt/format.h>

#include "cli/out.hpp"
#include "cli/talk.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
#include "sys/trace.hpp"
#include "text/number.hpp"
#include "text/size.hpp"
#include "verbs.hpp"
#include "where.hpp"

namespace tools::pipe {
namespace {

using Capacity = text::SizeIn<1, 1UL << 31>;  // fs/pipe.c refuses more

struct Options {
    Where where;
    std::vector<Capacity> size;
};

std::string limit(const char* name) {
    auto value = sys::read_file(AT_FDCWD, fmt::format("/proc/sys/fs/{}", name).c_str());
    while (value.ends_with('\n')) value.pop_back();
    return value;
}

[[noreturn]] void refuse(const Where& where, std::uint64_t size, int error) {
    const auto what = fmt::format("{}: cannot hold {} bytes", where.spelled, size);
    if (error == EBUSY) throw sys::Error(error, what, "there is more in it now; read some first");
    if (error != EPERM) throw sys::Error(error, what);
    const auto largest = limit("pipe-max-size");
    if (const auto most = text::whole_number(largest, 0, UINT64_MAX); most && size > *most)
        throw sys::Error(error, what, fmt::format("without CAP_SYS_RESOURCE the most is fs.pipe-max-size = {}; sysctl raises it", largest));
    throw sys::Error(error, what,
                     fmt::format("a user's pipes together may hold fs.pipe-user-pages-soft = {} pages; sysctl raises it", limit("pipe-user-pages-soft")));
}

cli::Exit run(const Options& opt) {
    if (opt.size.size() > 1) throw cli::Usage("one SIZE at most");
    const Access pipe{opt.where};
    if (opt.size.empty()) {
        const auto capacity = ipc::pipe_capacity(pipe.get());
        if (!capacity) throw sys::Error(errno, opt.where.spelled + ": cannot ask what it holds");
        const auto answer = fmt::format("{}\n", *capacity);
        // Into the pipe that is asked about it would be data for its reader.
        const bool into_itself = opt.where.pid == 0 && opt.where.descriptor == 1;
        if (into_itself)
            (void)sys::write_all(2, answer);
        else
            cli::print(answer);
        return cli::Exit::ok;
    }
    const auto size = opt.size.front().bytes;
    const int got = ::fcntl(pipe.get(), F_SETPIPE_SZ, static_cast<unsigned>(size));
    if (got < 0) refuse(opt.where, size, errno);
    sys::trace("{} holds {} bytes now (fcntl F_SETPIPE_SZ)", opt.where.spelled, got);
    return cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    form.operand("PIPE", &Options::where, "stdin, stdout, stderr, fd:N or PID:FD");
    form.operands("SIZE", &Options::size, 0, "bytes it is to hold; the kernel rounds up to a power of two of pages");
    form.example("pipe size $pid:0", "what the pipe that a process reads can hold");
    form.example("{ pipe size stdout 1M; seq 3; } | wc -l", "a larger pipe between two commands");
    form.example("seq 3 | { pipe size stdin 1M; wc -l; }", "the same from the other end");
}

}  // namespace

const cli::Verb size = cli::verb<Options, declare, run>("size", "tell or change how much a pipe can hold");

}  // namespace tools::pipe
