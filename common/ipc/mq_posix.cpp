// SPDX-License-Identifier: MIT
// mq_posix: queues of mq_overview(7).
#include <fcntl.h>
#include <fmt/core.h>
#include <linux/magic.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "ipc/mq.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/poll.hpp"
#include "sys/trace.hpp"

namespace ipc {
namespace {

#ifndef MQUEUE_MAGIC
constexpr long MQUEUE_MAGIC = 0x19800202;  // ipc/mqueue.c
#endif

// An absolute time that is past whatever the clock is stepped to: the call answers ETIMEDOUT instead of waiting.
constexpr timespec long_ago{0, 0};

int flags_for(Mq::Access access) {
    switch (access) {
        case Mq::Access::look:
        case Mq::Access::receive: return O_RDONLY;
        case Mq::Access::send: return O_WRONLY;
        case Mq::Access::both: return O_RDWR;
    }
    return O_RDONLY;
}

const char* words_for(int flags) { return flags == O_RDONLY ? "reading" : flags == O_WRONLY ? "writing" : "reading and writing"; }

/// The number behind "QSIZE:" and its like in the status line of ipc/mqueue.c.
template <class Number>
std::optional<Number> field(std::string_view line, std::string_view label) {
    const auto at = line.find(label);
    if (at == std::string_view::npos) return std::nullopt;
    Number value{};
    const auto digits = line.substr(at + label.size());
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc{} ? std::optional{value} : std::nullopt;
}

class PosixMq : public Mq {
public:
    PosixMq(const Name& name, Access access) : Mq(name.spelled()), opened_as_(name), flags_(flags_for(access)) {
        if (name.kind == Name::Kind::descriptor) {
            fd_ = open_other(name);
        } else {
            fd_ = sys::Fd{::mq_open(name.posix.c_str(), flags_)};
        }
        if (!fd_) throw sys::Error(errno, fmt::format("{}: cannot open for {}", name_, words_for(flags_)));
        sys::trace("opened {} for {} as descriptor {} (mq_open)", name_, words_for(flags_), fd_.get());
        if (access == Access::receive || access == Access::both) make_room(first_room);
    }

    [[nodiscard]] bool sysv() const override { return false; }
    [[nodiscard]] int descriptor() const override { return fd_.get(); }

    sys::Wait try_send(std::string_view bytes, long label) override {
        return answer(retry([&] { return ::mq_timedsend(fd_.get(), bytes.data(), bytes.size(), static_cast<unsigned>(label), &long_ago); }), bytes.size(),
                      label);
    }

    sys::Wait send(std::string_view bytes, long label, const sys::Deadline& deadline, sys::Signals& signals) override {
        sys::trace("{} is full: waits for room (mq_send)", name_);
        int error = 0;
        const auto wait =
            signals.run(deadline, error, [&] { return ::mq_send(fd_.get(), bytes.data(), bytes.size(), static_cast<unsigned>(label)) < 0 ? errno : 0; });
        return wait == sys::Wait::done ? answer(error, bytes.size(), label) : wait;
    }

    sys::Wait try_receive(Message& into, const Selection& selection) override {
        only_first(selection);
        return take(into, retry([&] { return receive_call(&long_ago); }));
    }

    sys::Wait receive(Message& into, const Selection& selection, const sys::Deadline& deadline, sys::Signals& signals) override {
        only_first(selection);
        sys::trace("{} is empty: waits for a message (mq_receive)", name_);
        int error = 0;
        const auto wait = signals.run(deadline, error, [&] { return receive_call(nullptr) < 0 ? errno : 0; });
        return wait == sys::Wait::done ? take(into, error) : wait;
    }

    bool peek(Message&, std::uint64_t) override {
        throw sys::Error(EOPNOTSUPP, fmt::format("{}: a POSIX queue cannot be peeked at: Linux has no such call", name_));
    }

    sys::Wait wait_message(const Selection& selection, const sys::Deadline& deadline, sys::Signals& signals) override {
        only_first(selection);
        return wait_for(POLLIN, deadline, signals);
    }
    sys::Wait wait_room(const sys::Deadline& deadline, sys::Signals& signals) override { return wait_for(POLLOUT, deadline, signals); }

    MqInfo info() override {
        MqInfo info;
        info.name = opened_as_;
        struct stat status {};
        if (::fstat(fd_.get(), &status) < 0) throw sys::Error(errno, fmt::format("{}: cannot ask for its state", name_));
        info.mode = status.st_mode & 07777;
        info.uid = status.st_uid;
        info.gid = status.st_gid;
        info.used = status.st_mtime;
        info.device = status.st_dev;
        info.inode = status.st_ino;
        const auto state = attributes();
        info.messages = static_cast<std::uint64_t>(state.mq_curmsgs);
        info.capacity = static_cast<std::uint64_t>(state.mq_maxmsg);
        info.size = static_cast<std::uint64_t>(state.mq_msgsize);
        read_status(info);
        return info;
    }

