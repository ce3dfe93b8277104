// SPDX-License-Identifier: MIT
// mq_sysv: queues of sysvipc(7).
#include <fmt/core.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "ipc/mq.hpp"
#include "sys/error.hpp"
#include "sys/trace.hpp"

namespace ipc {
namespace {

constexpr std::size_t header = sizeof(long);  // struct msgbuf: the type, then the bytes

int find_id(const Name& name) {
    if (name.kind == Name::Kind::id) return name.id;
    const auto key = key_of(name);
    const int id = ::msgget(static_cast<key_t>(key), 0);
    if (id < 0) throw sys::Error(errno, fmt::format("{}: cannot open", name.spelled()));
    sys::trace("found queue id {} for {} (msgget)", id, name.spelled());
    return id;
}

msqid_ds ask(int id, const std::string& name) {
    msqid_ds state{};
    if (::msgctl(id, IPC_STAT, &state) < 0) {
        // An id that was never given out, or whose queue is gone, answers EINVAL or EIDRM here.
        throw sys::Error(errno == EINVAL || errno == EIDRM ? ENOENT : errno, fmt::format("{}: cannot ask for its state", name));
    }
    return state;
}

/// msgctl(2) hands the limit on as an int (ipc/msg.c: msgctl_down) and would cut a larger one without a word.
void check_byte_limit(const std::optional<std::uint64_t>& limit, const std::string& name) {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
    if (limit && *limit > most) throw sys::Error(ERANGE, fmt::format("{}: a byte limit of {} is over the kernel's largest, {}", name, *limit, most));
}

class SysvMq : public Mq {
public:
    explicit SysvMq(const Name& name) : Mq(name.spelled()), id_(find_id(name)) {
        // An id needs no open; asking tells a wrong one apart now, before anything is read that could not be sent.
        if (name.kind == Name::Kind::id && ::msgctl(id_, IPC_STAT, &state_) < 0 && errno != EACCES) (void)ask(id_, name_);
    }

    [[nodiscard]] bool sysv() const override { return true; }

    sys::Wait try_send(std::string_view bytes, long label) override {
        pack(bytes, label);
        return sent(retry([&] { return ::msgsnd(id_, buffer_.get(), bytes.size(), IPC_NOWAIT); }), bytes.size(), label);
    }

    sys::Wait send(std::string_view bytes, long label, const sys::Deadline& deadline, sys::Signals& signals) override {
        pack(bytes, label);
        refuse_unfit(bytes.size());
        sys::trace("{} is full: waits for room (msgsnd)", name_);
        int error = 0;
        const auto wait = signals.run(deadline, error, [&] { return ::msgsnd(id_, buffer_.get(), bytes.size(), 0) < 0 ? errno : 0; });
        return wait == sys::Wait::done ? sent(error, bytes.size(), label) : wait;
    }

    sys::Wait try_receive(Message& into, const Selection& selection) override {
        return take(into, growing([&] { return retry([&] { return receive_call(selection, IPC_NOWAIT); }); }));
    }

    sys::Wait receive(Message& into, const Selection& selection, const sys::Deadline& deadline, sys::Signals& signals) override {
        sys::trace("{} has no such message: waits for one (msgrcv)", name_);
        auto wait = sys::Wait::done;
        const int error = growing([&] {
            int failed = 0;
            wait = signals.run(deadline, failed, [&] { return receive_call(selection, 0) < 0 ? errno : 0; });
            return failed;
        });
        return wait == sys::Wait::done ? take(into, error) : wait;
    }

    bool peek(Message& into, std::uint64_t index) override {
        if (index > static_cast<std::uint64_t>(std::numeric_limits<long>::max())) return false;
        const Selection place{Selection::Rule::exact, static_cast<long>(index)};
        const int error = growing([&] { return retry([&] { return receive_call(place, MSG_COPY | IPC_NOWAIT); }); });
        if (error == ENOMSG) return false;
        if (error == ENOSYS) throw sys::Error(error, fmt::format("{}: cannot peek: this kernel was built without CONFIG_CHECKPOINT_RESTORE", name_));
        if (error != 0) throw sys::Error(gone(error), fmt::format("{}: cannot peek", name_));
        unpack(into);
        return true;
    }

    sys::Wait wait_message(const Selection& selection, const sys::Deadline& deadline, sys::Signals& signals) override {
        if (selection.rule == Selection::Rule::first && ask(id_, name_).msg_qnum > 0) return sys::Wait::done;
        // A buffer of no bytes: the call answers E2BIG when a message is there, and leaves it where it is (msgop(2)).
        const auto probe = [&](int flags) { return ::msgrcv(id_, &probed_type_, 0, number(selection), flags | except(selection)) < 0 ? errno : 0; };
        int error = retry([&] { return (errno = probe(IPC_NOWAIT)) == 0 ? 0 : -1; });
        if (error == ENOMSG) {
            const auto wait = signals.run(deadline, error, [&] { return probe(0); });
            if (wait != sys::Wait::done) return wait;
        }
        if (error == E2BIG) return sys::Wait::done;
        if (error != 0) throw sys::Error(gone(error), fmt::format("{}: cannot wait", name_));
        // Only a message of no bytes fits, and was taken: it goes back.
        if (try_send({}, probed_type_) == sys::Wait::would_block) {
            throw sys::Error(EAGAIN, fmt::format("{}: an empty message of type {} was taken and could not be put back", name_, probed_type_));
        }
        return sys::Wait::done;
    }

