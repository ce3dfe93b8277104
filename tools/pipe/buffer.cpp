// SPDX-License-Identifier: MIT
// pipe buffer: takes what comes as it comes, and passes it on as it is wanted; in between it keeps up to a given size.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

#include "cli/talk.hpp"
#include "display.hpp"
#include "ring.hpp"
#include "sys/error.hpp"
#include "sys/flow.hpp"
#include "text/number.hpp"
#include "text/size.hpp"
#include "verbs.hpp"

namespace tools::pipe {
namespace {

struct Options : DisplayOptions {
    text::SizeIn<4096, 1UL << 46> size;
    std::optional<text::Path> directory;
    std::optional<text::Number<1, 100>> high;
    std::optional<text::Number<0, 99>> low;
};

constexpr std::size_t piece = sys::Growth::largest;
constexpr auto grace = std::chrono::seconds{1};  // without any progress, after a signal

class Buffer {
public:
    Buffer(const Options& opt, sys::Signals& signals)
        : opt_(opt),
          signals_(signals),
          ring_(opt.size.bytes, opt.directory ? std::optional{opt.directory->path} : std::nullopt),
          display_(opt),
          progress_("", std::nullopt, false),
          direct_(STDIN_FILENO, STDOUT_FILENO),
          in_(sys::Stream::inherited(STDIN_FILENO, sys::Stream::Way::read)),
          out_(sys::Stream::inherited(STDOUT_FILENO, sys::Stream::Way::write)),
          high_(opt.high ? ring_.size() / 100 * opt.high->value : 0),
          low_(opt.low ? ring_.size() / 100 * opt.low->value : ring_.size()),
          writing_(high_ == 0) {}

    cli::Exit run() {
        next_look_ = sys::Deadline::after(display_.interval());
        while (!ended_ || !ring_.empty()) {
            if (next_look_.past()) look(false);
            if (signals_.caught() != 0) return interrupted();
            const bool moved = can_go_direct() ? go_direct() : turn();
            if (moved) continue;
            if (wait() == sys::Wait::interrupted) return interrupted();
        }
        look(true);
        return cli::Exit::ok;
    }

private:
    /// Nothing is kept and nothing is to be gathered: from pipe to pipe within the kernel, until the reader has enough.
    [[nodiscard]] bool can_go_direct() const { return ring_.empty() && !ended_ && high_ == 0 && !reader_is_full_; }

    bool go_direct() {
        const auto state = direct_.step();
        if (state == sys::Flow::State::failed) fail(direct_.error(), direct_.failed_writing());
        if (state == sys::Flow::State::ended) ended_ = true;
        // What it holds itself stands before all that the ring would take.
        if (state == sys::Flow::State::wants_output) reader_is_full_ = direct_.held().empty();
        return state == sys::Flow::State::moved || state == sys::Flow::State::ended || reader_is_full_;
    }

    bool turn() {
        // While the reader takes it, less comes in than goes out: what is kept gets less, until bytes can go directly again.
        const auto given = writing_ && !ring_.empty() ? empty() : 0;
        const auto most = given > 0 ? given / 2 : piece;
        bool moved = given > 0;
        if (reading_ && !ended_ && !ring_.full() && most >= PIPE_BUF) moved = fill(most) || moved;
        if (ring_.full() || ended_ || ring_.filled() >= high_) writing_ = writing_ || !ring_.empty();
        if (ring_.full() && opt_.low) reading_ = false;
        if (ring_.filled() <= low_) reading_ = true;
        if (ring_.empty()) {
            writing_ = high_ == 0;
            reader_is_full_ = false;
        }
        return moved;
    }

    bool fill(std::size_t most) {
        const auto room = ring_.room();
        const auto got = in_.read(room.first(std::min(room.size(), most)));
        if (got.error == EAGAIN) return false;
        if (got.error != 0) fail(got.error, false);
        if (got.bytes == 0) ended_ = true;
        ring_.added(got.bytes);
        read_ += got.bytes;
        (void)growth_.grow(read_, std::array{in_.fd(), out_.fd()});
        return true;
    }