    void change(const Change& change) override {
        if (change.byte_limit) throw sys::Error(EOPNOTSUPP, fmt::format("{}: a POSIX queue has no byte limit of its own", name_));
        if (change.mode && ::fchmod(fd_.get(), *change.mode) < 0) throw sys::Error(errno, fmt::format("{}: cannot change the mode", name_));
        if ((change.uid || change.gid) && ::fchown(fd_.get(), change.uid.value_or(static_cast<uid_t>(-1)), change.gid.value_or(static_cast<gid_t>(-1))) < 0) {
            throw sys::Error(errno, fmt::format("{}: cannot change the owner", name_),
                             errno == EINVAL ? "the user or the group does not exist in this user namespace: /proc/self/uid_map, gid_map"
                                             : "giving a queue away needs CAP_CHOWN");
        }
    }

private:
    void make_room(std::size_t size) {
        buffer_ = std::make_unique_for_overwrite<char[]>(size);
        room_ = size;
    }

    template <class Call>
    static int retry(Call call) {
        for (;;) {
            if (call() >= 0) return 0;
            if (errno != EINTR) return errno;
        }
    }

    /// Room for less than mq_msgsize is refused (EMSGSIZE) before anything is taken: only then is the size asked for.
    ssize_t receive_call(const timespec* until) {
        if (!buffer_) make_room(first_room);
        for (;;) {
            received_ =
                until ? ::mq_timedreceive(fd_.get(), buffer_.get(), room_, &priority_, until) : ::mq_receive(fd_.get(), buffer_.get(), room_, &priority_);
            if (received_ >= 0 || errno != EMSGSIZE) return received_;
            make_room(static_cast<std::size_t>(attributes().mq_msgsize));
        }
    }

    /// A queue that a process has open, also one without a name any more: the link in /proc opens it anew.
    [[nodiscard]] sys::Fd open_other(const Name& name) const {
        const auto link = fmt::format("/proc/{}/fd/{}", name.pid, name.descriptor);
        // O_PATH opens nothing of the object itself, so a FIFO or device behind the number is not disturbed.
        const sys::Fd look{::open(link.c_str(), O_PATH | O_CLOEXEC)};
        if (!look) throw sys::Error(errno, fmt::format("{}: cannot look at descriptor {} of process {}", name_, name.descriptor, name.pid));
        struct statfs system {};
        if (::fstatfs(look.get(), &system) < 0 || system.f_type != MQUEUE_MAGIC) {
            throw sys::Error(EBADF, fmt::format("{}: not a message queue", name_));
        }
        return sys::Fd{::open(fmt::format("/proc/self/fd/{}", look.get()).c_str(), flags_ | O_CLOEXEC)};
    }

    [[nodiscard]] mq_attr attributes() const {
        mq_attr state{};
        if (::mq_getattr(fd_.get(), &state) < 0) throw sys::Error(errno, fmt::format("{}: cannot ask for its state", name_));
        return state;
    }

    void only_first(const Selection& selection) const {
        if (selection.rule == Selection::Rule::first) return;
        throw sys::Error(EOPNOTSUPP, fmt::format("{}: a POSIX queue gives its highest priority first and selects nothing else", name_));
    }

    sys::Wait answer(int error, std::size_t size, long label) const {
        if (error == 0) {
            sys::trace("put {} bytes with priority {} on {} (mq_send)", size, label, name_);
            return sys::Wait::done;
        }
        if (error == ETIMEDOUT || error == EAGAIN) return sys::Wait::would_block;
        if (error == EMSGSIZE) throw sys::Error(error, fmt::format("{}: message of {} bytes is over the queue's {}", name_, size, attributes().mq_msgsize));
        throw sys::Error(error, fmt::format("{}: cannot send", name_));
    }

    sys::Wait take(Message& into, int error) {
        if (error == ETIMEDOUT || error == EAGAIN) return sys::Wait::would_block;
        if (error != 0) throw sys::Error(error, fmt::format("{}: cannot receive", name_));
        into.bytes.assign(buffer_.get(), static_cast<std::size_t>(received_));
        into.label = priority_;
        sys::trace("took {} bytes with priority {} from {} (mq_receive)", received_, priority_, name_);
        return sys::Wait::done;
    }

    sys::Wait wait_for(short events, const sys::Deadline& deadline, sys::Signals& signals) const {
        std::array<pollfd, 1> entry{{{fd_.get(), events, 0}}};
        return sys::poll(entry, deadline, &signals);
    }

    /// Bytes queued and who is to be notified: the text that reading the queue's file gives. It moves no message, but
    /// sets the file's access time.
    void read_status(MqInfo& info) const {
        std::array<char, 128> text;
        const auto count = ::pread(fd_.get(), text.data(), text.size(), 0);
        if (count <= 0) return;
        const std::string_view line{text.data(), static_cast<std::size_t>(count)};
        info.bytes = field<std::uint64_t>(line, "QSIZE:");
        Notification notification;
        notification.method = field<int>(line, "NOTIFY:").value_or(0);
        notification.signal = field<int>(line, "SIGNO:").value_or(0);
        notification.pid = field<pid_t>(line, "NOTIFY_PID:").value_or(0);
        if (notification.pid != 0) info.notification = notification;
    }

