// SPDX-License-Identifier: MIT
// pipe meter: passes its input on and shows how much it is, how fast, and when it will be done.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "cli/talk.hpp"
#include "control.hpp"
#include "display.hpp"
#include "sys/error.hpp"
#include "sys/flow.hpp"
#include "text/escape.hpp"
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
    std::optional<text::Path> control;
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
          size_(opt.size),
          rate_(opt.rate),
          counts_records_(opt.lines || opt.null),
          display_(opt),
          progress_(opt.name.value_or(""),
                    opt.size          ? std::optional{opt.size->bytes}
                    : counts_records_ ? std::nullopt
                                      : input_size(),
                    counts_records_),
          flow_(STDIN_FILENO, STDOUT_FILENO, counts_records_ ? sys::Flow::Tap{[this](std::string_view bytes) { count(bytes); }} : sys::Flow::Tap{},
                !opt.rate && !opt.control) {
        if (opt.control) control_.emplace(opt.control->path);
    }

    cli::Exit run() {
        next_look_ = sys::Deadline::after(display_.interval());
        while (!flow_.over() && allowed() > 0) {
            if (signals_.caught() != 0) return interrupted();
            if (next_look_.past()) look(false);
            if (control_) obey();
            if (wait_for_turn()) continue;
            const auto state = flow_.step(piece());
            if (opt_.from_first && !started_ && flow_.bytes_read() > 0) start();
            if (state != sys::Flow::State::wants_input && state != sys::Flow::State::wants_output) continue;
            std::vector<pollfd> entries;
            flow_.add_to(entries);
            if (control_) entries.push_back({control_->fd(), POLLIN, 0});
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
        return size_->bytes - std::min(size_->bytes, flow_.bytes_read());
    }

    [[nodiscard]] std::uint64_t piece() const {
        if (!rate_) return allowed();
        return std::min(allowed(), counts_records_ ? 4096 : std::max<std::uint64_t>(1, rate_->bytes / turns));
    }

    /// With a limit: sleeps when more has flowed than the time that went by allows. true: it slept, look around again.
    bool wait_for_turn() {
        if (!rate_) return false;
        const auto due = std::chrono::duration<double>{static_cast<double>(amount() - paced_from_) / static_cast<double>(rate_->bytes)};
        const auto early = due - std::chrono::duration<double>{progress_.elapsed() - paced_since_};
        if (early.count() <= 0) return false;
        const auto turn = std::min(std::chrono::duration_cast<std::chrono::nanoseconds>(early), std::chrono::nanoseconds{std::chrono::seconds{1}});
        const auto until = display_.shows() && next_look_.left() < turn ? next_look_ : sys::Deadline::after(turn);
        std::vector<pollfd> entries{{STDOUT_FILENO, 0, 0}};
        if (control_) entries.push_back({control_->fd(), POLLIN, 0});
        if (sys::poll(entries, until, &signals_) == sys::Wait::done) return entries.front().revents == 0;  // nobody reads: the next step finds out
        return true;
    }

    void start() {
        started_ = true;
        progress_.restart();
        paced_since_ = 0;
    }

    void obey() {
        for (const auto& line : control_->lines()) {
            if (const auto wrong = change(line); !wrong.empty()) cli::complain(fmt::format("--control: '{}': {}", text::escape(line.substr(0, 60)), wrong));
        }
    }

    /// The answer is empty, or says what is wrong.
    std::string change(const std::string& line) {
        const auto space = line.find(' ');
        const auto what = line.substr(0, space);
        const auto value = space == std::string::npos ? std::string{} : line.substr(space + 1);
        if (what == "name") return progress_.set_name(value), std::string{};
        const bool none = what == "rate" && value == "none";
        if (!none && what != "rate" && what != "size") return "not one of: rate SIZE, rate none, size SIZE, name TEXT";
        const auto amount_now = none ? text::Parsed<Amount>{Amount{}} : Amount::parse(value);
        if (!amount_now) return amount_now.error();
        if (what == "size") {
            size_ = *amount_now;
            progress_.set_total(size_->bytes);
            return {};
        }
        rate_ = none ? std::nullopt : std::optional{*amount_now};
        // What has flowed so far counts neither for nor against the new one.
        paced_from_ = amount();
        paced_since_ = progress_.elapsed();
        return {};
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
    std::optional<Amount> size_;
    std::optional<Amount> rate_;
    std::uint64_t paced_from_ = 0;  ///< the rate's limit counts from here
    double paced_since_ = 0;
    std::optional<Control> control_;
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
    if (opt.watch && (opt.size || opt.rate || opt.name || opt.lines || opt.null || opt.from_first || opt.control))
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
    form.option("--control", &Options::control, "a FIFO: lines change --rate, --size and --name meanwhile");
    form.option("--watch", &Options::watch, "show how far a running process is in the files it has open");
    display_options(form);
    form.example("pipe meter <image | gzip >image.gz", "how far it is, how fast, and when it will be done");
    form.example("seq 9999 | pipe meter --name in | sort | pipe meter --name out >out", "a line each");
    form.example("pipe meter --json --watch $pid", "how far a running command has got in its files");
}

}  // namespace

const cli::Verb meter = cli::verb<Options, declare, run>("meter", "pass input on and show its progress");

}  // namespace tools::pipe