    sys::Wait wait_room(const sys::Deadline&, sys::Signals&) override {
        throw sys::Error(EOPNOTSUPP, fmt::format("{}: a System V queue does not tell when there is room", name_));
    }

    MqInfo info() override;

    void change(const Change& change) override {
        check_byte_limit(change.byte_limit, name_);
        auto state = ask(id_, name_);
        if (change.mode) state.msg_perm.mode = static_cast<decltype(state.msg_perm.mode)>(*change.mode);
        if (change.uid) state.msg_perm.uid = *change.uid;
        if (change.gid) state.msg_perm.gid = *change.gid;
        const auto before = state.msg_qbytes;
        if (change.byte_limit) state.msg_qbytes = *change.byte_limit;
        if (::msgctl(id_, IPC_SET, &state) == 0) {
            sys::trace("set mode, owner and byte limit of {} (msgctl IPC_SET)", name_);
            return;
        }
        const int error = errno;
        const auto most = detail::read_number("/proc/sys/kernel/msgmnb").value_or(0);
        if (error == EPERM && state.msg_qbytes > before && state.msg_qbytes > most) {
            throw sys::Error(error, fmt::format("{}: cannot set the byte limit to {}", name_, state.msg_qbytes),
                             fmt::format("kernel.msgmnb is {}; more needs CAP_SYS_RESOURCE, or sysctl kernel.msgmnb={}", most, state.msg_qbytes));
        }
        throw sys::Error(gone(error), fmt::format("{}: cannot set", name_));
    }

private:
    template <class Call>
    static int retry(Call call) {
        for (;;) {
            if (call() >= 0) return 0;
            if (errno != EINTR) return errno;
        }
    }

    /// A message over the buffer stays in the queue (E2BIG); the buffer grows and the call is made again. MSG_NOERROR,
    /// which cuts a message and loses the rest, is never used.
    template <class Call>
    int growing(Call call) {
        make_room(first_room);
        for (;;) {
            const int error = call();
            if (error != E2BIG) return error;
            make_room(room_ * 4);
        }
    }

    static int gone(int error) { return error == EINVAL ? EIDRM : error; }

    static long number(const Selection& selection) {
        switch (selection.rule) {
            case Selection::Rule::first: return 0;
            case Selection::Rule::lowest: return -selection.type;
            default: return selection.type;
        }
    }
    static int except(const Selection& selection) { return selection.rule == Selection::Rule::except ? MSG_EXCEPT : 0; }

    ssize_t receive_call(const Selection& selection, int flags) {
        received_ = ::msgrcv(id_, buffer_.get(), room_, number(selection), flags | except(selection));
        return received_;
    }

    void make_room(std::size_t size) {
        if (buffer_ && room_ >= size) return;
        buffer_ = std::make_unique_for_overwrite<char[]>(header + size);
        room_ = size;
    }

    void pack(std::string_view bytes, long label) {
        make_room(bytes.size());
        std::memcpy(buffer_.get(), &label, header);
        if (!bytes.empty()) std::memcpy(buffer_.get() + header, bytes.data(), bytes.size());
    }

    void unpack(Message& into) const {
        std::memcpy(&into.label, buffer_.get(), header);
        into.bytes.assign(buffer_.get() + header, static_cast<std::size_t>(received_));
    }

    /// A message over the whole queue's byte limit would never fit; waiting for it would never end.
    void refuse_unfit(std::size_t size) const {
        msqid_ds state{};
        if (::msgctl(id_, IPC_STAT, &state) < 0 || size <= state.msg_qbytes) return;
        throw sys::Error(EMSGSIZE, fmt::format("{}: message of {} bytes is over the queue's byte limit, {}", name_, size, state.msg_qbytes));
    }

    sys::Wait sent(int error, std::size_t size, long label) const {
        if (error == 0) {
            sys::trace("put {} bytes with type {} on {} (msgsnd)", size, label, name_);
            return sys::Wait::done;
        }
        const auto most = detail::read_number("/proc/sys/kernel/msgmax").value_or(0);
        if (error == EINVAL && size > most) {
            throw sys::Error(EMSGSIZE, fmt::format("{}: message of {} bytes is over the largest, {}", name_, size, most),
                             fmt::format("sysctl kernel.msgmax={} raises it", size));
        }
        if (error == EAGAIN) {
            refuse_unfit(size);
            return sys::Wait::would_block;
        }
        throw sys::Error(gone(error), fmt::format("{}: cannot send", name_));
    }

    sys::Wait take(Message& into, int error) const {
        if (error == ENOMSG) return sys::Wait::would_block;
        if (error != 0) throw sys::Error(gone(error), fmt::format("{}: cannot receive", name_));
        unpack(into);
        sys::trace("took {} bytes with type {} from {} (msgrcv)", received_, into.label, name_);
        return sys::Wait::done;
    }

