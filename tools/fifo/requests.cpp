// SPDX-License-Identifier: MIT
// requests: serve --request: takes requests out of the FIFO, gives each to a run of the command, and sends the reply back.
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <algorithm>
#include <list>
#include <memory>

#include "cli/talk.hpp"
#include "command.hpp"
#include "request.hpp"
#include "server.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
#include "sys/poll.hpp"

namespace tools::fifo {
namespace {

/// A request on its way to the command: its data come to rest in a file without a name, so that no run begins with half of them.
struct Pending {
    Request request;
    WayBack way;
    sys::Fd input;
    std::uint64_t received = 0;
};

void add(Pending& pending, std::string_view bytes) {
    if (const auto written = sys::write_all(pending.input.get(), bytes); written.error != 0) throw sys::Error(written.error, "cannot keep a request");
    pending.received += bytes.size();
}

class Requests : public Server {
public:
    using Server::Server;

private:
    /// Both ends: the FIFO has a reader as long as we live, and no end when a caller goes.
    void begin() override {
        sys::Fd both;
        (void)fifo_->open(ipc::Fifo::End::both, both);
        reader_.emplace(std::move(both), fifo_->name());
    }

    [[nodiscard]] bool busy() const override { return !pending_.empty(); }
    [[nodiscard]] bool may_take() const { return may_begin() && jobs_.size() + pending_.size() < opt_.jobs.value; }

    sys::Wait serve_next() override {
        if (may_take() && opt_.nonblock && pending_.empty() && reader_->state() != ipc::FifoReader::State::data) return sys::Wait::would_block;
        std::vector<pollfd> entries{{may_take() ? reader_->fd() : -1, POLLIN, 0}};
        for (const auto& pending : pending_) entries.push_back({pending.way.data.get(), POLLIN, 0});
        if (const auto wait = wait_for_jobs(std::move(entries)); wait == sys::Wait::interrupted) return wait;
        receive();
        if (!may_take() || reader_->state() != ipc::FifoReader::State::data) return sys::Wait::done;
        if (const auto wait = reader_->lock({}, signals_); wait != sys::Wait::done) return wait;
        take_one();
        reader_->unlock();
        return sys::Wait::done;
    }

    /// The way back is opened before the request is taken: at each moment it is in the FIFO, or the caller sees when we are gone.
    void take_one() {
        const auto seen = reader_->look();
        if (seen.empty()) return;
        const auto found = find_request(seen);
        if (!found) {
            const auto length = length_of_rubbish(seen);
            cli::complain(fmt::format("{}: {} bytes that are no request were thrown away: {}", fifo_->name(), length, found.error()));
            return reader_->take(length);
        }
        const std::string data{seen.substr(found->header, found->whole() - found->header)};
        std::optional<WayBack> way;
        try {
            way = open_way_back(found->request);
            if (!way) cli::note(fmt::format("{}: a request whose caller is gone was thrown away", fifo_->name()));
        } catch (const sys::Error& failure) {
            cli::complain(fmt::format("{}: a request was thrown away: {}", fifo_->name(), failure.what()));
        }
        reader_->take(found->whole());
        if (way) take_on(found->request, std::move(*way), data);
    }

    void take_on(const Request& request, WayBack way, std::string_view data) {
        ++begun_;
        Pending pending{request, std::move(way), sys::Fd{::memfd_create("request", MFD_CLOEXEC)}};
        if (!pending.input) throw sys::Error(errno, "cannot make a file for a request");
        add(pending, data);
        if (pending.received < request.size) {
            pending_.push_back(std::move(pending));
        } else {
            start(std::move(pending));
        }
    }

    void receive() {
        std::array<char, 64 * 1024> block;
        for (auto at = pending_.begin(); at != pending_.end();) {
            const auto most = std::min<std::uint64_t>(block.size(), at->request.size - at->received);
            const auto count = ::read(at->way.data.get(), block.data(), most);
            if (count > 0) add(*at, {block.data(), static_cast<std::size_t>(count)});
            const bool gone = count == 0;
            if (gone) cli::note(fmt::format("{}: a caller went after {} of its {} bytes", fifo_->name(), at->received, at->request.size));
            if (!gone && at->received < at->request.size) {
                ++at;
                continue;
            }
            if (!gone) start(std::move(*at));
            at = pending_.erase(at);
        }
    }

    void start(Pending pending) {
        (void)::lseek(pending.input.get(), 0, SEEK_SET);
        auto made = spawn();
        made.environment.push_back("MOREIPC_REQUEST=" + pending.request.id);
        made.descriptors = {{pending.input.get(), STDIN_FILENO}, {pending.way.reply.get(), STDOUT_FILENO}};
        // std::function wants to copy what it holds.
        const auto status = std::make_shared<sys::Fd>(std::move(pending.way.status));
        const auto answer = [name = fifo_->name(), request = pending.request, status](int number) {
            if (number == static_cast<int>(cli::Exit::gave_up)) cli::note(fmt::format("{}: a run took too long and was ended, or its status is 124", name));
            const auto written = sys::write_all(status->get(), status_line(request, number));
            if (written.error != 0) cli::note(fmt::format("{}: a caller went before its reply was complete", name));
        };
        try {
            jobs_.start(std::move(made), answer);
        } catch (const sys::Error& failure) {
            answer(static_cast<int>(cannot_run(failure.number(), failure.what())));
        }
    }

    std::optional<ipc::FifoReader> reader_;
    std::list<Pending> pending_;
};

}  // namespace

cli::Exit serve_requests(const ServeOptions& opt) {
    Requests server{opt};
    return server.run();
}

}  // namespace tools::fifo
