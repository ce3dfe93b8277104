// SPDX-License-Identifier: MIT
// ipc/mq: queues of both kinds, made, filled, emptied, asked and changed in the real kernel.
#include "ipc/mq.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <mqueue.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "in_child.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/privilege.hpp"

namespace {

using namespace std::chrono_literals;
using ipc::Message;
using ipc::Mq;
using ipc::Name;
using Rule = ipc::Selection::Rule;
using sys::Deadline;
using sys::Signals;
using sys::Wait;

/// The errno that the body throws; 0: none.
template <class Body>
int refusal(Body body) {
    try {
        body();
        return 0;
    } catch (const sys::Error& failure) {
        return failure.number();
    }
}

/// A queue of either kind, removed at the end of the test.
class Queue {
public:
    explicit Queue(bool sysv, const ipc::Shape& shape = {}) {
        static int count = 0;
        const auto number = static_cast<std::uint32_t>(::getpid()) << 8 | static_cast<std::uint32_t>(++count & 0xff);
        name = *Name::parse(sysv ? "key:" + std::to_string(number) : "/unit-" + std::to_string(number));
        EXPECT_EQ(Mq::create(name, shape, true, &id), Mq::Found::created);
    }
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;
    ~Queue() {
        (void)refusal([&] { Mq::remove(name); });
    }

    [[nodiscard]] std::unique_ptr<Mq> open(Mq::Access access = Mq::Access::both) const { return Mq::open(name, access); }

