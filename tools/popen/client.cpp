// SPDX-License-Identifier: MIT
#include "client.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/out.hpp"
#include "cli/talk.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
#include "sys/poll.hpp"
#include "sys/signals.hpp"
#include "sys/stream.hpp"
#include "text/signal.hpp"

namespace tools::popen {
namespace {

using namespace std::chrono_literals;
using Result = Answer::Result;

constexpr std::size_t block = 64 * 1024;
constexpr std::size_t most_in_hand = 256 * 1024;

sys::Fd reach(const Name& name) {
    const auto registry = Registry::open(false);
    auto fd = registry.connect(name.name);
    if (fd) return fd;
    if (errno == ENOENT) throw sys::Error(ENOENT, fmt::format("{}: no coprocess of this name", name.name), "popen ls lists them, popen start makes one");
    if (errno == ECONNREFUSED) {
        registry.clean(name.name);
        throw sys::Error(EOWNERDEAD, fmt::format("{}: the process that kept it was killed, and the command's status is lost", name.name),
                         "its name is free again");
    }
    throw sys::Error(errno, fmt::format("{}: cannot reach it", name.name));
}

/// One request from its first byte to its answer.
class Call {
public:
    Call(const Name& name, const Input& input, char separator) : name_(name.name), keeper_(sys::Stream::own(reach(name))), separator_(separator) {
        from_stdin_ = input.from_stdin;
        if (from_stdin_) stdin_ = sys::Stream::inherited(STDIN_FILENO, sys::Stream::Way::read);
        for (const auto& line : input.lines) {
            add_frame(to_keeper_, Kind::data, line + separator);
            given_ += line.size() + 1;
        }
        output_ = sys::Stream::inherited(STDOUT_FILENO, sys::Stream::Way::write);
    }

    Answer run(const Request& request, const std::string& marker, sys::Deadline deadline) {
        asks_ = request.act == Request::Act::ask;
        std::string first;
        add_frame(first, Kind::request, packed(request, marker));
        to_keeper_.insert(0, first);
        if (!stdin_) add_frame(to_keeper_, Kind::end, {});
        while (!answer_ || !pending_.empty()) {
            const auto wait = wait_once(cancelled_ ? leave_by_ : deadline);
            if (wait == sys::Wait::done) continue;
            if (wait == sys::Wait::interrupted) signal_ = signals_.caught(), sys::Signals::forget(signal_);
            if (cancelled_ || answer_) break;
            cancel();
        }
        set_back_input();
        if (send_error_ != 0) throw sys::Error(send_error_, told_of("the process that keeps it cannot be written to"));
        if (output_error_ != 0) {
            cli::complain(fmt::format("{} bytes of the reply were taken and not delivered", undelivered_));
            signals_.release();
            throw cli::OutputError{output_error_};
        }
        if (!pending_.empty()) {
            cli::complain(fmt::format("{} bytes of the reply were taken and not delivered", pending_.size()));
            if (answer_) answer_->result = Result::cancelled;
        }
        if (signal_ != 0) {
            if (answer_ && answer_->given != 0 && request.act != Request::Act::close)
                cli::complain(fmt::format("ended by signal {}: {} of {} bytes were written", text::spell({signal_}), answer_->written, answer_->given));
            sys::end_by(signal_);
        }
        if (!answer_) throw sys::Error(EOWNERDEAD, told_of("the process that keeps it does not answer"));
        return *answer_;
    }

private:
    /// What the command did not take is there for the next reader of the input, if it is a file.
    void set_back_input() {
        if (!from_stdin_ || !answer_ || answer_->written >= given_ - added_) return;
        const auto left = given_ - added_ - answer_->written;
        if (::lseek(STDIN_FILENO, -static_cast<off_t>(left), SEEK_CUR) >= 0) cli::note("the input stands behind what was written");
    }

    [[nodiscard]] std::string told_of(std::string_view trouble) const {
        if (given_ == 0) return fmt::format("{}: {}", name_, trouble);
        if (answer_) return fmt::format("{}: {}; {} of {} bytes were written", name_, trouble, answer_->written, given_);
        return fmt::format("{}: {}; how many of {} bytes were written is not known", name_, trouble, given_);
    }

