// SPDX-License-Identifier: MIT
#include "ipc/fifo.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "sys/error.hpp"
#include "sys/poll.hpp"
#include "sys/trace.hpp"
#include "text/escape.hpp"

namespace ipc {
namespace {

int flags_of(Fifo::End end) {
    constexpr std::array flags{O_RDONLY, O_WRONLY, O_RDWR};
    return flags[static_cast<std::size_t>(end)];
}

/// What is there already will do, or the reason why not.
void check_existing(const std::string& path, unsigned mode) {
    const auto name = text::escape(path);
    struct stat facts {};
    if (::lstat(path.c_str(), &facts) < 0) throw sys::Error(errno, name + ": cannot look at what is there");
    if (!S_ISFIFO(facts.st_mode)) throw sys::Error(EEXIST, fmt::format("{}: {} is there", name, kind_of_file(facts.st_mode)));
    if (facts.st_uid != ::geteuid()) throw sys::Error(EEXIST, fmt::format("{}: a FIFO of uid {} is there", name, facts.st_uid));
    const auto bits = facts.st_mode & 07777;
    if (bits != mode) throw sys::Error(EEXIST, fmt::format("{}: a FIFO of mode {:04o}, not {:04o}, is there", name, bits, mode));
}

}  // namespace

const char* kind_of_file(mode_t mode) {
    switch (mode & S_IFMT) {
        case S_IFREG: return "a regular file";
        case S_IFDIR: return "a directory";
        case S_IFLNK: return "a symbolic link";
        case S_IFSOCK: return "a socket";
        case S_IFCHR:
        case S_IFBLK: return "a device";
        default: return "a FIFO";
    }
}

text::Parsed<Fifo> Fifo::find(const std::string& path) {
    const sys::Fd there{::open(path.c_str(), O_PATH | O_CLOEXEC)};
    struct stat facts {};
    if (!there || ::fstat(there.get(), &facts) < 0) throw sys::Error(errno, text::escape(path) + ": cannot find the FIFO");
    if (!S_ISFIFO(facts.st_mode)) return std::unexpected(fmt::format("{}: {}, not a FIFO", text::escape(path), kind_of_file(facts.st_mode)));
    return Fifo{path, facts};
}

std::string Fifo::name() const { return text::escape(path_); }

/// The descriptor, if it is of the file that was found.
sys::Fd Fifo::checked(int descriptor) const {
    sys::Fd opened{descriptor};
    if (pipe_identity(opened.get(), name()) != identity()) throw sys::Error(ESTALE, name() + ": another FIFO has taken its place");
    return opened;
}

sys::Wait Fifo::open(End end, sys::Fd& into) const {
    const int descriptor = ::open(path_.c_str(), flags_of(end) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (descriptor < 0 && errno == ENXIO) return sys::Wait::would_block;
    if (descriptor < 0) throw sys::Error(errno, name() + ": cannot open");
    into = checked(descriptor);
    sys::trace("opened {} without waiting (open)", name());
    return sys::Wait::done;
}

sys::Wait Fifo::open_for_writing(sys::Fd& into, const sys::Deadline& deadline, sys::Signals& signals) const {
    int descriptor = -1;
    int error = 0;
    const auto wait = signals.run(deadline, error, [&] {
        descriptor = ::open(path_.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC);
        return descriptor < 0 ? errno : 0;
    });
    if (wait != sys::Wait::done) return wait;
    if (error != 0) throw sys::Error(error, name() + ": cannot open for writing");
    into = checked(descriptor);
    ::fcntl(into.get(), F_SETFL, O_NONBLOCK);
    sys::trace("opened {} for writing: somebody reads (open)", name());
    return sys::Wait::done;
}

Made create_fifo(const std::string& path, unsigned mode, bool exclusive) {
    const auto before = ::umask(0);  // so that the mode is exact from the first moment on
    const int result = ::mkfifo(path.c_str(), mode);
    const int error = errno;
    ::umask(before);
    const auto name = text::escape(path);
    if (result < 0 && error == EEXIST && !exclusive) {
        check_existing(path, mode);
        return Made::existed;
    }
    if (result < 0) throw sys::Error(error, name + ": cannot create the FIFO");
    struct stat facts {};
    if (::lstat(path.c_str(), &facts) == 0 && S_ISFIFO(facts.st_mode) && (facts.st_mode & 07777) != mode) {
        ::unlink(path.c_str());
        throw sys::Error(EPERM, fmt::format("{}: the directory's default ACL allows only mode {:04o}", name, facts.st_mode & 07777));
    }
    sys::trace("created {} with mode {:04o} (mkfifo)", name, mode);
    return Made::created;
}

FifoReader::FifoReader(sys::Fd descriptor, std::string name)
    : descriptor_(std::move(descriptor)), name_(std::move(name)), events_(::epoll_create1(EPOLL_CLOEXEC)) {
    epoll_event event{EPOLLIN | EPOLLET, {}};
    if (!events_ || ::epoll_ctl(events_.get(), EPOLL_CTL_ADD, fd(), &event) < 0) throw sys::Error(errno, name_ + ": cannot watch it");
}

FifoReader::State FifoReader::state() const {
    pollfd entry{fd(), POLLIN, 0};
    (void)::poll(&entry, 1, 0);
    // POLLHUP comes only when a writer was there since we opened it.
    return (entry.revents & POLLIN) != 0 ? State::data : (entry.revents & POLLHUP) != 0 ? State::ended : State::empty;
}

sys::Wait FifoReader::wait(const sys::Deadline& deadline, sys::Signals& signals, int also) {
    std::array<pollfd, 2> entries{{{events_.get(), POLLIN, 0}, {also, 0, 0}}};
    const auto wait = sys::poll(entries, deadline, &signals);
    epoll_event event{};
    (void)::epoll_wait(events_.get(), &event, 1, 0);
    return wait;
}

std::string_view FifoReader::look() {
    seen_.clear();
    full_ = false;
    const auto capacity = pipe_capacity(fd()).value_or(0);
    if (!copy_.read_end) copy_ = sys::Pipe::create();
    // A pipe smaller than the FIFO shows its head: F_SETPIPE_SZ fails over the limits of pipe(7).
    if (pipe_capacity(copy_.write_end.get()) < capacity) (void)::fcntl(copy_.write_end.get(), F_SETPIPE_SZ, static_cast<int>(capacity));
    const auto count = ::tee(fd(), copy_.write_end.get(), INT_MAX, SPLICE_F_NONBLOCK);
    if (count < 0 && errno != EAGAIN && errno != EINTR) throw sys::Error(errno, name_ + ": cannot look into it");
    if (count <= 0) return {};
    pollfd room{copy_.write_end.get(), POLLOUT, 0};
    full_ = ::poll(&room, 1, 0) == 0;
    seen_.resize(static_cast<std::size_t>(count));
    for (std::size_t have = 0; have < seen_.size();) {
        const auto part = ::read(copy_.read_end.get(), seen_.data() + have, seen_.size() - have);
        if (part > 0) have += static_cast<std::size_t>(part);
        if (part == 0 || (part < 0 && errno != EINTR)) throw sys::Error(part == 0 ? EIO : errno, name_ + ": cannot look into it");
    }
    return seen_;
}

void FifoReader::take(std::size_t bytes) {
    std::array<char, 64 * 1024> gone;
    while (bytes > 0) {
        const auto part = ::read(fd(), gone.data(), std::min(bytes, gone.size()));
        if (part > 0) bytes -= static_cast<std::size_t>(part);
        if (part == 0 || (part < 0 && errno == EAGAIN)) throw sys::Error(EBUSY, name_ + ": another reader has taken what was to be taken");
        if (part < 0 && errno != EINTR) throw sys::Error(errno, name_ + ": cannot read");
    }
}

sys::Wait FifoReader::lock(const sys::Deadline& deadline, sys::Signals& signals) {
    if (::flock(fd(), LOCK_EX | LOCK_NB) == 0) return sys::Wait::done;
    if (deadline.past()) return sys::Wait::gave_up;
    int error = 0;
    const auto wait = signals.run(deadline, error, [&] { return ::flock(fd(), LOCK_EX) < 0 ? errno : 0; });
    if (wait == sys::Wait::done && error != 0) throw sys::Error(error, name_ + ": cannot lock out other readers");
    return wait;
}

void FifoReader::unlock() { (void)::flock(fd(), LOCK_UN); }

sys::Wait write_fifo(int descriptor, std::string_view bytes, std::size_t& written, const std::string& name, const sys::Deadline& deadline,
                     sys::Signals& signals) {
    written = 0;
    while (written < bytes.size()) {
        const auto rest = bytes.substr(written);
        const auto count = ::write(descriptor, rest.data(), rest.size());
        if (count >= 0) {
            written += static_cast<std::size_t>(count);
            continue;
        }
        if (errno == EPIPE) throw sys::Error(EPIPE, name + ": the last reader is gone");
        if (errno != EAGAIN && errno != EINTR) throw sys::Error(errno, name + ": cannot write");
        std::array<pollfd, 1> entry{{{descriptor, POLLOUT, 0}}};
        if (const auto wait = sys::poll(entry, deadline, &signals); wait != sys::Wait::done) return wait;
    }
    return sys::Wait::done;
}

sys::Wait lock_writers(int descriptor, const std::string& name, const sys::Deadline& deadline, sys::Signals& signals) {
    struct flock first_byte {};
    first_byte.l_type = F_WRLCK;
    first_byte.l_whence = SEEK_SET;
    first_byte.l_len = 1;
    if (::fcntl(descriptor, F_OFD_SETLK, &first_byte) == 0) return sys::Wait::done;
    if (deadline.past()) return sys::Wait::gave_up;
    int error = 0;
    const auto wait = signals.run(deadline, error, [&] { return ::fcntl(descriptor, F_OFD_SETLKW, &first_byte) < 0 ? errno : 0; });
    if (wait == sys::Wait::done && error != 0) throw sys::Error(error, name + ": cannot lock out other writers");
    return wait;
}

void unlock_writers(int descriptor) {
    struct flock first_byte {};
    first_byte.l_type = F_UNLCK;
    first_byte.l_whence = SEEK_SET;
    first_byte.l_len = 1;
    (void)::fcntl(descriptor, F_OFD_SETLK, &first_byte);
}

FifoReads::FifoReads() : events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

void FifoReads::watch(int descriptor, const std::string& path) {
    const auto where = fmt::format("/proc/self/fd/{}", descriptor);
    // Without it, because of a limit of inotify(7), there is still the looking again.
    if (::inotify_add_watch(fd(), where.c_str(), IN_ACCESS) < 0) (void)::inotify_add_watch(fd(), path.c_str(), IN_ACCESS);
}

void FifoReads::clear() const {
    std::array<char, 4096> events;
    if (events_) (void)!::read(fd(), events.data(), events.size());
}

sys::Wait wait_until_read(int descriptor, const std::string& path, bool by_anyone, const sys::Deadline& deadline, sys::Signals& signals) {
    FifoReads reads;
    reads.watch(descriptor, path);
    const auto all_read = [&] { return pipe_queued(descriptor).value_or(0) == 0; };
    for (;;) {
        pollfd readers{descriptor, 0, 0};
        const bool nobody = ::poll(&readers, 1, 0) == 1;
        if (all_read()) return sys::Wait::done;
        if (nobody && !by_anyone) return sys::Wait::would_block;
        std::array<pollfd, 2> entries{{{nobody ? -1 : descriptor, 0, 0}, {reads.fd(), POLLIN, 0}}};
        const auto look_again = sys::Deadline::after(std::min<std::chrono::nanoseconds>(deadline.left(), FifoReads::untold));
        const auto wait = sys::poll(entries, look_again, &signals);
        if (wait == sys::Wait::interrupted || (wait == sys::Wait::gave_up && deadline.past())) return all_read() ? sys::Wait::done : wait;
        reads.clear();
    }
}

}  // namespace ipc