    Name name;
    int id = -1;
};

class BothKinds : public ::testing::TestWithParam<bool> {
protected:
    [[nodiscard]] static bool sysv() { return GetParam(); }
    /// A shape that holds two messages of ten bytes, in the terms of the kind.
    [[nodiscard]] static ipc::Shape small() {
        ipc::Shape shape;
        if (sysv()) shape.byte_limit = 20;
        if (!sysv()) shape.messages = 2;
        if (!sysv()) shape.size = 10;
        return shape;
    }
};

INSTANTIATE_TEST_SUITE_P(Mq, BothKinds, ::testing::Bool(), [](const auto& kind) { return kind.param ? "SystemV" : "Posix"; });

std::string received(Mq& queue, const ipc::Selection& selection = {}) {
    Message message;
    return queue.try_receive(message, selection) == Wait::done ? message.bytes : "(nothing)";
}

TEST_P(BothKinds, CarryAnyBytesUnchanged) {
    const Queue made{sysv()};
    const auto queue = made.open();
    EXPECT_EQ(queue->sysv(), sysv());
    EXPECT_EQ(queue->name(), made.name.spelled());
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    const std::string largest(8192, '\xff');
    for (const auto& bytes : {std::string{}, std::string{"\0", 1}, std::string{"\n"}, all, largest}) {
        ASSERT_EQ(queue->try_send(bytes, 1), Wait::done);
        Message message;
        ASSERT_EQ(queue->try_receive(message, {}), Wait::done);
        EXPECT_EQ(message.bytes, bytes);
        EXPECT_EQ(message.label, 1);
    }
}

TEST_P(BothKinds, SayWouldBlockWhenEmptyAndWhenFull) {
    const Queue made{sysv(), small()};
    const auto queue = made.open();
    Message message;
    EXPECT_EQ(queue->try_receive(message, {}), Wait::would_block);
    EXPECT_EQ(queue->try_send("0123456789", 1), Wait::done);
    EXPECT_EQ(queue->try_send("0123456789", 1), Wait::done);
    EXPECT_EQ(queue->try_send("0123456789", 1), Wait::would_block);
    EXPECT_EQ(queue->info().messages, 2U);
}

TEST_P(BothKinds, GiveUpAtTheDeadlineBothWays) {
    expect_in_child([] {
        Signals signals;
        const Queue made{sysv(), small()};
        const auto queue = made.open();
        Message message;
        for (const auto length : {0ns, 1'000'000ns, 30'000'000ns}) {
            const auto start = std::chrono::steady_clock::now();
            EXPECT_EQ(queue->receive(message, {}, Deadline::after(length), signals), Wait::gave_up);
            EXPECT_GE(std::chrono::steady_clock::now() - start, length);
        }
        while (queue->try_send("0123456789", 1) == Wait::done) continue;
        const auto start = std::chrono::steady_clock::now();
        EXPECT_EQ(queue->send("0123456789", 1, Deadline::after(30ms), signals), Wait::gave_up);
        EXPECT_GE(std::chrono::steady_clock::now() - start, 30ms);
        EXPECT_EQ(queue->wait_message({}, Deadline::after(30ms), signals), Wait::done);
        EXPECT_EQ(received(*queue), "0123456789");
        EXPECT_EQ(received(*queue), "0123456789");
        EXPECT_EQ(queue->wait_message({}, Deadline::after(30ms), signals), Wait::gave_up);
    });
}

TEST_P(BothKinds, WaitForTheOtherSide) {
    expect_in_child([] {
        Signals signals;
        const Queue made{sysv(), small()};
        const auto queue = made.open();
        const pid_t us = ::getpid();
        const pid_t other = ::fork();
        if (other == 0) {
            const auto stat = "/proc/" + std::to_string(us) + "/stat";
            for (std::string line; line.find(") S") == std::string::npos;) std::getline(std::ifstream{stat}, line);
            const auto theirs = made.open(Mq::Access::send);
            for (const char* text : {"first", "second", "third", "fourth"}) {
                if (theirs->send(text, 1, Deadline::after(20s), signals) != Wait::done) std::_Exit(1);
            }
            std::_Exit(0);
        }
        for (const char* text : {"first", "second", "third", "fourth"}) {
            Message message;
            ASSERT_EQ(queue->receive(message, {}, Deadline::after(20s), signals), Wait::done);
            EXPECT_EQ(message.bytes, text);
        }
        int status = -1;
        EXPECT_EQ(::waitpid(other, &status, 0), other);
        EXPECT_EQ(status, 0);
    });
}

TEST_P(BothKinds, AreInterruptedByASignalWithoutTakingAnything) {
    expect_in_child([] {
        Signals signals;
        const Queue made{sysv()};
        const auto queue = made.open();
        const pid_t us = ::getpid();
        for (const bool receive : {true, false}) {
            const pid_t other = ::fork();
            if (other == 0) {
                const auto stat = "/proc/" + std::to_string(us) + "/stat";
                for (std::string line; line.find(") S") == std::string::npos;) std::getline(std::ifstream{stat}, line);
                ::kill(us, SIGTERM);
                std::_Exit(0);
            }
            Message message;
            EXPECT_EQ(receive ? queue->receive(message, {}, Deadline{}, signals) : queue->wait_message({}, Deadline{}, signals), Wait::interrupted);
            EXPECT_EQ(Signals::taken(), SIGTERM);
            Signals::forget(SIGTERM);
            ::waitpid(other, nullptr, 0);
        }
        EXPECT_EQ(queue->try_send("kept", 1), Wait::done);
        EXPECT_EQ(received(*queue), "kept");
    });
}

TEST_P(BothKinds, RefuseAMessageThatNeverFits) {
    const Queue made{sysv(), small()};
    const auto queue = made.open();
    EXPECT_EQ(refusal([&] { (void)queue->try_send(std::string(21, 'x'), 1); }), EMSGSIZE);
    EXPECT_EQ(refusal([&] { (void)queue->try_send(std::string(1 << 20, 'x'), 1); }), EMSGSIZE);
    EXPECT_EQ(queue->info().messages, 0U);
}

// A blocking send that the queue can never take must be refused too, and not wait for ever.
TEST_P(BothKinds, RefuseAMessageThatNeverFitsAlsoWhenMayWait) {
    expect_in_child([] {
        Signals signals;
        const Queue made{sysv(), small()};
        const auto queue = made.open();
        auto wait = Wait::done;
        EXPECT_EQ(refusal([&] { wait = queue->send(std::string(21, 'x'), 1, Deadline::after(300ms), signals); }), EMSGSIZE)
            << (wait == Wait::gave_up ? "it waited" : "");
    });
}

TEST_P(BothKinds, KnowTheirState) {
    auto shape = small();
    shape.mode = 0640;
    const Queue made{sysv(), shape};
    const auto queue = made.open();
    ASSERT_EQ(queue->try_send("1234567", 1), Wait::done);
    const auto info = queue->info();
    EXPECT_EQ(info.sysv, sysv());
    EXPECT_EQ(info.mode, 0640U);
    EXPECT_EQ(info.uid, ::geteuid());
    EXPECT_EQ(info.gid, ::getegid());
    EXPECT_EQ(info.messages, 1U);
    EXPECT_EQ(info.bytes, 7U);
    if (sysv()) {
        EXPECT_EQ(info.key, made.name.key);
        EXPECT_EQ(info.id, made.id);
        EXPECT_EQ(info.byte_limit, 20U);
        EXPECT_EQ(info.last_sender, ::getpid());
        EXPECT_EQ(info.last_receiver, 0);
        EXPECT_FALSE(info.capacity);
        EXPECT_GT(info.sent.value_or(0), 0);
        EXPECT_EQ(info.received, 0);
    } else {
        EXPECT_EQ(info.name.spelled(), made.name.spelled());
        EXPECT_EQ(info.capacity, 2U);
        EXPECT_EQ(info.size, 10U);
        EXPECT_FALSE(info.byte_limit);
        EXPECT_FALSE(info.notification);
        EXPECT_NE(info.inode, 0U);
    }
}

TEST_P(BothKinds, HaveExactlyTheModeThatWasAskedFor) {
    const auto before = ::umask(077);
    for (const unsigned mode : {0600U, 0666U, 0640U, 0777U, 0400U}) {
        ipc::Shape shape;
        shape.mode = mode;
        const Queue made{sysv(), shape};
        EXPECT_EQ(made.open(Mq::Access::look)->info().mode, mode);
    }
    EXPECT_EQ(::umask(before), 077U) << "the mask must be left as it was";
}

TEST_P(BothKinds, ChangeTheirMode) {
    const Queue made{sysv()};
    const auto queue = made.open();
    Mq::Change change;
    change.mode = 0600;
    queue->change(change);
    EXPECT_EQ(queue->info().mode, 0600U);
    change.mode = 0644;
    queue->change(change);
    EXPECT_EQ(queue->info().mode, 0644U);
    change = {};
    change.uid = ::geteuid();
    change.gid = ::getegid();
    EXPECT_EQ(refusal([&] { queue->change(change); }), 0);
    EXPECT_EQ(queue->info().mode, 0644U) << "what is not named stays";
    change = {};
    change.byte_limit = 1000;
    EXPECT_EQ(refusal([&] { queue->change(change); }), sysv() ? 0 : EOPNOTSUPP);
    if (sysv()) {
        EXPECT_EQ(queue->info().byte_limit, 1000U);
    }
}

TEST_P(BothKinds, AreFoundAgainOrRefusedWhenTheyExist) {
    auto shape = small();
    const Queue made{sysv(), shape};
    int id = -1;
    EXPECT_EQ(Mq::create(made.name, shape, false, &id), Mq::Found::existed);
    EXPECT_EQ(id, made.id);
    EXPECT_EQ(Mq::create(made.name, {}, false, &id), Mq::Found::existed) << "no shape is every shape";
    EXPECT_EQ(refusal([&] { Mq::create(made.name, shape, true, &id); }), EEXIST);
    if (sysv()) shape.byte_limit = 21;
    if (!sysv()) shape.size = 11;
    EXPECT_EQ(refusal([&] { Mq::create(made.name, shape, false, &id); }), EEXIST);
}

TEST_P(BothKinds, RefuseTheShapeOfTheOtherKind) {
    ipc::Shape shape;
    if (sysv()) shape.messages = 2;
    if (!sysv()) shape.byte_limit = 20;
    int id = -1;
    const auto name = *Name::parse(sysv() ? "key:0x51ab" : "/unit-wrong-shape");
    EXPECT_EQ(refusal([&] { Mq::create(name, shape, true, &id); }), EOPNOTSUPP);
    EXPECT_EQ(refusal([&] { Mq::remove(name); }), ENOENT);
}

TEST_P(BothKinds, TellTheWaiterThatTheyWereRemoved) {
    expect_in_child([] {
        Signals signals;
        const Queue made{sysv()};
        const auto queue = made.open();
        Mq::remove(made.name);
        EXPECT_EQ(refusal([&] { Mq::remove(made.name); }), ENOENT);
        EXPECT_EQ(refusal([&] { (void)made.open(); }), ENOENT);
        Message message;
        if (sysv()) {
            EXPECT_EQ(refusal([&] { (void)queue->receive(message, {}, Deadline::after(20s), signals); }), EIDRM);
            EXPECT_EQ(refusal([&] { (void)queue->try_send("x", 1); }), EIDRM);
        } else {
            EXPECT_EQ(queue->try_send("still there", 1), Wait::done) << "it lives until the last one closes it";
            EXPECT_EQ(received(*queue), "still there");
        }
    });
}

TEST(PosixMq, GivesTheHighestPriorityFirstAndEqualOnesInOrder) {
    const Queue made{false};
    const auto queue = made.open();
    const std::vector<std::pair<const char*, long>> sent{{"a", 1}, {"b", 32767}, {"c", 0}, {"d", 1}, {"e", 32767}};
    for (const auto& [text, priority] : sent) ASSERT_EQ(queue->try_send(text, priority), Wait::done);
    const std::vector<std::pair<std::string, long>> right{{"b", 32767}, {"e", 32767}, {"a", 1}, {"d", 1}, {"c", 0}};
    for (const auto& [text, priority] : right) {
        Message message;
        ASSERT_EQ(queue->try_receive(message, {}), Wait::done);
        EXPECT_EQ(message.bytes, text);
        EXPECT_EQ(message.label, priority);
    }
}

TEST(PosixMq, HasNoPeekNoSelectionButADescriptorAndRoom) {
    expect_in_child([] {
        Signals signals;
        ipc::Shape shape;
        shape.messages = 1;
        shape.size = 1;
        const Queue made{false, shape};
        const auto queue = made.open();
        Message message;
        EXPECT_EQ(refusal([&] { (void)queue->peek(message, 0); }), EOPNOTSUPP);
        EXPECT_EQ(refusal([&] { (void)queue->try_receive(message, {Rule::exact, 1}); }), EOPNOTSUPP);
        EXPECT_GE(queue->descriptor(), 3);
        EXPECT_EQ(queue->wait_room(Deadline{}, signals), Wait::done);
        EXPECT_EQ(queue->try_send("x", 0), Wait::done);
        EXPECT_EQ(queue->wait_room(Deadline::after(10ms), signals), Wait::gave_up);
    });
}

TEST(PosixMq, ReceivesMessagesOverTheFirstBuffer) {
    std::ifstream knob{"/proc/sys/fs/mqueue/msgsize_max"};
    std::uint64_t most = 0;
    knob >> most;
    ipc::Shape shape;
    shape.messages = 2;
    shape.size = sys::has_capability(24) ? 100'000 : most;  // CAP_SYS_RESOURCE lifts the limit
    std::unique_ptr<Queue> made;
    if (refusal([&] {
            int id = -1;
            Mq::create(*Name::parse("/unit-large"), shape, true, &id);
        }) != 0)
        GTEST_SKIP() << "limits too low";
    const auto queue = Mq::open(*Name::parse("/unit-large"), Mq::Access::both);
    const std::string bytes(shape.size.value_or(1), 'q');
    EXPECT_EQ(queue->try_send(bytes, 3), Wait::done);
    EXPECT_EQ(received(*queue), bytes);
    Mq::remove(*Name::parse("/unit-large"));
}

TEST(PosixMq, IsOpenedThroughADescriptorAfterItsNameIsGone) {
    const Queue made{false};
    const auto queue = made.open();
    ASSERT_EQ(queue->try_send("left behind", 0), Wait::done);
    Mq::remove(made.name);
    const auto spelled = std::to_string(::getpid()) + ":" + std::to_string(queue->descriptor());
    EXPECT_EQ(received(*Mq::open(*Name::parse(spelled), Mq::Access::receive)), "left behind");
    const auto not_one = std::to_string(::getpid()) + ":0";
    EXPECT_EQ(refusal([&] { (void)Mq::open(*Name::parse(not_one), Mq::Access::look); }), EBADF);
    EXPECT_EQ(refusal([&] { (void)Mq::open(*Name::parse(std::to_string(::getpid()) + ":999999"), Mq::Access::look); }), ENOENT);
}

TEST(PosixMq, HasTheAccessItWasOpenedFor) {
    const Queue made{false};
    Message message;
    EXPECT_EQ(refusal([&] { (void)made.open(Mq::Access::receive)->try_send("x", 0); }), EBADF);
    EXPECT_EQ(refusal([&] { (void)made.open(Mq::Access::send)->try_receive(message, {}); }), EBADF);
}

TEST(PosixMq, ShowsWhoIsToBeNotified) {
    const Queue made{false};
    const mqd_t descriptor = ::mq_open(made.name.posix.c_str(), O_RDONLY);
    ASSERT_GE(descriptor, 0);
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGUSR1;
    ASSERT_EQ(::mq_notify(descriptor, &event), 0);
    const auto info = made.open(Mq::Access::look)->info();
    ASSERT_TRUE(info.notification);
    EXPECT_EQ(info.notification->pid, ::getpid());
    EXPECT_EQ(info.notification->method, SIGEV_SIGNAL);
    EXPECT_EQ(info.notification->signal, SIGUSR1);
    ::mq_close(descriptor);
}

class SysvSelection : public ::testing::Test {
protected:
    void SetUp() override {
        for (const auto& [text, type] : std::vector<std::pair<const char*, long>>{{"five", 5}, {"three", 3}, {"five again", 5}, {"seven", 7}})
            ASSERT_EQ(queue_->try_send(text, type), Wait::done);
    }
    Queue made_{true};
    std::unique_ptr<Mq> queue_ = made_.open();
};

TEST_F(SysvSelection, First) { EXPECT_EQ(received(*queue_), "five"); }
TEST_F(SysvSelection, ExactType) {
    EXPECT_EQ(received(*queue_, {Rule::exact, 7}), "seven");
    EXPECT_EQ(received(*queue_, {Rule::exact, 7}), "(nothing)");
    EXPECT_EQ(received(*queue_, {Rule::exact, 5}), "five");
    EXPECT_EQ(received(*queue_, {Rule::exact, 5}), "five again");
}
TEST_F(SysvSelection, LowestTypeUpToALimit) {
    EXPECT_EQ(received(*queue_, {Rule::lowest, 6}), "three");
    EXPECT_EQ(received(*queue_, {Rule::lowest, 6}), "five");
    EXPECT_EQ(received(*queue_, {Rule::lowest, 4}), "(nothing)");
}
TEST_F(SysvSelection, AnyTypeButOne) {
    EXPECT_EQ(received(*queue_, {Rule::except, 5}), "three");
    EXPECT_EQ(received(*queue_, {Rule::except, 5}), "seven");
    EXPECT_EQ(received(*queue_, {Rule::except, 5}), "(nothing)");
}
TEST_F(SysvSelection, PeekTakesNothingAndLeavesNoTrace) {
    const auto before = queue_->info();
    Message message;
    std::vector<std::string> seen;
    const int refused = refusal([&] {
        for (std::uint64_t index = 0; queue_->peek(message, index); ++index) seen.push_back(message.bytes + ":" + std::to_string(message.label));
    });
    if (refused == ENOSYS) GTEST_SKIP() << "needs CONFIG_CHECKPOINT_RESTORE";
    EXPECT_EQ(seen, (std::vector<std::string>{"five:5", "three:3", "five again:5", "seven:7"}));
    EXPECT_FALSE(queue_->peek(message, static_cast<std::uint64_t>(-1)));
    const auto after = queue_->info();
    EXPECT_EQ(after.messages, before.messages);
    EXPECT_EQ(after.last_receiver, before.last_receiver);
    EXPECT_EQ(after.received, before.received);
}

TEST(SysvMq, WaitsForATypeWithoutTakingTheMessage) {
    expect_in_child([] {
        Signals signals;
        const Queue made{true};
        const auto queue = made.open();
        ASSERT_EQ(queue->try_send("one", 1), Wait::done);
        EXPECT_EQ(queue->wait_message({Rule::exact, 2}, Deadline::after(20ms), signals), Wait::gave_up);
        ASSERT_EQ(queue->try_send("", 2), Wait::done);
        EXPECT_EQ(queue->wait_message({Rule::exact, 2}, Deadline::after(20ms), signals), Wait::done);
        EXPECT_EQ(queue->info().messages, 2U) << "an empty message is there again";
        EXPECT_EQ(received(*queue, {Rule::exact, 2}), "");
        EXPECT_EQ(refusal([&] { (void)queue->wait_room(Deadline{}, signals); }), EOPNOTSUPP);
        EXPECT_EQ(queue->descriptor(), -1);
    });
}

TEST(SysvMq, ThatIsPrivateHasOnlyItsId) {
    int id = -1;
    ASSERT_EQ(Mq::create(*Name::parse("private"), {}, true, &id), Mq::Found::created);
    const auto name = *Name::parse("id:" + std::to_string(id));
    EXPECT_EQ(Mq::open(name, Mq::Access::look)->info().key, 0U);
    Mq::remove(name);
    EXPECT_EQ(refusal([&] { (void)Mq::open(name, Mq::Access::both); }), ENOENT);
    EXPECT_EQ(refusal([&] { (void)Mq::open(name, Mq::Access::look)->info(); }), ENOENT);
}

TEST(Mq, SuggestsTheNearestNameThatExists) {
    const auto name = *Name::parse("/unit-suggest-this");
    int id = -1;
    Mq::create(name, {}, true, &id);
    try {
        (void)Mq::open(*Name::parse("/unit-sugest-this"), Mq::Access::look);
        ADD_FAILURE();
    } catch (const sys::Error& failure) {
        EXPECT_EQ(failure.number(), ENOENT);
        // Without /dev/mqueue and without privilege only open queues are known.
        if (::access("/dev/mqueue/unit-suggest-this", F_OK) == 0) {
            EXPECT_EQ(failure.hint(), "did you mean /unit-suggest-this?");
        }
    }
    Mq::remove(name);
}

TEST(MqName, IsRefusedWhereItsKindMakesNoSense) {
    for (const char* text : {"/jobs", "key:1", "id:7", "ftok:/", "1:3"}) EXPECT_TRUE(ipc::MqName::parse(text)) << text;
    EXPECT_FALSE(ipc::MqName::parse("private"));
    EXPECT_FALSE(ipc::MqName::parse("a/b"));
    for (const char* text : {"/jobs", "key:1", "private", "ftok:/"}) EXPECT_TRUE(ipc::NewMqName::parse(text)) << text;
    for (const char* text : {"id:7", "1:3", "a/b"}) EXPECT_FALSE(ipc::NewMqName::parse(text)) << text;
}

/// Becomes a user to whom no queue is charged yet, in a world of its own where it may.
bool become_nobody_else() {
    const auto uid = ::geteuid();
    const auto gid = ::getegid();
    if (uid != 0) {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWIPC) < 0) return false;
        // Without a user and a group of the new world nothing can be created in it (EOVERFLOW): user_namespaces(7).
        std::ofstream{"/proc/self/setgroups"} << "deny";
        std::ofstream{"/proc/self/uid_map"} << "0 " << uid << " 1\n";
        std::ofstream{"/proc/self/gid_map"} << "0 " << gid << " 1\n";
        return ::geteuid() == 0 && ::getegid() == 0;
    }
    const auto other = static_cast<uid_t>(0x4000'0000U | static_cast<unsigned>(::getpid()));
    return ::unshare(CLONE_NEWIPC) == 0 && ::setresuid(other, other, other) == 0;
}