    std::size_t empty() {
        const auto put = out_.write(ring_.oldest().substr(0, piece));
        if (put.error != 0 && put.error != EAGAIN) fail(put.error, true);
        ring_.taken(put.bytes);
        written_ += put.bytes;
        return put.bytes;
    }

    sys::Wait wait() {
        std::vector<pollfd> entries;
        if (can_go_direct()) {
            direct_.add_to(entries);
        } else {
            if (reading_ && !ended_ && !ring_.full()) entries.push_back({in_.fd(), POLLIN, 0});
            entries.push_back({out_.fd(), static_cast<short>(writing_ && !ring_.empty() ? POLLOUT : 0), 0});
        }
        return sys::poll(entries, display_.shows() ? next_look_ : sys::Deadline{}, &signals_);
    }

    void look(bool final) {
        next_look_ = sys::Deadline::after(display_.interval());
        if (!display_.shows()) return;
        progress_.update(delivered());
        display_.show(progress_, final);
    }

    [[nodiscard]] std::uint64_t delivered() const { return written_ + direct_.bytes_written(); }

    [[noreturn]] void fail(int error, bool writing) {
        const auto kept = ring_.filled() + direct_.held().size();
        if (writing && error == EPIPE) sys::end_by(SIGPIPE);
        if (!writing) throw sys::Error(error, fmt::format("standard input: cannot read; {} bytes were delivered, {} more were kept", delivered(), kept));
        throw sys::Error(error, fmt::format("standard output: cannot write; {} bytes were delivered, {} more were read", delivered(), kept));
    }

    /// No more is read. What is kept is still delivered, as long as somebody takes it.
    cli::Exit interrupted() {
        const int signal = sys::Signals::taken();
        (void)direct_.deliver_held(sys::Deadline::after(grace));
        while (!ring_.empty()) {
            std::array<pollfd, 1> entry{{{out_.fd(), POLLOUT, 0}}};
            if (sys::poll(entry, sys::Deadline::after(grace)) != sys::Wait::done) break;
            const auto put = out_.write(ring_.oldest().substr(0, piece));
            if (put.error != 0 && put.error != EAGAIN) break;
            ring_.taken(put.bytes);
            written_ += put.bytes;
        }
        look(true);
        if (const auto left = ring_.filled() + direct_.held().size(); left > 0)
            cli::complain(fmt::format("ended by signal {}: {} bytes read, {} delivered", signal, delivered() + left, delivered()));
        sys::end_by(signal);
        return cli::Exit::ok;
    }

    const Options& opt_;
    sys::Signals& signals_;
    Ring ring_;
    Display display_;
    Progress progress_;
    sys::Flow direct_;
    sys::Stream in_;
    sys::Stream out_;
    std::size_t high_;
    std::size_t low_;
    bool writing_;  ///< the high mark was reached, and the buffer has not been empty since
    bool reading_ = true;
    bool reader_is_full_ = false;
    bool ended_ = false;
    sys::Growth growth_;
    std::uint64_t read_ = 0;
    std::uint64_t written_ = 0;
    sys::Deadline next_look_;
};

cli::Exit run(const Options& opt) {
    if (opt.low && opt.high && opt.low->value >= opt.high->value) throw cli::Usage("--low must be below --high");
    sys::Signals signals;
    signals.listen();
    return Buffer{opt, signals}.run();
}

void declare(cli::Form<Options>& form) {
    form.operand("SIZE", &Options::size, "bytes to keep at most, 4K or more");
    form.option("--directory", &Options::directory, "keep them in a file without a name there, instead of memory");
    form.option("--high", &Options::high, "pass nothing on until it is filled to this percentage");
    form.option("--low", &Options::low, "once it is full, take nothing more until it is down to this percentage");
    display_options(form);
    form.example("tar c dir | pipe buffer 256M | gzip >dir.tgz", "the disk does not wait for the compressor");
    form.example("tar c dir | pipe buffer 20M --directory . | gzip >dir.tgz", "on disk: more than memory holds");
    form.example("tar c dir | pipe buffer 1G --high 90 --low 50 >tape", "a tape that does not stop and go");
}

}  // namespace

const cli::Verb buffer = cli::verb<Options, declare, run>("buffer", "keep what a slow reader does not want yet");

}  // namespace tools::pipe
