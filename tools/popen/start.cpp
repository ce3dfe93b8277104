// SPDX-License-Identifier: MIT
// popen start: a command that stays, with a name to talk to it by.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include "cli/talk.hpp"
#include "keeper_main.hpp"
#include "registry.hpp"
#include "running.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
#include "text/number.hpp"
#include "verbs.hpp"

namespace tools::popen {
namespace {

struct Options {
    Name name;
    std::vector<std::string> command;
    bool merge = false;
    bool pty = false;
    bool with_session = false;
    bool with_parent = false;
};

pid_t companion(const Options& opt) {
    if (opt.with_session && opt.with_parent) throw cli::Usage("--with-session and --with-parent exclude each other");
    if (!opt.with_session && !opt.with_parent) return 0;
    const pid_t pid = opt.with_session ? ::getsid(0) : ::getppid();
    if (pid <= 1 && opt.with_session)
        throw sys::Error(ESRCH, "the leader of this session is not to be seen from here", "--with-parent ends it with the process that runs popen");
    if (pid == ::getpid()) throw cli::Usage("popen start itself leads this session, and ends now", "--with-parent ends it with the process that runs popen");
    return pid;
}

sys::Fd pinned(pid_t pid) {
    sys::Fd fd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    if (!fd) throw sys::Error(errno, fmt::format("process {}: cannot live and die with it", pid));
    return fd;
}

/// "0 PID", or an errno and what it was about.
cli::Exit started(const std::string& report, const std::string& name) {
    const auto space = report.find(' ');
    if (report.empty() || space == std::string::npos) throw sys::Error(ECHILD, fmt::format("{}: its keeper ended before the command ran", name));
    if (report.starts_with("0 ")) return cli::Exit::ok;
    cli::complain(report.substr(space + 1, report.size() - space - 2));
    const auto error = text::whole_number(std::string_view{report}.substr(0, space), 0, 4096);
    return error ? cli::exit_for_start(static_cast<int>(*error)) : cli::Exit::own_trouble;
}

cli::Exit start_keeper(const Options& opt) {
    KeeperSetup setup{opt.name.name, opt.merge, opt.pty, companion(opt), opt.command};
    const auto life = setup.lives_with != 0 ? pinned(setup.lives_with) : sys::Fd{};
    const auto registry = Registry::open(true);
    const auto nothing = sys::open("/dev/null", O_RDWR);
    auto ready = sys::Pipe::create();
    const auto listening = registry.listen(opt.name.name);

    sys::Spawn spawn;
    spawn.words = setup.words();
    spawn.own_session = true;
    spawn.descriptors = {{nothing.get(), 0},
                         {nothing.get(), 1},
                         {nothing.get(), 2},
                         {listening.get(), KeeperSetup::listen_fd},
                         {ready.write_end.get(), KeeperSetup::ready_fd},
                         {registry.directory(), KeeperSetup::directory_fd}};
    if (life) spawn.descriptors.push_back({life.get(), KeeperSetup::life_fd});
    std::string report;
    std::optional<sys::Child> keeper;
    try {
        keeper = sys::Child::start(spawn);
        ready.write_end = {};
        std::string block(4096, '\0');
        while (const auto count = sys::read_some(ready.read_end.get(), block, "the keeper's pipe")) report.append(block, 0, count);
    } catch (const sys::Error&) {
        if (keeper) keeper->signal(SIGTERM);
        registry.give_back(opt.name.name);
        throw;
    }
    // As long as we listen, too, nobody takes the name for a dead one's.
    if (!report.starts_with("0 ")) registry.give_back(opt.name.name);
    return started(report, opt.name.name);
}

/// The command's status is not ours, so our own troubles have theirs, and not 125.
cli::Exit run_verb(const Options& opt) {
    try {
        return start_keeper(opt);
    } catch (const sys::Error& failure) {
        cli::complain(failure.what());
        if (!failure.hint().empty()) cli::hint(failure.hint());
        return cli::exit_for(failure.number());
    }
}

void declare(cli::Form<Options>& form) {
    form.operand("NAME", &Options::name, "a name for it");
    form.leading_command(&Options::command, "what to run");
    form.option("--merge", &Options::merge, "its standard error is part of its replies");
    form.option("--pty", &Options::pty, "it runs on a terminal of its own, without echo");
    form.option("--with-session", &Options::with_session, "it ends with the leader of this session");
    form.option("--with-parent", &Options::with_parent, "it ends with the process that runs popen, such as the script");
    form.example("popen start calc -- bc -q", "a calculator that stays");
    form.example("popen start sh --with-parent -- sh", "a shell that ends with the script");
    form.example("popen start sorter sort", "answers at popen close");
}

}  // namespace

const cli::Verb start = cli::verb<Options, declare, run_verb>("start", "start a coprocess: a command that stays, with a name");

}  // namespace tools::popen
