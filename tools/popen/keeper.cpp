// SPDX-License-Identifier: MIT
#include "keeper.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "cli/json.hpp"
#include "registry.hpp"
#include "sys/poll.hpp"
#include "text/signal.hpp"

namespace tools::popen {
namespace {

using namespace std::chrono_literals;
using Act = Request::Act;
using Result = Answer::Result;

constexpr std::size_t output_limit = 1 << 20;   // then the command waits
constexpr std::size_t error_limit = 64 * 1024;  // then the oldest goes
constexpr std::size_t caller_limit = 256 * 1024;
constexpr std::size_t most_callers = 256;  // more wait to be let in
constexpr auto grace = 2s;

/// SIGCHLD may be ignored where we were started, and then no status would be told.
sys::Signals& listening(sys::Signals& signals) {
    signals.listen();
    return signals;
}

}  // namespace

Keeper::Keeper(KeeperSetup setup)
    : setup_(std::move(setup)),
      signals_{SIGCHLD},
      command_({setup_.command, setup_.merge, setup_.pty}, listening(signals_).outside()),
      listen_(KeeperSetup::listen_fd),
      life_(setup_.lives_with != 0 ? KeeperSetup::life_fd : -1),
      directory_(KeeperSetup::directory_fd) {}

void Keeper::run() {
    while (!(command_.ended() && (collected_ || dying_) && std::ranges::all_of(callers_, [](const Caller& caller) { return caller.out.empty(); }))) wait_once();
    free_name();
}

void Keeper::free_name() {
    if (!std::exchange(named_, false)) return;
    const RegistryLock lock{directory_.get()};
    (void)::unlinkat(directory_.get(), setup_.name.c_str(), 0);
}

bool Keeper::output_is_full() const { return fresh_.size() + unread_.size() >= output_limit; }

bool Keeper::all_fed() const {
    if (serving_ && serving_->act == Act::read) return true;
    return feed_.size() == owed_ && (!current_ || current_->input_ended);
}

bool Keeper::room(const Caller& caller) const {
    return caller.held.size() < output_limit + longest_frame && (&caller != current_ || feed_.size() < longest_frame);
}

void Keeper::wait_once() {
    std::vector<pollfd> entries{{callers_.size() < most_callers ? listen_.get() : -1, POLLIN, 0}};
    if (life_ && !dying_) entries.push_back({life_.get(), POLLIN, 0});
    const bool to_write = !feed_.empty() || (serving_ && serving_->act == Act::close);
    command_.add_entries(entries, to_write, !output_is_full() && (!current_ || current_->out.size() < caller_limit));
    for (auto& caller : callers_) {
        caller.slot = entries.size();
        entries.push_back({caller.stream.fd(), caller.events(room(caller)), 0});
    }
    auto until = quiet_.left() < look_again_.left() ? quiet_ : look_again_;
    for (const auto& other : {kill_at_, end_comes_}) {
        if (other.left() < until.left()) until = other;
    }
    const auto wait = sys::poll(entries, until, &signals_);
    if (!kill_at_.never() && kill_at_.past()) command_.signal(SIGKILL), kill_at_ = {};
    for (int signal = signals_.caught(); signal != 0; signal = sys::Signals::taken()) {
        sys::Signals::forget(signal);
        if (signal != SIGCHLD) end_life();
    }
    if (wait == sys::Wait::done) {
        if (entries[0].revents != 0) accept_caller();
        if (life_ && !dying_ && entries[1].revents != 0) end_life();
        for (auto& caller : callers_) {
            const int told = caller.slot != 0 ? entries[caller.slot].revents : 0;
            if ((told & POLLIN) != 0 && caller.listen()) enter(caller);
            if ((told & POLLRDHUP) != 0) cancel(caller);
            if ((told & (POLLHUP | POLLERR)) != 0) caller.gone = true;
        }
    }
    feed();
    read_errors();
    read_output();
    if (command_.look_for_end()) {
        kill_at_ = {};
        read_errors();
        read_output();
    }
    serve();
    for (auto& caller : callers_) caller.speak();
    drop_gone();
}

// --- callers ---

void Keeper::accept_caller() {
    if (auto stream = Caller::accept(listen_.get())) callers_.emplace_back().stream = std::move(stream);
}

/// What must not wait is answered at once; the others stand in line.
void Keeper::enter(Caller& caller) {
    const auto& request = *caller.request;
    if (request.act == Act::stat) {
        caller.tell(Kind::text, describe());
        return answer(caller, Result::done);
    }
    if (request.act == Act::signal || (request.act == Act::close && request.signal != 0)) {
        command_.signal(request.signal);
        if (request.act == Act::signal) return answer(caller, command_.ended() ? Result::ended : Result::done);
    }
    if (request.act == Act::close && abandoned_) {
        // Nobody is left to be given the rest of that reply.
        owed_ = feed_.size();
        settle();
    }
    if (request.nonblock && (serving_ || !waiting_.empty())) return answer(caller, Result::busy);
    waiting_.push_back(&caller);
}

void Keeper::cancel(Caller& caller) {
    caller.gone = caller.gone || !caller.request;
    if (caller.answered || caller.gone) return;
    std::erase(waiting_, &caller);
    if (&caller == current_) abandon();
    answer(caller, Result::cancelled);
}

/// Whole lines only, as long as more may come: if the caller leaves, the command has no half of one.
void Keeper::admit(Caller& caller) {
    auto ready = caller.held.size();
    if (!caller.input_ended && ready < output_limit) {
        const auto last = caller.held.rfind(serving_->separator);
        ready = last == std::string::npos ? 0 : last + 1;
    }
    feed_.append(caller.held, 0, ready);
    caller.held.erase(0, ready);
}

void Keeper::answer(Caller& caller, Result result) {
    if (!errors_.empty() && caller.request->act != Act::stat && caller.request->act != Act::signal) {
        caller.tell(Kind::error, errors_);
        errors_.clear();
    }
    Answer answer;
    answer.result = result;
    answer.written = caller.fed;
    const auto& ended = command_.ended();
    answer.has_status = ended.has_value();
    if (ended) answer.status = ended->status, answer.signal = ended->signal;
    caller.tell(Kind::answer, packed(answer));
    caller.answered = true;
}

void Keeper::drop_gone() {
    for (auto at = callers_.begin(); at != callers_.end();) {
        if (!at->gone) {
            ++at;
            continue;
        }
        std::erase(waiting_, &*at);
        if (&*at == current_) abandon();
        at = callers_.erase(at);
    }
}

// --- the one that is served ---

void Keeper::serve() {
    for (;;) {
        if (!serving_ && !waiting_.empty()) begin();
        if (!serving_) return;
        if (current_) admit(*current_);
        feed();
        if (!serving_) continue;
        if (serving_->act == Act::close) {
            serve_close();
        } else if (serving_->act == Act::write) {
            if (!all_fed() && !command_.takes_input()) {
                if (has_ended()) finish(Result::ended);
            } else if (all_fed()) {
                finish(Result::done);
            } else if (output_is_full() && !feed_.empty()) {
                wait_for_reader();
            }
        } else {
            serve_reply();
        }
        if (serving_) return;
    }
}

/// Nobody can be let read before a write is over: one that has to wait for that ends.
void Keeper::wait_for_reader() {
    if (!command_.waits_for_reader()) {
        look_again_ = sys::Deadline::after(50ms);
        return;
    }
    if (current_) {
        auto& writer = *current_;
        abandon();
        answer(writer, Result::full);
    }
    if (!serving_) return;
    owed_ = feed_.size();
    settle();
}

void Keeper::begin() {
    current_ = waiting_.front();
    waiting_.pop_front();
    serving_ = current_->request;
    reply_ = Reply{*serving_, current_->marker};
    reply_bytes_ = 0;
    if (serving_->act == Act::ask) {
        // What was said before the question is no answer to it; `read` has it.
        read_output();
        unread_ += fresh_;
        fresh_.clear();
    } else if (serving_->act == Act::read || serving_->act == Act::close) {
        fresh_.insert(0, unread_);
        unread_.clear();
    }
}

/// A command that closes its streams most often ends in that moment, and how it ended is worth a moment's waiting.
bool Keeper::has_ended() {
    if (!command_.ended() && end_comes_.never()) end_comes_ = sys::Deadline::after(100ms);
    return command_.ended() || end_comes_.past();
}

void Keeper::pass(std::string_view bytes) {
    if (bytes.empty()) return;
    reply_bytes_ += bytes.size();
    if (current_) {
        current_->tell(Kind::output, bytes);
    } else {
        discarded_ += bytes.size();
    }
}

void Keeper::serve_reply() {
    const bool asked = serving_->act == Act::ask;
    read_output();
    if (serving_->nonblock && !asked && serving_->until != Request::Until::end) {
        auto look = reply_;
        if (!look.cut(fresh_, !command_.has_output()).complete && (serving_->until != Request::Until::quiet || fresh_.empty())) return finish(Result::nothing);
    }
    if (asked && !command_.takes_input() && !all_fed() && has_ended()) return finish(Result::ended);
    const auto cut = reply_.cut(fresh_, !command_.has_output());
    const bool came = cut.give != 0;
    pass(std::string_view{fresh_}.substr(0, cut.give));
    fresh_.erase(0, cut.give + cut.skip);
    if (cut.complete && all_fed()) return finish(Result::done);
    if (!command_.has_output()) {
        if (has_ended()) finish(Result::ended);
        return;
    }
    if (serving_->nonblock && !asked) return finish(reply_bytes_ == 0 ? Result::nothing : Result::done);
    if (serving_->until == Request::Until::idle || abandoned_) return serve_until_idle(came);
    if (serving_->until != Request::Until::quiet || (asked && !all_fed())) return;
    if (came || quiet_.never()) quiet_ = sys::Deadline::after(std::chrono::nanoseconds{serving_->quiet});
    if (quiet_.past()) finish(reply_bytes_ == 0 ? Result::nothing : Result::done);
}

/// Nothing tells that a process begins to wait: it is looked at after every output, and less and less often without any.
void Keeper::serve_until_idle(bool came) {
    constexpr std::chrono::nanoseconds soon = 500us;
    constexpr std::chrono::nanoseconds seldom = 50ms;
    if (!all_fed()) return;
    if (came || look_again_.never()) {
        look_in_ = soon;
    } else if (!look_again_.past()) {
        return;
    }
    look_again_ = sys::Deadline::after(look_in_);
    look_in_ = std::min(look_in_ * 2, seldom);
    if (!command_.waits_for_input()) return;
    // What it said before it began to wait is in the pipe by now.
    read_output();
    if (serving_->until == Request::Until::idle || abandoned_) pass(fresh_), fresh_.clear();
    finish(Result::done);
}

void Keeper::serve_close() {
    if (feed_.empty()) command_.end_input();
    pass(fresh_);
    fresh_.clear();
    if (!command_.ended() || command_.has_output()) {
        if (serving_->nonblock) finish(Result::nothing);
        return;
    }
    collected_ = current_ != nullptr;
    if (collected_) free_name();  // before the answer: whoever has it may start another of that name
    finish(Result::done);
}

void Keeper::finish(Result result) {
    read_errors();  // what it said before the end of its reply belongs to it
    if (current_) answer(*current_, result);
    current_ = nullptr;
    // What was not taken is nobody's, its caller has been told how much was; but a line is completed.
    feed_.resize(std::min(owed_, feed_.size()));
    settle();
}

void Keeper::settle() {
    unread_ += fresh_;
    fresh_.clear();
    abandoned_ = false;
    serving_.reset();
    quiet_ = look_again_ = end_comes_ = {};
}

/// Its caller left. A request that was begun is carried through, so that the next reply is not the answer to this one: the
/// line at hand is completed if all of it came, and the reply is thrown away.
void Keeper::abandon() {
    const bool begun = current_->fed != 0;
    if (begun && command_.in_line(serving_->separator)) {
        const auto end = feed_.find(serving_->separator);
        if (end != std::string::npos) feed_.resize(end + 1);
        current_->fed += feed_.size();
    } else {
        feed_.resize(owed_);  // the line of one who left before
    }
    current_ = nullptr;
    abandoned_ = (serving_->act == Act::ask && begun) || feed_.size() > owed_;
    if (!abandoned_) settle();
}

// --- the command ---

void Keeper::feed() {
    const auto fed = command_.feed(feed_);
    const auto owed = std::min(owed_, fed.count);
    owed_ -= owed;
    if (current_) current_->fed += fed.count - owed;
    if (fed.refused) {
        if (current_) finish(Result::refused);
        feed_.clear();
        owed_ = 0;
    }
    command_.look_at_input();
}

void Keeper::read_output() {
    while (!output_is_full() && command_.read_output(serving_ ? fresh_ : unread_) != 0) {
        if (current_ && fresh_.size() >= caller_limit) return;
    }
}

void Keeper::read_errors() {
    while (command_.read_errors(errors_) != 0) {
        if (errors_.size() <= error_limit) continue;
        discarded_ += errors_.size() - error_limit;
        errors_.erase(0, errors_.size() - error_limit);
    }
    if (current_ && !errors_.empty()) {
        current_->tell(Kind::error, errors_);
        errors_.clear();
    }
}

void Keeper::end_life() {
    if (dying_) return;
    dying_ = true;
    command_.signal(SIGTERM);
    command_.signal(SIGCONT);
    kill_at_ = sys::Deadline::after(grace);
}

std::string Keeper::describe() const {
    const auto& ended = command_.ended();
    const bool busy = serving_.has_value();
    cli::List command;
    for (const auto& word : setup_.command) command.emplace_back(word);
    const auto after = std::chrono::duration<double>(started_.time_since_epoch()).count();
    return cli::to_json(cli::Object{
        {"name", setup_.name},
        {"state", ended        ? "ended"
                  : abandoned_ ? "settling"
                  : busy       ? "busy"
                               : "idle"},
        {"pid", command_.pid()},
        {"status", ended ? cli::Value{ended->status} : cli::Value{nullptr}},
        {"signal", ended && ended->signal != 0 ? cli::Value{text::spell({ended->signal})} : cli::Value{nullptr}},
        {"waiting", waiting_.size()},
        {"unread", unread_.size() + (busy ? 0 : fresh_.size())},
        {"bytes_in", command_.bytes_in()},
        {"bytes_out", command_.bytes_out()},
        {"discarded", discarded_},
        {"keeper", ::getpid()},
        {"lives_with", setup_.lives_with != 0 ? cli::Value{setup_.lives_with} : cli::Value{nullptr}},
        {"terminal", setup_.pty},
        {"started", static_cast<std::int64_t>(after)},
        {"command", command},
    });
}

}  // namespace tools::popen
