// SPDX-License-Identifier: MIT
// popen run: a command as a stream: what it reads and writes may pass through us, and how it ended is told in full.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cli/groups.hpp"
#include "cli/json.hpp"
#include "cli/out.hpp"
#include "cli/output_file.hpp"
#include "cli/talk.hpp"
#include "running.hpp"
#include "sys/error.hpp"
#include "text/number.hpp"
#include "text/signal.hpp"
#include "verbs.hpp"

namespace tools::popen {
namespace {

struct Options : cli::WaitOptions {
    std::vector<std::string> command;
    bool reads = false;
    bool writes = false;
    bool shell = false;
    bool merge = false;
    std::optional<std::string> tag;
    std::optional<std::string> tag_error;
    Clock clock;
    bool pty = false;
    text::Signal signal{SIGTERM};
    std::optional<text::Duration> kill_after;
    bool preserve_status = false;
    bool foreground = false;
    bool wait_all = false;
    bool subreaper = false;
    bool die_with_parent = false;
    bool default_sigpipe = false;
    std::optional<text::Path> report;
    std::optional<text::Number<0, 255>> conflict;

    [[nodiscard]] bool pumps() const { return reads || writes || pty || tag || tag_error || clock.kind != Clock::Kind::none; }
    /// Nothing to be moved or awaited: we become the command.
    [[nodiscard]] bool becomes() const { return !pumps() && !timeout && !nonblock && !merge && !wait_all && !subreaper && !report; }
};

void check(const Options& opt) {
    if (opt.timeout && opt.nonblock) throw cli::Usage("--timeout and --nonblock exclude each other");
    if (opt.kill_after && !opt.timeout) throw cli::Usage("--kill-after counts from the end of --timeout", "-t 10s --kill-after 2s");
    if (opt.nonblock && (opt.pumps() || opt.report || opt.wait_all)) {
        throw cli::Usage("with --nonblock nobody is there to move data or to wait", "popen start NAME -- COMMAND keeps a command that can be talked to");
    }
    if (opt.command.front().empty()) throw cli::Usage("COMMAND is empty");
}

std::vector<std::string> words(const Options& opt) {
    if (!opt.shell) return opt.command;
    // As system(3) and popen(3) do; words behind the string are its $1, $2, ...
    std::vector<std::string> all{"/bin/sh", "-c", opt.command.front(), "sh"};
    all.insert(all.end(), opt.command.begin() + 1, opt.command.end());
    return all;
}

/// Opened before anything runs, so that a report that cannot be written costs no work.
std::string report(const Options& opt, const Outcome& outcome, int status) {
    cli::List command;
    for (const auto& word : opt.command) command.emplace_back(word);
    return cli::to_json(cli::Object{
               {"command", command},
               {"pid", outcome.pid},
               {"status", status},
               {"signal", outcome.ended.signal ? cli::Value{text::spell({outcome.ended.signal})} : cli::Value{nullptr}},
               {"timed_out", outcome.timed_out},
               {"wall", outcome.wall.count()},
               {"user", std::chrono::duration<double>(outcome.ended.user).count()},
               {"system", std::chrono::duration<double>(outcome.ended.system).count()},
               {"max_rss", outcome.ended.max_rss},
               {"bytes_in", cli::known(outcome.bytes_in)},
               {"bytes_out", cli::known(outcome.bytes_out)},
               {"bytes_error", cli::known(outcome.bytes_error)},
           }) +
           "\n";
}

int status_of(const Options& opt, const Outcome& outcome) {
    if (!outcome.timed_out || opt.preserve_status) return outcome.ended.status;
    // As timeout(1): SIGKILL cannot be told from another's, so its own status says it.
    if (outcome.killed || outcome.ended.signal == SIGKILL) return 128 + SIGKILL;
    return opt.conflict ? static_cast<int>(opt.conflict->value) : static_cast<int>(cli::Exit::gave_up);
}

cli::Exit finish(const Options& opt, const Outcome& outcome, const std::optional<cli::OutputFile>& file) {
    const int status = status_of(opt, outcome);
    if (file) file->write(report(opt, outcome, status));
    if (outcome.output_error != 0 && outcome.output_error != EPIPE) return cli::Exit::refused;
    // Whoever signalled us sees that it took effect.
    if (outcome.forwarded != 0 && !outcome.timed_out && (outcome.ended.signal == outcome.forwarded || outcome.ended.signal == 0)) {
        if (outcome.ended.signal != 0 || outcome.abandoned) sys::end_by(outcome.forwarded);
    }
    return static_cast<cli::Exit>(status);
}

cli::Exit leave_running(const Options& opt) {
    sys::Spawn spawn;
    spawn.words = words(opt);
    spawn.own_group = !opt.foreground;
    cli::print(fmt::format("{}\n", start_child(spawn).pid()));
    return cli::Exit::ok;
}

cli::Exit run_watched(const Options& opt) {
    Plan plan;
    plan.words = words(opt);
    plan.reads = opt.reads;
    plan.writes = opt.writes;
    plan.merge = opt.merge;
    plan.pty = opt.pty;
    plan.foreground = opt.foreground;
    plan.wait_all = opt.wait_all;
    plan.subreaper = opt.subreaper;
    plan.die_with_parent = opt.die_with_parent;
    plan.tag = opt.tag;
    plan.tag_error = opt.tag_error;
    plan.clock = opt.clock;
    plan.signal = opt.signal.number;
    if (opt.kill_after) plan.kill_after = opt.kill_after->length;
    std::optional<cli::OutputFile> file;
    if (opt.report) file.emplace(opt.report->path, cli::OutputFile::How::append);
    plan.limit = opt.deadline();
    Outcome outcome;
    {
        Running running{plan};
        outcome = running.run();
    }
    return finish(opt, outcome, file);
}

cli::Exit run_command(const Options& opt) {
    if (opt.default_sigpipe) {
        struct sigaction action {};
        action.sa_handler = SIG_DFL;
        ::sigaction(SIGPIPE, &action, nullptr);
    }
    if (opt.nonblock) return leave_running(opt);
    if (!opt.becomes()) return run_watched(opt);
    if (opt.die_with_parent) ::prctl(PR_SET_PDEATHSIG, opt.signal.number);
    try {
        sys::become(words(opt));
    } catch (const sys::Error& failure) {
        throw StartFailure{failure};
    }
}

cli::Exit run_verb(const Options& opt) {
    check(opt);
    try {
        return run_command(opt);
    } catch (const StartFailure& failure) {
        cli::complain(failure.why.what());
        if (failure.why.number() == ENOEXEC) cli::hint("a script needs a #! line; --shell runs shell commands");
        return cli::exit_for_start(failure.why.number());
    }
}

void declare(cli::Form<Options>& form) {
    form.leading_command(&Options::command, "what to run, and its words; with --shell: a shell's command line");
    form.option("-r,--read", &Options::reads, "its output comes through us, as with popen(3)");
    form.option("-w,--write", &Options::writes, "its input comes through us; -rw: both");
    form.option("-t,--timeout", &Options::timeout, "end it after this long, status 124");
    form.option("-n,--nonblock", &Options::nonblock, "do not wait: leave it running, and print its process id");
    form.option("--signal", &Options::signal, "what it gets when the time is over (default: TERM)");
    form.option("--kill-after", &Options::kill_after, "and KILL this long after that");
    form.option("--report", &Options::report, "append how it ended to this file as a JSON line; - is standard output");
    form.option("--tag", &Options::tag, "put this before each line of its output");
    form.option("--tag-error", &Options::tag_error, "put this before each line of its standard error");
    form.option("--timestamp", &Options::clock, "put the time before each line: utc, local or elapsed");
    form.option("--merge", &Options::merge, "its standard error goes where its output goes");
    form.option("--pty", &Options::pty, "its output is a terminal, and its input if ours is one");
    form.option("--shell", &Options::shell, "the first word is for /bin/sh, the others are its $1, $2, ...");
    form.option("--wait-all", &Options::wait_all, "wait until nobody has its output open any more");
    form.option("--subreaper", &Options::subreaper, "adopt and collect what it leaves behind");
    form.option("--die-with-parent", &Options::die_with_parent, "it gets the signal when we are killed");
    form.option("--foreground", &Options::foreground, "in our process group; the terminal signals it directly");
    form.option("--preserve-status", &Options::preserve_status, "its own status, also when the time was over");
    form.option("--default-sigpipe", &Options::default_sigpipe, "SIGPIPE ends it, even where it is ignored");
    form.option("-E,--conflict-exit-code", &Options::conflict, "the status instead of 124");
    form.example("popen run -t 5s --kill-after 1s sleep 0", "a command with a time limit");
    form.example("seq 3 | popen run -rw --report - tr 1-3 a-c", "what it took and gave, in JSON");
    form.example("popen run --tag 'out: ' --merge sh -c 'seq 2'", "tag whole lines");
}

}  // namespace

const cli::Verb run = cli::verb<Options, declare, run_verb>("run", "run a command, and stand between it and the world");

}  // namespace tools::popen
