// SPDX-License-Identifier: MIT
// mq: message queues, POSIX (mq_overview(7)) and System V (sysvipc(7)), behind one set of calls.
#pragma once

#include <sys/msg.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/name.hpp"
#include "sys/deadline.hpp"
#include "sys/signals.hpp"
#include "text/word.hpp"

namespace ipc {

/// Queues that the user may see, spelled; none of them is opened for writing.
std::vector<text::Candidate> mq_candidates(std::string_view start);

/// The name of a queue that is there: completed with those there are.
struct MqName : Name {
    static constexpr text::Word word{"NAME", mq_candidates};
    static text::Parsed<MqName> parse(std::string_view text);
};

/// The name of a queue to be made: /NAME, key:, ftok: or private.
struct NewMqName : Name {
    static constexpr text::Word word{"NAME"};
    static text::Parsed<NewMqName> parse(std::string_view text);
};

constexpr long highest_priority = 32767;  ///< POSIX: MQ_PRIO_MAX - 1, include/uapi/linux/mqueue.h

/// A message: any bytes, 0 or more, and the number that the queue sorts or selects by.
struct Message {
    std::string bytes;
    long label = 0;  ///< POSIX: priority, 0 to 32767; System V: type, 1 or more
};

/// Which message to receive, msgop(2). A POSIX queue gives only the first of the highest priority.
struct Selection {
    enum class Rule { first, exact, lowest, except };
    Rule rule = Rule::first;
    long type = 0;  ///< exact: this type; lowest: the lowest type up to this; except: any but this
};

/// What a queue is created with. Unset: the kernel's defaults.
struct Shape {
    std::optional<std::uint64_t> messages;    ///< POSIX: mq_maxmsg, 1 or more
    std::optional<std::uint64_t> size;        ///< POSIX: mq_msgsize, bytes, 1 or more
    std::optional<std::uint64_t> byte_limit;  ///< System V: msg_qbytes
    std::optional<unsigned> mode;             ///< exactly this, whatever the umask is; unset: 0600
};

/// Who asked to be told of the next message, from the status line of mqueue (ipc/mqueue.c: mqueue_read_file).
struct Notification {
    pid_t pid = 0;
    int method = 0;  ///< SIGEV_SIGNAL 0, SIGEV_NONE 1, SIGEV_THREAD 2
    int signal = 0;
};

/// What is known of a queue; unset: not known, or not a thing of its kind.
struct MqInfo {
    Name name;  ///< by which it is opened again
    bool sysv = false;
    std::optional<std::uint32_t> key;
    std::optional<int> id;
    std::optional<unsigned> mode;  ///< permission bits
    std::optional<uid_t> uid;
    std::optional<gid_t> gid;
    std::optional<std::uint64_t> messages;
    std::optional<std::uint64_t> capacity;    ///< POSIX: messages it can hold
    std::optional<std::uint64_t> size;        ///< the largest message, bytes
    std::optional<std::uint64_t> bytes;       ///< in it now
    std::optional<std::uint64_t> byte_limit;  ///< System V
    std::optional<pid_t> last_sender;         ///< System V; 0: nobody yet
    std::optional<pid_t> last_receiver;
    std::optional<std::int64_t> sent;  ///< seconds since the epoch; 0: never
    std::optional<std::int64_t> received;
    std::optional<std::int64_t> used;     ///< POSIX: last send or receive
    std::optional<std::int64_t> changed;  ///< System V: created or set
    std::optional<Notification> notification;
    dev_t device = 0;  ///< POSIX: identity, st_dev and st_ino
    ino_t inode = 0;
    ino_t ipc_namespace = 0;
};

class Mq {
public:
    enum class Access { look, send, receive, both };

    /// Throws sys::Error: ENOENT with the nearest name that exists, EACCES, EBADF (PID:FD is not a queue).
    static std::unique_ptr<Mq> open(const Name& name, Access access);

    enum class Found { created, existed };
    /// Creates the queue, or finds it there: unless exclusive, one of the same shape that is ours or root's will do.
    /// Throws sys::Error: EEXIST (it differs; the message says in what), EINVAL, EMFILE, ENOSPC with the limit and its knob.
    /// id: the new System V id.
    static Found create(const Name& name, const Shape& shape, bool exclusive, int* id);

    /// Removes the name (POSIX) or the queue (System V). Throws sys::Error.
    static void remove(const Name& name);

    virtual ~Mq() = default;
    Mq(const Mq&) = delete;
    Mq& operator=(const Mq&) = delete;

    [[nodiscard]] virtual bool sysv() const = 0;
    /// The name it was opened by, spelled.
    [[nodiscard]] const std::string& name() const { return name_; }

