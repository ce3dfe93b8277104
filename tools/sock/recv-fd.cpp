// SPDX-License-Identifier: MIT
// sock recv-fd: gets open descriptors over a unix socket, and becomes the command that uses them.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "cli/groups.hpp"
#include "cli/ready.hpp"
#include "cli/talk.hpp"
#include "ipc/listener.hpp"
#include "rights.hpp"
#include "sys/child.hpp"
#include "sys/error.hpp"
#include "sys/poll.hpp"
#include "text/mode.hpp"
#include "text/number.hpp"
#include "verbs.hpp"

namespace tools::sock {
namespace {

struct Options : cli::WaitOptions, cli::ReadyOptions {
    ipc::Address address;
    std::vector<std::string> command;
    std::optional<text::Number<1, most_descriptors>> count;
    std::optional<text::Number<0, 1024>> at;
    std::optional<text::Mode> mode;

    [[nodiscard]] int first() const { return at ? static_cast<int>(at->value) : 3; }
};

class Receiver {
public:
    explicit Receiver(const Options& opt) : opt_(opt), deadline_(opt.deadline()) {}

    cli::Exit run() {
        auto wait = bind();
        while (wait == sys::Wait::done && descriptors_.size() < wanted()) wait = receive();
        bound_.remove();
        if (wait == sys::Wait::interrupted) {
            const int signal = sys::Signals::taken();
            signals_.release();
            sys::end_by(signal);
        }
        if (wait != sys::Wait::done) return opt_.gave_up();
        hand_over();
        signals_.release();
        try {
            sys::become(opt_.command);
        } catch (const sys::Error& failure) {
            cli::complain(failure.what());
            return cli::exit_for_start(failure.number());
        }
    }

private:
    [[nodiscard]] std::size_t wanted() const { return opt_.count ? opt_.count->value : 1; }

    sys::Wait bind() {
        if (opt_.address.kind == ipc::Address::Kind::descriptor) {
            socket_ = sys::duplicate(opt_.address.descriptor, fmt::format("{}: cannot use", opt_.address.spelled()));
            return sys::Wait::done;
        }
        const bool datagrams = opt_.address.kind == ipc::Address::Kind::unix_datagram;
        ipc::ListenSettings settings;
        if (opt_.mode) settings.mode = opt_.mode->applied_to(text::Mode::private_bits);
        bound_ = ipc::BoundUnix{opt_.address, settings, datagrams ? std::nullopt : std::optional{1}, signals_};
        opt_.tell_ready();
        if (datagrams) {
            socket_ = sys::duplicate(bound_.socket().get());
            return sys::Wait::done;
        }
        std::array<pollfd, 1> entry{{{bound_.socket().get(), POLLIN, 0}}};
        while (!socket_) {
            if (const auto wait = sys::poll(entry, deadline_, &signals_); wait != sys::Wait::done) return wait;
            socket_ = ipc::Listener::accept(bound_.socket().get());
        }
        return sys::Wait::done;
    }

    sys::Wait receive() {
        Received received;
        const auto wait = receive_descriptors(socket_.get(), deadline_, signals_, received);
        if (wait != sys::Wait::done) return wait;
        if (received.ended)
            throw sys::Error(ECONNRESET,
                             fmt::format("{}: the other side has closed; {} of {} descriptors came", opt_.address.spelled(), descriptors_.size(), wanted()));
        for (auto& descriptor : received.descriptors) descriptors_.push_back(std::move(descriptor));
        return wait;
    }

    /// They get their numbers, and are inherited; everything else of ours is closed by the exec.
    void hand_over() {
        const auto first = opt_.first();
        const auto last = first + static_cast<int>(descriptors_.size());
        // Out of the way of each other first.
        for (auto& descriptor : descriptors_) {
            if (descriptor.get() >= last) continue;
            descriptor = sys::Fd{::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, last)};
            if (!descriptor) throw sys::Error(errno, fmt::format("cannot give the descriptors the numbers from {} on", first));
        }
        for (std::size_t at = 0; at < descriptors_.size(); ++at) {
            const int number = first + static_cast<int>(at);
            if (::dup3(descriptors_[at].get(), number, O_CLOEXEC) < 0 || ::fcntl(number, F_SETFD, 0) < 0)
                throw sys::Error(errno, fmt::format("cannot give a descriptor the number {}", number));
        }
        // What sd_listen_fds(3) asks for; it counts from 3.
        (void)::setenv("LISTEN_FDS", fmt::format("{}", descriptors_.size()).c_str(), 1);
        (void)::setenv("LISTEN_PID", fmt::format("{}", ::getpid()).c_str(), 1);
        (void)::unsetenv("LISTEN_FDNAMES");
    }

    const Options& opt_;
    sys::Signals signals_;
    sys::Deadline deadline_;
    ipc::BoundUnix bound_;
    sys::Fd socket_;
    std::vector<sys::Fd> descriptors_;
};

cli::Exit run(const Options& opt) {
    if (!opt.address.is_unix() && opt.address.kind != ipc::Address::Kind::descriptor)
        throw cli::Usage(fmt::format("ADDRESS: {}: only unix sockets carry descriptors", opt.address.spelled()));
    if (opt.mode && !opt.address.is_path()) throw cli::Usage("--mode is for a path");
    opt.check_ready();
    return Receiver{opt}.run();
}

void declare(cli::Form<Options>& form) {
    form.operand("ADDRESS", &Options::address, "where to receive: unix:, unix-dgram:, unix-seqpacket:, or fd:N");
    form.leading_command(&Options::command, "what to become; it has the descriptors as 3, 4 and so on");
    form.option("-N,--count", &Options::count, "wait for this many (default: 1)");
    form.option("--at", &Options::at, "number of the first in the command (default: 3)");
    cli::wait_options(form);
    form.option("-m,--mode", &Options::mode, "permissions of a path (default: 0600)");
    cli::ready_options(form);
    form.example("sock recv-fd @door --at 0 cat", "print what another may read");
    form.example("sock recv-fd /tmp/door -N 2 -- sh -c 'cat <&3 >&4'", "two of them");
    form.example("sock recv-fd @door --at 0 -t 5s sort", "as standard input");
}

}  // namespace

const cli::Verb recv_fd = cli::verb<Options, declare, run>("recv-fd", "get open descriptors, and run a command with them");

}  // namespace tools::sock
