// SPDX-License-Identifier: MIT
// fifo: named pipes: made with an exact mode, found without waking anybody, opened with a deadline, read no further than wanted.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "ipc/pipe.hpp"
#include "sys/deadline.hpp"
#include "sys/fd.hpp"
#include "sys/signals.hpp"
#include "text/word.hpp"

namespace ipc {

/// A FIFO that was found by its path. Finding it opens neither end (O_PATH): a writer that waits in open(2) goes on waiting.
class Fifo {
public:
    enum class End {
        reading,
        writing,
        both,  ///< as pipe(7) and fifo(7) of Linux allow: never waits, and is a reader and a writer to all others
    };

    /// Symbolic links are followed. The answer when something else is there: "a directory, not a FIFO". Throws Error.
    static text::Parsed<Fifo> find(const std::string& path);

    [[nodiscard]] const std::string& path() const { return path_; }
    /// The path as it may be printed.
    [[nodiscard]] std::string name() const;
    [[nodiscard]] const struct stat& facts() const { return facts_; }
    [[nodiscard]] PipeIdentity identity() const { return {facts_.st_dev, facts_.st_ino}; }

    /// Without waiting, O_NONBLOCK set. would_block: End::writing, and nobody has it open for reading.
    /// Throws Error (EACCES, ...; ESTALE: the path leads to another file by now).
    sys::Wait open(End end, sys::Fd& into) const;

    /// For writing, as soon as somebody reads. It is open(2) itself that waits, so that the kernel shows who waits for
    /// whom, and nothing is written by one that gives up. O_NONBLOCK is set on what comes back.
    sys::Wait open_for_writing(sys::Fd& into, const sys::Deadline& deadline, sys::Signals& signals) const;

private:
    Fifo(std::string path, const struct stat& facts) : path_(std::move(path)), facts_(facts) {}
    sys::Fd checked(int descriptor) const;

    std::string path_;
    struct stat facts_;
};

/// "a directory", "a regular file" and so on, of st_mode.
const char* kind_of_file(mode_t mode);

/// Whether the FIFO was made, or one that will do was there: our own (uid), of that mode, and no symbolic link.
enum class Made { created, existed };

/// The mode is exact, whatever the umask is. Throws Error: EEXIST when something is there that will not do (or anything at all, with
/// exclusive), EPERM when the directory's default ACL makes another mode of it.
Made create_fifo(const std::string& path, unsigned mode, bool exclusive);

/// The reading end. What is in the FIFO can be looked at before any of it is taken.
class FifoReader {
public:
    /// A descriptor of End::reading or End::both; name: for messages.
    FifoReader(sys::Fd descriptor, std::string name);

    [[nodiscard]] int fd() const { return descriptor_.get(); }

    enum class State {
        data,   ///< something is in it
        empty,  ///< writers may have it open, or none came yet
        ended,  ///< there was a writer; all are gone, and nothing is in it
    };
    [[nodiscard]] State state() const;

    /// Until something happens that state() or look() may show; also returns without a reason. done, gave_up, interrupted. An
    /// unfinished record keeps poll(2) awake for ever: this wakes once for each write (EPOLLET). also: a descriptor
    /// whose failure (POLLERR, POLLHUP, POLLNVAL) ends the wait as well; -1: none.
    sys::Wait wait(const sys::Deadline& deadline, sys::Signals& signals, int also = -1);

    /// What is in it, from its beginning, left where it is (tee(2)); valid until the next call.
    std::string_view look();
    /// The last look() saw all that can be seen: the FIFO is full, or fuller than a pipe of our own may be. More
    /// comes only when some of it is taken.
    [[nodiscard]] bool full() const { return full_; }
    /// Takes what look() showed, this many bytes of it. Throws Error (EBUSY: somebody else has taken them).
    void take(std::size_t bytes);

    /// Keeps out other readers that lock it (flock(2)); those that do not are not kept out.
    sys::Wait lock(const sys::Deadline& deadline, sys::Signals& signals);
    void unlock();

private:
    sys::Fd descriptor_;
    std::string name_;
    sys::Fd events_;
    sys::Pipe copy_;
    std::string seen_;
    bool full_ = false;
};

/// Writes to a descriptor of Fifo::open*. Up to PIPE_BUF bytes go in whole or not at all; of more, `written` says how
/// many did. Throws Error (EPIPE: the last reader is gone).
sys::Wait write_fifo(int descriptor, std::string_view bytes, std::size_t& written, const std::string& name, const sys::Deadline& deadline,
                     sys::Signals& signals);

/// Keeps out other writers that lock it: an open file description lock on its first byte (fcntl(2)). It is not the
/// readers' lock: a writer that waits for room must not keep out the one that makes it.
sys::Wait lock_writers(int descriptor, const std::string& name, const sys::Deadline& deadline, sys::Signals& signals);
void unlock_writers(int descriptor);

/// Tells of reads from FIFOs (inotify(7)): poll(2) wakes a writer only when the FIFO was full.
class FifoReads {
public:
    FifoReads();
    /// A descriptor of it, or its path where /proc is not mounted.
    void watch(int descriptor, const std::string& path);
    /// Readable when something was read; clear() makes it wait again.
    [[nodiscard]] int fd() const { return events_.get(); }
    void clear() const;
    /// Look again after this long: before Linux 6.5 nothing tells of splice(2).
    static constexpr std::chrono::milliseconds untold{100};

private:
    sys::Fd events_;
};

/// Until all that is in it was read: done. would_block: the last reader is gone before that; unless by anyone, also by one who is
/// still to come.
sys::Wait wait_until_read(int descriptor, const std::string& path, bool by_anyone, const sys::Deadline& deadline, sys::Signals& signals);

}  // namespace ipc