    static constexpr std::size_t first_room = 8192;  // the default kernel.msgmax

    int id_;
    msqid_ds state_{};
    std::unique_ptr<char[]> buffer_;  // struct msgbuf; not initialised: pages that no message reaches are never touched
    std::size_t room_ = 0;            // for the bytes behind its header
    ssize_t received_ = 0;
    long probed_type_ = 0;  // where the kernel puts the type of an empty message: a struct msgbuf without text
};

MqInfo describe(int id, const msqid_ds& state) {
    MqInfo info;
    info.sysv = true;
    info.name.kind = Name::Kind::id;
    info.name.id = id;
    info.id = id;
    info.key = static_cast<std::uint32_t>(state.msg_perm.__key);
    info.mode = state.msg_perm.mode & 0777;
    info.uid = state.msg_perm.uid;
    info.gid = state.msg_perm.gid;
    info.messages = state.msg_qnum;
    info.bytes = state.__msg_cbytes;
    info.byte_limit = state.msg_qbytes;
    info.last_sender = state.msg_lspid;
    info.last_receiver = state.msg_lrpid;
    info.sent = state.msg_stime;
    info.received = state.msg_rtime;
    info.changed = state.msg_ctime;
    return info;
}

MqInfo SysvMq::info() {
    MqInfo info;
    try {
        info = describe(id_, ask(id_, name_));
    } catch (const sys::Error& failure) {
        // IPC_STAT needs read permission; the listing by index (MSG_STAT_ANY) does not.
        const auto list = failure.number() == EACCES ? list_queues(false).queues : std::vector<MqInfo>{};
        const auto same = std::find_if(list.begin(), list.end(), [this](const MqInfo& queue) { return queue.id == id_; });
        if (same == list.end()) throw;
        info = *same;
    }
    info.size = std::min(detail::read_number("/proc/sys/kernel/msgmax").value_or(0), *info.byte_limit);
    return info;
}

[[noreturn]] void explain_refusal(int error, const std::string& name) {
    if (error == ENOSPC) {
        throw sys::Error(error, fmt::format("{}: cannot create", name),
                         fmt::format("kernel.msgmni is {} queues; sysctl raises it", detail::read_number("/proc/sys/kernel/msgmni").value_or(0)));
    }
    throw sys::Error(error, fmt::format("{}: cannot create", name));
}

}  // namespace

std::unique_ptr<Mq> detail::open_sysv(const Name& name) { return std::make_unique<SysvMq>(name); }

Mq::Found detail::create_sysv(const Name& name, const Shape& shape, bool exclusive, int* id) {
    if (shape.messages || shape.size) {
        throw sys::Error(EOPNOTSUPP, fmt::format("{}: a System V queue is limited in bytes, not in messages or their size", name.spelled()));
    }
    check_byte_limit(shape.byte_limit, name.spelled());
    const auto key = static_cast<key_t>(key_of(name));
    const auto wanted = shape.mode.value_or(0600);
    *id = ::msgget(key, IPC_CREAT | IPC_EXCL | static_cast<int>(wanted));
    if (*id >= 0) {
        sys::trace("created queue id {} for {} with mode {:04o} (msgget IPC_CREAT|IPC_EXCL)", *id, name.spelled(), wanted);
        if (shape.byte_limit) {
            try {
                Name made{.kind = Name::Kind::id};
                made.id = *id;
                SysvMq{made}.change({.mode = {}, .uid = {}, .gid = {}, .byte_limit = shape.byte_limit});
            } catch (...) {
                ::msgctl(*id, IPC_RMID, nullptr);
                throw;
            }
        }
        return Mq::Found::created;
    }
    if (errno != EEXIST) explain_refusal(errno, name.spelled());
    const auto refuse = [&](std::string_view why) -> sys::Error { return {EEXIST, fmt::format("{}: {}", name.spelled(), why)}; };
    if (exclusive) throw refuse("there is such a queue");
    *id = find_id(name);
    const auto state = ask(*id, name.spelled());
    if (state.msg_perm.uid != ::geteuid() && state.msg_perm.uid != 0)
        throw refuse(fmt::format("there is such a queue, and it belongs to user {}", state.msg_perm.uid));
    if (shape.byte_limit.value_or(state.msg_qbytes) != state.msg_qbytes)
        throw refuse(fmt::format("there is such a queue, with a byte limit of {}", state.msg_qbytes));
    const unsigned mode = state.msg_perm.mode & 0777;
    if (shape.mode.value_or(mode) != mode) throw refuse(fmt::format("there is such a queue, with mode {:04o}", mode));
    return Mq::Found::existed;
}

void detail::remove_sysv(const Name& name) {
    const int id = find_id(name);
    if (::msgctl(id, IPC_RMID, nullptr) < 0)
        throw sys::Error(errno == EINVAL || errno == EIDRM ? ENOENT : errno, fmt::format("{}: cannot remove", name.spelled()));
    sys::trace("removed queue id {} (msgctl IPC_RMID)", id);
}

MqInfo detail::describe_sysv(int id, const msqid_ds& state) { return describe(id, state); }

}  // namespace ipc
