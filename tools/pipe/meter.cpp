// SPDX-License-Identifier: MIT
// pipe meter: passes its input on and shows how much it is, how fast, and when it will be done.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "cli/talk.hpp"
#include "display.hpp"
#include "sys/error.hpp"
#include "sys/flow.hpp"
#include "text/size.hpp"
#include "verbs.hpp"
#include "watch.hpp"

namespace tools::pipe {
namespace {

using Amount = text::SizeIn<1, 1UL << 62>;

struct Options : DisplayOptions {
    std::optional<Amount> size;
    std::optional<Amount> rate;
    std::optional<std::string> name;
    std::optional<Watched> watch;
    bool lines = false;
    bool null = false;
    bool stop = false;
    bool from_first = false;
};

constexpr auto grace = std::chrono::seconds{1};  // for what was read, after a signal
constexpr std::uint64_t turns = 10;              // a second: how often a limited flow is let go on

/// What is left of a file that is the input.
std::optional<std::uint64_t> input_size() {
    struct stat status {};
    if (::fstat(STDIN_FILENO, &status) < 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    const auto at = ::lseek(STDIN_FILENO, 0, SEEK_CUR);
    return at >= 0 && at < status.st_size ? std::optional{static_cast<std::uint64_t>(status.st_size - at)} : std::nullopt;
}

class Meter {
public:
    Meter(const Options& opt, sys::Signals& signals)
        : opt_(opt),
          signals_(signals),
          counts_records_(opt.lines || opt.null),
          display_(opt),
          progress_(opt.name.value_or(""),
                    opt.size          ? std::optional{opt.size->bytes}
                    : counts_records_ ? std::nullopt
                                      : input_size(),
                    counts_records_),
          flow_(STDIN_FILENO, STDOUT_FILENO, counts_records_ ? sys::Flow::Tap{[this](std::string_view bytes) { count(bytes); }} : sys::Flow::Tap{}, !opt.rate) {
    }

    cli::Exit run() {
        next_look_ = sys::Deadline::after(display_.interval());
        while (!flow_.over() && allowed() > 0) {
            if (signals_.caught() != 0) return interrupted();
            if (next_look_.past()) look(false);
            if (wait_for_turn()) continue;
            const auto state = flow_.step(piece());
            if (opt_.from_first && !started_ && flow_.bytes_read() > 0) start();
            if (state != sys::Flow::State::wants_input && state != sys::Flow::State::wants_output) continue;
            std::vector<pollfd> entries;
            flow_.add_to(entries);
            if (sys::poll(entries, display_.shows() ? next_look_ : sys::Deadline{}, &signals_) == sys::Wait::interrupted) return interrupted();
        }
        if (flow_.state() != sys::Flow::State::failed) {
            // Stopped at its size, all that was read must still be written.
            (void)flow_.deliver_held({});
        }
        look(true);
        if (flow_.error() == 0) return cli::Exit::ok;
        if (flow_.error() == EPIPE) sys::end_by(SIGPIPE);
        const auto what = flow_.failed_writing() ? fmt::format("standard output: cannot write behind {} bytes", flow_.bytes_written())
                                                 : fmt::format("standard input: cannot read behind {} bytes", flow_.bytes_read());
        throw sys::Error(flow_.error(), what);
    }

private:
    void count(std::string_view bytes) { records_ += static_cast<std::uint64_t>(std::ranges::count(bytes, opt_.null ? '\0' : '\n')); }
    [[nodiscard]] std::uint64_t amount() const { return counts_records_ ? records_ : flow_.bytes_written(); }

    /// Bytes up to the size that it is to stop at.
    [[nodiscard]] std::uint64_t allowed() const {
        if (!opt_.stop) return sys::Flow::no_limit;
        return opt_.size->bytes - std::min(opt_.size->bytes, flow_.bytes_read());
    }

    [[nodiscard]] std::uint64_t piece() const {
        if (!opt_.rate) return allowed();
        return std::min(allowed(), counts_records_ ? 4096 : std::max<std::uint64_t>(1, opt_.rate->bytes / turns));
    }

    /// With a limit: sleeps when more has flowed than the time that went by allows. true: it slept, look around again.
    bool wait_for_turn() {
        if (!opt_.rate) return false;
        const auto due = std::chrono::duration<double>{static_cast<double>(amount()) / static_cast<double>(opt_.rate->bytes)};
        const auto early = due - std::chrono::duration<double>{progress_.elapsed()};
        if (early.count() <= 0) return false;
        const auto turn = std::min(std::chrono::duration_cast<std::chrono::nanoseconds>(early), std::chrono::nanoseconds{std::chrono::seconds{1}});
        const auto until = display_.shows() && next_look_.left() < turn ? next_look_ : sys::Deadline::after(turn);
        std::vector<pollfd> gone{{STDOUT_FILENO, 0, 0}};
        if (sys::poll(gone, until, &signals_) == sys::Wait::done) return false;  // nobody reads: the next step finds out
        return true;
    }

    void start() {
        started_ = true;
        progress_.restart();
    }

    void look(bool final) {
        next_look_ = sys::Deadline::after(display_.interval());
        if (!display_.shows() || (opt_.from_first && !started_ && !final)) return;
        progress_.update(amount());
        display_.show(progress_, final);
    }

    cli::Exit interrupted() {
        const int signal = sys::Signals::taken();
        const auto left = flow_.deliver_held(sys::Deadline::after(grace));
        look(true);
        if (left > 0) cli::complain(fmt::format("ended by signal {}: {} bytes read, {} delivered", signal, flow_.bytes_read(), flow_.bytes_written()));
        sys::end_by(signal);
        return cli::Exit::ok;
    }

    const Options& opt_;
    sys::Signals& signals_;
    bool counts_records_;
    std::uint64_t records_ = 0;
    Display display_;
    Progress progress_;
    sys::Flow flow_;
    sys::Deadline next_look_;
    bool started_ = false;
};

cli::Exit run(const Options& opt) {
    if (opt.lines && opt.null) throw cli::Usage("--lines and --null exclude each other");
    if (opt.stop && (!opt.size || opt.lines || opt.null)) throw cli::Usage("--stop needs --size, in bytes");
    if (opt.watch && (opt.size || opt.rate || opt.name || opt.lines || opt.null || opt.from_first))
        throw cli::Usage("--watch looks at another process: only options of the display go with it");
    if (opt.watch) return watch(*opt.watch, opt);
    sys::Signals signals;
    signals.listen();
    return Meter{opt, signals}.run();
}

void declare(cli::Form<Options>& form) {
    form.option("-S,--size", &Options::size, "how much will come (default: the rest of a file); for ETA");
    form.option("--rate", &Options::rate, "pass on no more than this in a second");
    form.option("--lines", &Options::lines, "count lines instead of bytes; --size and --rate are of lines");
    form.option("-0,--null", &Options::null, "count records that end in NUL");
    form.option("--stop", &Options::stop, "stop when --size bytes have passed");
    form.option("--from-first", &Options::from_first, "show and time nothing before the first byte");
    form.option("--name", &Options::name, "a name before the figures");
    form.option("--watch", &Options::watch, "show how far a running process is in the files it has open");
    display_options(form);
    form.example("pipe meter <image | gzip >image.gz", "how far it is, how fast, and when it will be done");
    form.example("seq 9999 | pipe meter --name in | sort | pipe meter --name out >out", "a line each");
    form.example("pipe meter --json --watch $pid", "how far a running command has got in its files");
}

}  // namespace

const cli::Verb meter = cli::verb<Options, declare, run>("meter", "pass input on and show its progress");

}  // namespace tools::pipe