TEST(MqCharge, IsWhatTheKernelCharges) {
    const std::vector<std::pair<std::uint64_t, std::uint64_t>> shapes{{1, 1}, {10, 8192}, {10, 1}, {3, 4096}, {7, 77}};
    for (const auto& [messages, size] : shapes) {
        const int status = in_child([messages = messages, size = size] {
            if (!become_nobody_else()) std::_Exit(77);
            const auto charge = ipc::mq_charge(messages, size);
            mq_attr attributes{};
            attributes.mq_maxmsg = static_cast<long>(messages);
            attributes.mq_msgsize = static_cast<long>(size);
            const auto create = [&](int number) {
                const auto name = "/charged-" + std::to_string(number);
                const mqd_t queue = ::mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
                const int error = errno;
                if (queue >= 0) ::mq_close(queue);
                return queue >= 0 ? 0 : error;
            };
            rlimit limit{};
            ::getrlimit(RLIMIT_MSGQUEUE, &limit);
            const auto set = [&](std::uint64_t bytes) {
                limit.rlim_cur = bytes;
                EXPECT_EQ(::setrlimit(RLIMIT_MSGQUEUE, &limit), 0);
            };
            set(charge - 1);
            EXPECT_EQ(create(0), EMFILE) << "one byte less is too little";
            set(charge);
            EXPECT_EQ(create(0), 0) << "and this is enough";
            const auto room = std::min<std::uint64_t>(8, limit.rlim_max / charge);
            set(charge * room + charge - 1);
            int made = 1;
            while (create(made) == 0) ++made;
            EXPECT_EQ(static_cast<std::uint64_t>(made), room);
            for (int number = 0; number < made; ++number) ::mq_unlink(("/charged-" + std::to_string(number)).c_str());
        });
        if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "needs a user without queues";
        EXPECT_EQ(status, 0) << messages << " messages of " << size << " bytes";
    }
}

