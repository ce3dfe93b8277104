// SPDX-License-Identifier: MIT
// fifo call: a request to fifo serve --request, and its reply.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

#include "cli/groups.hpp"
#include "cli/out.hpp"
#include "cli/place.hpp"
#include "cli/talk.hpp"
#include "path.hpp"
#include "request.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
#include "sys/poll.hpp"
#include "sys/private_directory.hpp"
#include "verbs.hpp"

namespace tools::fifo {
namespace {

struct Options : cli::WaitOptions {
    FifoPath path;
    std::vector<std::string> data;
    bool raw = false;
};

/// How a call ended, if it did.
using End = std::optional<cli::Exit>;

class Caller {
public:
    Caller(const Options& opt, const ipc::Fifo& server, sys::Signals& signals)
        : opt_(opt),
          server_(server),
          signals_(signals),
          deadline_(opt.nonblock ? sys::Deadline{} : opt.deadline()),
          directory_(foreign() ? "/tmp" : cli::runtime_directory(), std::string{private_prefix}) {}

    cli::Exit run() {
        if (const auto end = read_data()) return *end;
        if (const auto end = reach_server()) return *end;
        make_way_back();
        if (const auto end = ask()) return *end;
        return hear();
    }

    /// A signal that came: the caller's FIFOs are gone then.
    void remove() { (void)directory_.remove(); }

private:
    /// Another user serves: for that user the directory can be entered, and the names in it cannot be guessed.
    [[nodiscard]] bool foreign() const { return server_.facts().st_uid != ::geteuid(); }

    End stopped(sys::Wait how, const char* while_what) {
        if (how == sys::Wait::done) return std::nullopt;
        if (how == sys::Wait::interrupted) {
            (void)directory_.remove();
            sys::end_by(sys::Signals::taken());
            return cli::Exit::refused;
        }
        cli::complain(
            fmt::format("{}: gave up after {} while {}; {} bytes of the reply were printed", server_.name(), text::spell(*opt_.timeout), while_what, printed_));
        return opt_.gave_up();
    }

    End read_data() {
        if (!opt_.data.empty()) {
            data_ = opt_.data.front() + (opt_.raw ? "" : "\n");
        } else {
            if (::isatty(STDIN_FILENO) == 1) cli::note("reading from the terminal; end with Ctrl-D");
            std::string block(64 * 1024, '\0');
            std::array<pollfd, 1> input{{{STDIN_FILENO, POLLIN, 0}}};
            for (;;) {
                if (const auto end = stopped(sys::poll(input, deadline_, &signals_), "waiting for input")) return end;
                const auto count = sys::read_some(STDIN_FILENO, block, "standard input");
                if (count == 0) break;
                data_.append(block, 0, count);
                if (data_.size() > largest_request) break;
            }
        }
        if (data_.size() > largest_request) throw sys::Error(EMSGSIZE, "a request of over 1 GiB");
        return std::nullopt;
    }

    End reach_server() {
        auto wait = server_.open(ipc::Fifo::End::writing, request_pipe_);
        if (wait != sys::Wait::would_block) return std::nullopt;
        if (opt_.nonblock) return cli::Exit::no;
        if (deadline_.past()) return stopped(sys::Wait::gave_up, "waiting for a server");
        wait = server_.open_for_writing(request_pipe_, deadline_, signals_);
        return stopped(wait, "waiting for a server");
    }

    sys::Fd make(const std::string& name, unsigned mode, ipc::Fifo::End end) {
        const auto path = directory_.add(name);
        (void)ipc::create_fifo(path, mode, true);
        sys::Fd opened;
        (void)find({path}).open(end, opened);
        return opened;
    }