    sys::Wait wait_once(const sys::Deadline& deadline) {
        std::vector<pollfd> entries{{keeper_.fd(), 0, 0}, {output_.fd(), 0, 0}, {-1, POLLIN, 0}};
        if (!answer_ && pending_.size() < most_in_hand) entries[0].events |= POLLIN;
        if (!to_keeper_.empty()) entries[0].events |= POLLOUT;
        if (answer_) entries[0].fd = -1;
        if (!pending_.empty()) entries[1].events = POLLOUT;
        if (pending_.empty()) entries[1].fd = -1;
        if (stdin_ && !answer_ && !cancelled_ && to_keeper_.size() < block) entries[2].fd = stdin_.fd();
        const auto wait = sys::poll(entries, deadline, &signals_);
        if (wait != sys::Wait::done) return wait;
        if (entries[2].revents != 0) read_input();
        if (!to_keeper_.empty()) send();
        if ((entries[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) receive();
        if (!pending_.empty()) print();
        return wait;
    }

    void read_input() {
        std::string bytes(block, '\0');
        const auto [count, error] = stdin_.read(bytes);
        if (error == EAGAIN) return;
        if (error != 0) throw sys::Error(error, "standard input: cannot read");
        given_ += count;
        if (count != 0) {
            last_ = bytes[count - 1];
            return add_frame(to_keeper_, Kind::data, std::string_view{bytes}.substr(0, count));
        }
        if (asks_ && given_ > 0 && last_ != separator_) {
            // A question without its end would wait for the next caller's.
            add_frame(to_keeper_, Kind::data, {&separator_, 1});
            ++given_, ++added_;
        }
        add_frame(to_keeper_, Kind::end, {});
        stdin_ = {};
    }

    void send() {
        const auto [count, error] = keeper_.write(to_keeper_);
        if (error == 0) to_keeper_.erase(0, count), sent_ = true;
        if (error == 0 || error == EAGAIN) return;
        to_keeper_.clear();  // what it said before it went is still to be read
        if (error == EPIPE) return;
        send_error_ = error;
        cancel();
    }

    void receive() {
        std::string bytes(block, '\0');
        const auto [count, error] = keeper_.read(bytes);
        if (error == EAGAIN) return;
        if (count == 0) throw sys::Error(EOWNERDEAD, told_of("the process that keeps it has ended"));
        from_keeper_.append(bytes, 0, count);
        bool wrong = false;
        while (const auto frame = wrong ? std::nullopt : take_frame(from_keeper_, wrong)) {
            if (frame->kind == Kind::output && output_error_ == 0) pending_ += frame->payload;
            if (frame->kind == Kind::output && output_error_ != 0) undelivered_ += frame->payload.size();
            if (frame->kind == Kind::error) (void)sys::write_all(STDERR_FILENO, frame->payload);
            if (frame->kind == Kind::answer) wrong = !take_answer(frame->payload);
        }
        if (wrong) throw sys::Error(EPROTO, told_of("the process that keeps it is another version"));
    }

    bool take_answer(std::string_view payload) {
        if (!unpack(payload, answer_.emplace())) return false;
        answer_->given = given_;
        to_keeper_.clear();
        return true;
    }

    void print() {
        const auto [count, error] = output_.write(pending_);
        if (error == 0) pending_.erase(0, count);
        if (error == 0 || error == EAGAIN) return;
        output_error_ = error;
        undelivered_ = pending_.size();
        pending_.clear();
        if (!answer_ && !cancelled_) cancel();
    }

    /// The keeper is told, so that it can say how far it came.
    void cancel() {
        cancelled_ = true;
        if (!sent_) {
            answer_.emplace().result = Result::cancelled;
            answer_->given = given_;
            return;
        }
        leave_by_ = sys::Deadline::after(2s);
        (void)::shutdown(keeper_.fd(), SHUT_WR);  // data before it may never be read
        to_keeper_.clear();
        stdin_ = {};
    }

    std::string name_;
    sys::Signals signals_;
    sys::Stream keeper_, output_, stdin_;
    std::string to_keeper_, from_keeper_, pending_;
    std::optional<Answer> answer_;
    char separator_;
    char last_ = '\0';  ///< of what was read; a last line without its end is no line yet
    bool asks_ = false;
    std::uint64_t added_ = 0;  ///< bytes that were not in the input
    bool from_stdin_ = false;
    bool sent_ = false;
    int send_error_ = 0;
    std::uint64_t undelivered_ = 0;
    bool cancelled_ = false;
    sys::Deadline leave_by_;
    int signal_ = 0;
    int output_error_ = 0;
    std::uint64_t given_ = 0;
};

}  // namespace

Request reply_request(Request::Act act, const ReplyOptions& opt, std::string& marker) {
    if (opt.lines.has_value() + opt.until.has_value() + opt.prompt.has_value() + opt.quiet.has_value() + opt.idle > 1) {
        throw cli::Usage("--lines, --until, --prompt, --quiet-time and --idle exclude each other");
    }
    Request request;
    request.act = act;
    request.separator = opt.null ? '\0' : '\n';
    request.nonblock = opt.nonblock;
    if (opt.lines) request.count = opt.lines->value;
    if (opt.until) request.until = Request::Until::marker, marker = *opt.until;
    if (opt.prompt) request.until = Request::Until::prompt, marker = *opt.prompt;
    if (opt.prompt && marker.empty()) throw cli::Usage("--prompt: an empty text is everywhere");
    if (opt.until && marker.contains(request.separator)) throw cli::Usage("--until: a line holds no newline");
    if (opt.quiet) request.until = Request::Until::quiet, request.quiet = opt.quiet->length.count();
    if (opt.idle) request.until = Request::Until::idle;
    return request;
}

Answer call(const Name& name, const Request& request, const std::string& marker, const Input& input, const sys::Deadline& deadline) {
    return Call{name, input, request.separator}.run(request, marker, deadline);
}

cli::Exit told(const Name& name, const Answer& answer, const cli::WaitOptions& opt) {
    switch (answer.result) {
        case Result::done: return cli::Exit::ok;
        case Result::nothing:
        case Result::busy: return cli::Exit::no;
        case Result::ended: {
            const auto how = !answer.has_status   ? std::string{"closed its input or output"}
                             : answer.signal != 0 ? fmt::format("was ended by signal {}", text::spell({answer.signal}))
                                                  : fmt::format("ended with status {}", answer.status);
            cli::complain(fmt::format("{}: the command {}", name.name, how));
            if (answer.given != answer.written) cli::complain(fmt::format("{}: {} of {} bytes were written", name.name, answer.written, answer.given));
            return cli::Exit::gone;
        }
        case Result::refused:
            cli::complain(
                fmt::format("{}: a line over 4095 bytes is more than a terminal takes; {} of {} bytes were written", name.name, answer.written, answer.given));
            return cli::Exit::refused;
        case Result::full:
            cli::complain(fmt::format("{}: it waits until its output is read, and takes nothing before that; {} of {} bytes were written", name.name,
                                      answer.written, answer.given));
            cli::hint(fmt::format("popen read -n --all {} takes what it has said", name.name));
            return cli::Exit::refused;
        case Result::cancelled: break;
    }
    if (!opt.nonblock) {
        const auto written = answer.given != 0 ? fmt::format("; {} of {} bytes were written", answer.written, answer.given) : std::string{};
        cli::complain(fmt::format("{}: gave up after {}{}", name.name, text::spell(*opt.timeout), written));
    }
    return opt.gave_up();
}

std::optional<std::string> describe(const sys::Fd& keeper) {
    std::string bytes;
    add_frame(bytes, Kind::request, packed(Request{}, {}));
    if (sys::write_all(keeper.get(), bytes).error != 0) return std::nullopt;
    const auto deadline = sys::Deadline::after(1s);
    std::string came;
    std::string block_of_bytes(block, '\0');
    for (bool wrong = false; !wrong;) {
        pollfd entry{keeper.get(), POLLIN, 0};
        if (sys::poll({&entry, 1}, deadline, nullptr) != sys::Wait::done) break;
        const auto count = ::read(keeper.get(), block_of_bytes.data(), block_of_bytes.size());
        if (count <= 0) break;
        came.append(block_of_bytes, 0, static_cast<std::size_t>(count));
        if (auto frame = take_frame(came, wrong); frame && frame->kind == Kind::text) return std::move(frame->payload);
    }
    return std::nullopt;
}

}  // namespace tools::popen