    static constexpr std::size_t first_room = 8192;  // the kernel's default mq_msgsize

    Name opened_as_;
    int flags_;
    sys::Fd fd_;
    std::unique_ptr<char[]> buffer_;  // not initialised: pages that no message reaches are never touched
    std::size_t room_ = 0;
    ssize_t received_ = 0;
    unsigned priority_ = 0;
};

/// Which limit refused the shape, with its figure and its knob: mq_overview(7), getrlimit(2).
[[noreturn]] void explain_refusal(int error, const std::string& name, std::uint64_t messages, std::uint64_t size) {
    const auto figure = [](const char* path) { return detail::read_number(path).value_or(0); };
    const auto most_messages = figure("/proc/sys/fs/mqueue/msg_max");
    const auto most_size = figure("/proc/sys/fs/mqueue/msgsize_max");
    const auto what = fmt::format("{}: cannot create for {} messages of {} bytes", name, messages, size);
    if (error == EINVAL && messages > most_messages) {
        throw sys::Error(error, what, fmt::format("fs.mqueue.msg_max is {}; raise it with sysctl fs.mqueue.msg_max={}", most_messages, messages));
    }
    if (error == EINVAL && size > most_size) {
        throw sys::Error(error, what, fmt::format("fs.mqueue.msgsize_max is {}; raise it with sysctl fs.mqueue.msgsize_max={}", most_size, size));
    }
    if (error == EMFILE || error == EOVERFLOW || error == ENOMEM) {
        rlimit limit{};
        ::getrlimit(RLIMIT_MSGQUEUE, &limit);
        throw sys::Error(error, what,
                         fmt::format("it needs {} bytes of RLIMIT_MSGQUEUE, {} for all queues of a user; prlimit --msgqueue raises it",
                                     mq_charge(messages, size), limit.rlim_cur));
    }
    if (error == ENOSPC) {
        throw sys::Error(error, what, fmt::format("fs.mqueue.queues_max is {}; sysctl raises it", figure("/proc/sys/fs/mqueue/queues_max")));
    }
    throw sys::Error(error, what);
}

/// Whether the queue that is there will do; throws EEXIST with the difference.
void check_existing(const Name& name, const Shape& shape, bool exclusive) {
    const auto refuse = [&](std::string_view why) -> sys::Error { return {EEXIST, fmt::format("{}: {}", name.spelled(), why)}; };
    if (exclusive) throw refuse("there is such a queue");
    const auto info = PosixMq{name, Mq::Access::look}.info();
    if (*info.uid != ::geteuid() && *info.uid != 0) throw refuse(fmt::format("there is such a queue, and it belongs to user {}", *info.uid));
    if (shape.messages.value_or(*info.capacity) != *info.capacity || shape.size.value_or(*info.size) != *info.size) {
        throw refuse(fmt::format("there is such a queue, for {} messages of {} bytes", *info.capacity, *info.size));
    }
    if (shape.mode.value_or(*info.mode) != *info.mode) throw refuse(fmt::format("there is such a queue, with mode {:04o}", *info.mode));
}

}  // namespace

std::unique_ptr<Mq> detail::open_posix(const Name& name, Mq::Access access) { return std::make_unique<PosixMq>(name, access); }

Mq::Found detail::create_posix(const Name& name, const Shape& shape, bool exclusive) {
    if (shape.byte_limit) throw sys::Error(EOPNOTSUPP, fmt::format("{}: a POSIX queue has no byte limit of its own", name.spelled()));
    // The kernel wants both or none: where one of the two is left open, its default is asked for.
    const bool shaped = shape.messages || shape.size;
    const auto messages = [&] { return shape.messages ? *shape.messages : read_number("/proc/sys/fs/mqueue/msg_default").value_or(10); };
    const auto size = [&] { return shape.size ? *shape.size : read_number("/proc/sys/fs/mqueue/msgsize_default").value_or(8192); };
    mq_attr attributes{};
    if (shaped) {
        attributes.mq_maxmsg = static_cast<long>(messages());
        attributes.mq_msgsize = static_cast<long>(size());
    }

    const auto mode = shape.mode.value_or(0600);
    const auto before = ::umask(0);  // so that the mode is exact from the first moment on
    const sys::Fd fd{::mq_open(name.posix.c_str(), O_RDONLY | O_CREAT | O_EXCL, mode, shaped ? &attributes : nullptr)};
    const int error = errno;
    ::umask(before);
    if (fd) {
        sys::trace("created {} with mode {:04o} (mq_open O_CREAT|O_EXCL)", name.spelled(), mode);
        return Mq::Found::created;
    }
    if (error != EEXIST) explain_refusal(error, name.spelled(), messages(), size());
    check_existing(name, shape, exclusive);
    return Mq::Found::existed;
}

}  // namespace ipc