    /// done, or would_block. A message over the limit throws sys::Error (EMSGSIZE) and sends nothing; EIDRM: removed.
    virtual sys::Wait try_send(std::string_view bytes, long label) = 0;
    /// done, gave_up or interrupted.
    virtual sys::Wait send(std::string_view bytes, long label, const sys::Deadline& deadline, sys::Signals& signals) = 0;

    /// done, or would_block. A selection that the kind does not have throws sys::Error (EOPNOTSUPP).
    virtual sys::Wait try_receive(Message& into, const Selection& selection) = 0;
    /// done, gave_up or interrupted. When done, `into` was taken from the queue and is the caller's to keep safe.
    virtual sys::Wait receive(Message& into, const Selection& selection, const sys::Deadline& deadline, sys::Signals& signals) = 0;

    /// The message at this place of the queue, 0 first, without taking it; false: the queue is shorter.
    /// Throws sys::Error (EOPNOTSUPP) where there is no such call: POSIX, and kernels without CONFIG_CHECKPOINT_RESTORE.
    virtual bool peek(Message& into, std::uint64_t index) = 0;

    /// Until a message that fits is there, without taking it. done, gave_up or interrupted.
    virtual sys::Wait wait_message(const Selection& selection, const sys::Deadline& deadline, sys::Signals& signals) = 0;
    /// Until there is room for a message. Throws sys::Error (EOPNOTSUPP) for System V.
    virtual sys::Wait wait_room(const sys::Deadline& deadline, sys::Signals& signals) = 0;

    /// For poll(2): readable when a message is there, writable when there is room; -1: this kind has none.
    [[nodiscard]] virtual int descriptor() const { return -1; }

    [[nodiscard]] virtual MqInfo info() = 0;

    /// Unset: as it is. byte_limit and owner need privilege beyond one's own. Throws sys::Error (EPERM, EOPNOTSUPP).
    struct Change {
        std::optional<unsigned> mode;
        std::optional<uid_t> uid;
        std::optional<gid_t> gid;
        std::optional<std::uint64_t> byte_limit;
    };
    virtual void change(const Change& change) = 0;

protected:
    explicit Mq(std::string name) : name_(std::move(name)) {}

    std::string name_;
};

/// All queues that can be seen, and what could not be.
struct MqList {
    std::vector<MqInfo> queues;
    std::vector<std::string> notes;  ///< sentences for the user
};

/// The queues of this ipc namespace, or of every one that a process is in (needs CAP_SYS_ADMIN for those of others).
MqList list_queues(bool all_namespaces);

/// A process that has the queue open (POSIX), or waits in it (both).
struct MqUser {
    pid_t pid = 0;
    pid_t tid = 0;  ///< of a waiter
    std::string command;
    int descriptor = -1;
    bool reads = false;
    bool writes = false;
    std::optional<long> type;  ///< a System V receiver's third argument: the type that it waits for
};

struct MqUsers {
    std::vector<MqUser> holders;
    std::vector<MqUser> senders;    ///< blocked: the queue is full
    std::vector<MqUser> receivers;  ///< blocked: the queue is empty
};

/// Who uses each of the queues, from one pass over /proc. Nothing is opened but files of /proc.
struct MqUsage {
    std::vector<MqUsers> of;  ///< in the order of the queues
    std::size_t processes = 0;
    std::size_t unreadable = 0;
};
MqUsage find_users(std::span<const MqInfo> queues);

/// A limit, what is used of it, and how it is raised.
struct MqLimit {
    std::string name;
    std::string meaning;
    std::optional<std::uint64_t> limit;  ///< unset: none
    std::optional<std::uint64_t> used;
    std::string knob;
    bool bytes = false;
};
std::vector<MqLimit> mq_limits();

/// What a POSIX queue of this shape is charged against RLIMIT_MSGQUEUE, bytes: getrlimit(2), ipc/mqueue.c.
std::uint64_t mq_charge(std::uint64_t messages, std::uint64_t size);

namespace detail {
std::unique_ptr<Mq> open_posix(const Name& name, Mq::Access access);
std::unique_ptr<Mq> open_sysv(const Name& name);
Mq::Found create_posix(const Name& name, const Shape& shape, bool exclusive);
Mq::Found create_sysv(const Name& name, const Shape& shape, bool exclusive, int* id);
void remove_sysv(const Name& name);
MqInfo describe_sysv(int id, const msqid_ds& state);
/// A number from a one-line file of /proc/sys.
std::optional<std::uint64_t> read_number(const char* path);
}  // namespace detail

}  // namespace ipc
