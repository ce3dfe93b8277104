// SPDX-License-Identifier: MIT
// sock send-fd: passes open descriptors to another process over a unix socket.
#include <fcntl.h>
#include <fmt/format.h>

#include "cli/groups.hpp"
#include "ipc/connection.hpp"
#include "rights.hpp"
#include "sys/error.hpp"
#include "text/escape.hpp"
#include "text/number.hpp"
#include "verbs.hpp"

namespace tools::sock {
namespace {

/// A number is a descriptor of ours; anything else is a path, ./5 too.
struct Item {
    int descriptor = -1;
    std::string path;
    static constexpr text::Word word{"FD|PATH", nullptr, true};
    static text::Parsed<Item> parse(std::string_view text) {
        if (const auto number = text::whole_number(text, 0, 0x7fff'ffff)) return Item{static_cast<int>(*number), {}};
        const auto path = text::Path::parse(text);
        if (!path) return std::unexpected(path.error());
        return Item{-1, path->path};
    }
};

struct Options : cli::WaitOptions {
    ipc::Address address;
    std::vector<Item> items;
    std::string message{"\0", 1};
    bool write = false;
};

cli::Exit run(const Options& opt) {
    using Kind = ipc::Address::Kind;
    if (!opt.address.is_unix() && opt.address.kind != Kind::descriptor)
        throw cli::Usage(fmt::format("ADDRESS: {}: only unix sockets carry descriptors", opt.address.spelled()));
    if (opt.items.size() > most_descriptors) throw cli::Usage(fmt::format("{} descriptors are over the limit of {}", opt.items.size(), most_descriptors));
    if (opt.message.empty()) throw cli::Usage("--message: descriptors travel with a byte at least");
    std::vector<sys::Fd> opened;
    std::vector<int> descriptors;
    for (const auto& item : opt.items) {
        if (item.path.empty()) {
            if (::fcntl(item.descriptor, F_GETFD) < 0) throw cli::Usage(fmt::format("FD|PATH: descriptor {} is not open", item.descriptor));
            descriptors.push_back(item.descriptor);
            continue;
        }
        // A FIFO or device must not make us wait: whoever gets it decides what it waits for.
        opened.push_back(sys::open(item.path.c_str(), (opt.write ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_NOCTTY));
        (void)::fcntl(opened.back().get(), F_SETFL, ::fcntl(opened.back().get(), F_GETFL) & ~O_NONBLOCK);
        descriptors.push_back(opened.back().get());
    }
    const auto deadline = opt.deadline();
    sys::Signals signals;
    ipc::Connection connection;
    auto wait = ipc::connect(opt.address, deadline, signals, connection);
    if (wait == sys::Wait::done) wait = send_descriptors(connection.socket.get(), opt.message, descriptors, deadline, signals);
    if (wait == sys::Wait::interrupted) {
        const int signal = sys::Signals::taken();
        signals.release();
        sys::end_by(signal);
    }
    return wait == sys::Wait::done ? cli::Exit::ok : opt.gave_up();
}

void declare(cli::Form<Options>& form) {
    form.operand("ADDRESS", &Options::address, "unix:, unix-dgram:, unix-seqpacket:, or fd:N, a connected one");
    form.operands("FD|PATH", &Options::items, 1, "numbers of open descriptors, and files to open (./5: a file named 5)");
    form.option("--write", &Options::write, "open files for writing as well as reading");
    form.option("--message", &Options::message, "bytes that go with them (default: one NUL)");
    cli::wait_options(form);
    form.example("sock send-fd @door 3", "give away what this shell has open as 3");
    form.example("sock send-fd --write /tmp/door ./from ./to", "files: whoever gets them need not be able to open them");
    form.example("sock send-fd unix-dgram:$NOTIFY_SOCKET 3 --message FDSTORE=1", "let the service manager keep one");
}

}  // namespace

const cli::Verb send_fd = cli::verb<Options, declare, run>("send-fd", "pass open descriptors to another process");

}  // namespace tools::sock