TEST(MqLimits, AreTheKernelsFigures) {
    std::size_t seen = 0;
    for (const auto& limit : ipc::mq_limits()) {
        auto path = "/proc/sys/" + limit.name;
        for (char& c : path) c = c == '.' ? '/' : c;
        std::ifstream knob{path};
        std::uint64_t figure = 0;
        if (knob >> figure) {
            EXPECT_EQ(limit.limit, figure) << limit.name;
            ++seen;
        }
        EXPECT_FALSE(limit.knob.empty());
        EXPECT_FALSE(limit.meaning.empty());
    }
    EXPECT_GE(seen, 8U);
}

TEST(MqUsers, ShowsHoldersAndBlockedReceivers) {
    for (const bool sysv : {false, true}) {
        const Queue made{sysv};
        const auto ready = sys::Pipe::create();
        const pid_t other = ::fork();
        if (other == 0) {
            Signals signals;
            const auto theirs = made.open(Mq::Access::receive);
            Message message;
            if (::write(ready.write_end.get(), "r", 1) != 1) std::_Exit(1);
            (void)theirs->receive(message, {}, Deadline{}, signals);
            std::_Exit(0);
        }
        char byte = 0;
        ASSERT_EQ(::read(ready.read_end.get(), &byte, 1), 1);
        auto info = made.open(Mq::Access::look)->info();
        struct stat space {};
        ASSERT_EQ(::stat("/proc/self/ns/ipc", &space), 0);
        info.ipc_namespace = space.st_ino;
        ipc::MqUsage usage;
        for (int round = 0; round < 2000; ++round) {
            usage = ipc::find_users({&info, 1});
            if (!usage.of[0].receivers.empty()) break;
        }
        ASSERT_EQ(usage.of[0].receivers.size(), 1U) << sysv;
        EXPECT_EQ(usage.of[0].receivers[0].pid, other);
        EXPECT_TRUE(usage.of[0].senders.empty());
        if (!sysv) {
            ASSERT_EQ(usage.of[0].holders.size(), 1U);
            EXPECT_EQ(usage.of[0].holders[0].pid, other);
            EXPECT_TRUE(usage.of[0].holders[0].reads);
            EXPECT_FALSE(usage.of[0].holders[0].writes);
        }
        ::kill(other, SIGKILL);
        ::waitpid(other, nullptr, 0);
    }
}

}  // namespace