    void make_way_back() {
        request_ = {new_id(), directory_.path(), data_.size(), false};
        auto whole = request_;
        whole.attached = true;
        if (header_of(whole).size() + data_.size() <= PIPE_BUF) request_ = whole;
        if (foreign()) {
            const auto directory = sys::open(directory_.path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
            if (::fchmod(directory.get(), 0711) < 0) throw sys::Error(errno, directory_.path() + ": cannot let the server in");
        }
        reply_ = make(request_.reply(), foreign() ? 0622 : 0600, ipc::Fifo::End::reading);
        status_ = make(request_.status(), foreign() ? 0622 : 0600, ipc::Fifo::End::reading);
        // Both ends, so that it does not wait for the server, which may be gone.
        if (!request_.attached) bulk_ = make(request_.data(), foreign() ? 0644 : 0600, ipc::Fifo::End::both);
    }

    End ask() {
        const auto record = header_of(request_) + (request_.attached ? data_ : "");
        if (record.size() > PIPE_BUF) throw sys::Error(ENAMETOOLONG, directory_.path() + ": too long a path for a request");
        std::size_t written = 0;
        try {
            const auto wait = ipc::write_fifo(request_pipe_.get(), record, written, server_.name(), deadline_, signals_);
            if (request_.attached) sent_ = data_.size();
            return stopped(wait, "waiting for room");
        } catch (const sys::Error& failure) {
            if (failure.number() != EPIPE) throw;
            return server_gone();
        }
    }

    cli::Exit server_gone() {
        cli::complain(fmt::format("{}: the server is gone; {} bytes of the reply were printed, and it is not complete", server_.name(), printed_));
        return cli::Exit::gone;
    }

    /// Prints the reply as it comes, until the server has said how it ended.
    cli::Exit hear() {
        for (;;) {
            std::array<pollfd, 4> entries{{{status_.get(), POLLIN, 0},
                                           {reply_ended_ ? -1 : reply_.get(), POLLIN, 0},
                                           {request_pipe_.get(), 0, 0},
                                           {sent_ < data_.size() ? bulk_.get() : -1, POLLOUT, 0}}};
            const auto& [status, reply, server, bulk] = entries;
            if (const auto end = stopped(sys::poll(entries, deadline_, &signals_), "waiting for the reply")) return *end;
            if (bulk.revents != 0) send_more();
            if (reply.revents != 0 && status.revents == 0) {
                if (const auto end = print_reply()) return *end;
                continue;
            }
            // What the server said before it went is still to be read.
            if (status.revents != 0 || (server.revents & POLLERR) != 0) return conclude();
        }
    }

    void send_more() {
        const auto rest = std::string_view{data_}.substr(sent_);
        const auto count = ::write(bulk_.get(), rest.data(), rest.size());
        if (count > 0) sent_ += static_cast<std::size_t>(count);
        if (count < 0 && errno != EAGAIN && errno != EINTR) throw sys::Error(errno, server_.name() + ": cannot send the request");
    }

    /// One block of it; notes its end.
    End print_reply() {
        std::array<char, 64 * 1024> block;
        const auto count = ::read(reply_.get(), block.data(), block.size());
        reply_ended_ = count == 0;
        now_ = count > 0;
        if (count <= 0) return std::nullopt;
        const auto output = cli::write_out({block.data(), static_cast<std::size_t>(count)}, signals_);
        printed_ += output.written;
        if (output.error != 0) {
            (void)directory_.remove();
            cli::output_failed(output.error, signals_);
        }
        return stopped(output.wait, "printing the reply");
    }

    cli::Exit conclude() {
        std::array<char, 128> line;
        const auto count = ::read(status_.get(), line.data(), line.size());
        const auto said = count > 0 ? parse_status({line.data(), static_cast<std::size_t>(count)}, request_) : std::nullopt;
        do {
            if (const auto end = print_reply()) return *end;
        } while (now_);
        return said ? static_cast<cli::Exit>(*said) : server_gone();
    }

    const Options& opt_;
    const ipc::Fifo& server_;
    sys::Signals& signals_;
    sys::Deadline deadline_;
    sys::PrivateDirectory directory_;
    std::string data_;
    Request request_;
    sys::Fd request_pipe_;  ///< open until the end: POLLERR on it says that no server is there any more
    sys::Fd reply_;
    sys::Fd status_;
    sys::Fd bulk_;
    std::size_t sent_ = 0;
    std::uint64_t printed_ = 0;
    bool reply_ended_ = false;
    bool now_ = false;  ///< print_reply() printed something
};

cli::Exit run(const Options& opt) {
    if (opt.data.size() > 1) throw cli::Usage("one DATA only; quote what belongs together");
    if (opt.raw && opt.data.empty()) throw cli::Usage("--raw sends DATA with nothing behind it; standard input is sent as it is");
    (void)opt.deadline();  // -t and -n together are refused before anything is made
    const auto server = find(opt.path, "serve --request");
    sys::Signals signals;
    return Caller{opt, server, signals}.run();
}

void declare(cli::Form<Options>& form) {
    form.operand("FIFO", &Options::path, "where fifo serve --request listens");
    form.operands("DATA", &Options::data, 0, "the request, with a newline behind it; none: all of standard input");
    form.option("--raw", &Options::raw, "send nothing behind DATA");
    cli::wait_options(form);
    form.example("fifo call sum '2 + 3'", "prints the reply; the status is that of the command");
    form.example("fifo call sum -t 5s < problem", "all of a file is one request");
    form.example("fifo call sum -n '1 + 1'", "status 1 when nobody serves");
}

}  // namespace

const cli::Verb call = cli::verb<Options, declare, run>("call", "send a request, print the reply");

}  // namespace tools::fifo
