// SPDX-License-Identifier: MIT
// fifo hold: keeps FIFOs open, so that readers see no end and what was written stays.
#include <fcntl.h>
#include <fmt/format.h>

#include "cli/groups.hpp"
#include "cli/ready.hpp"
#include "cli/talk.hpp"
#include "command.hpp"
#include "path.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
#include "sys/poll.hpp"
#include "sys/trace.hpp"
#include "text/size.hpp"
#include "verbs.hpp"

namespace tools::fifo {
namespace {

struct Options : cli::WaitOptions, cli::ReadyOptions {
    std::vector<FifoPath> paths;
    std::vector<std::string> command;
    std::optional<text::SizeIn<1, 0x7fff'ffff>> size;
    bool writer = false;
};

/// What bounds it, in words: F_SETPIPE_SZ says no more than EPERM.
void set_capacity(int descriptor, std::uint64_t bytes, const std::string& name) {
    if (::fcntl(descriptor, F_SETPIPE_SZ, static_cast<int>(bytes)) >= 0) {
        sys::trace("{} holds {} bytes now (fcntl)", name, ipc::pipe_capacity(descriptor).value_or(0));
        return;
    }
    const int error = errno;
    const auto limit = [](const char* path) {
        auto text = sys::read_file(AT_FDCWD, path);
        while (text.ends_with('\n')) text.pop_back();
        return text;
    };
    if (error == EBUSY) throw sys::Error(EBUSY, fmt::format("{}: cannot hold only {} bytes: more are in it", name, bytes));
    if (error != EPERM) throw sys::Error(error, fmt::format("{}: cannot hold {} bytes", name, bytes));
    throw sys::Error(EPERM, fmt::format("{}: cannot hold {} bytes", name, bytes),
                     fmt::format("without CAP_SYS_RESOURCE, fs.pipe-max-size = {} bounds one, and fs.pipe-user-pages-soft = {} pages all of a user's",
                                 limit("/proc/sys/fs/pipe-max-size"), limit("/proc/sys/fs/pipe-user-pages-soft")));
}

cli::Exit run(const Options& opt) {
    opt.check_ready();
    const auto deadline = opt.deadline();
    std::vector<ipc::Fifo> fifos;
    for (const auto& path : opt.paths) fifos.push_back(find(path));
    sys::Signals signals;
    std::vector<sys::Fd> held;
    for (const auto& fifo : fifos) {
        auto& descriptor = held.emplace_back();
        auto wait = fifo.open(opt.writer ? ipc::Fifo::End::writing : ipc::Fifo::End::both, descriptor);
        if (wait == sys::Wait::would_block && deadline.past()) return opt.gave_up();
        if (wait == sys::Wait::would_block) wait = fifo.open_for_writing(descriptor, deadline, signals);
        if (wait == sys::Wait::interrupted) sys::end_by(sys::Signals::taken());
        if (wait == sys::Wait::gave_up) return opt.gave_up();
        if (opt.size) set_capacity(descriptor.get(), opt.size->bytes, fifo.name());
    }
    opt.tell_ready();
    if (!opt.command.empty()) {
        sys::Spawn spawn;
        spawn.words = opt.command;
        spawn.mask = &signals.outside();
        return run_command(spawn, signals);
    }
    // Nothing to wait for but a signal, or the time.
    if (sys::poll({}, deadline, &signals) == sys::Wait::gave_up) return opt.gave_up();
    sys::end_by(sys::Signals::taken());
    return cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    form.operands("FIFO", &Options::paths, 1, "FIFOs to keep open, until a signal comes");
    form.command(&Options::command, "hold them while it runs; its status is ours");
    form.option("--writer", &Options::writer, "only for writing, when somebody reads: writers still see readers go");
    form.option("-S,--size", &Options::size, "how many bytes each can hold while it is open");
    cli::ready_options(form);
    cli::wait_options(form);
    form.example("fifo hold jobs & holder=$!", "writers and readers may come and go");
    form.example("fifo hold jobs -S 1M -- fifo stat jobs", "for as long as a command runs");
    form.example("fifo hold jobs --writer -t 500ms", "wait for a reader; hold half a second in all");
}

}  // namespace

const cli::Verb hold = cli::verb<Options, declare, run>("hold", "keep FIFOs open: no end for readers, nothing lost");

}  // namespace tools::fifo
