// SPDX-License-Identifier: MIT
// ipc/fifo: found without opening, opened with a deadline, looked into before anything is taken.
#include "ipc/fifo.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <climits>
#include <filesystem>
#include <thread>

#include "in_child.hpp"
#include "sys/child.hpp"
#include "sys/error.hpp"

namespace {

using ipc::Fifo;
using ipc::FifoReader;
using sys::Deadline;
using sys::Wait;

class FifoTest : public ::testing::Test {
protected:
    void SetUp() override {
        directory = "/tmp/fifo.XXXXXX";
        ASSERT_NE(::mkdtemp(directory.data()), nullptr);
        path = directory + "/f";
    }
    void TearDown() override { std::filesystem::remove_all(directory); }

    Fifo make() {
        EXPECT_EQ(ipc::create_fifo(path, 0600, true), ipc::Made::created);
        return *Fifo::find(path);
    }
    static FifoReader reader_of(const Fifo& fifo, Fifo::End end = Fifo::End::reading) {
        sys::Fd descriptor;
        EXPECT_EQ(fifo.open(end, descriptor), Wait::done);
        return FifoReader{std::move(descriptor), fifo.name()};
    }
    static sys::Fd writer_of(const Fifo& fifo) {
        sys::Fd descriptor;
        EXPECT_EQ(fifo.open(Fifo::End::writing, descriptor), Wait::done);
        return descriptor;
    }
    static void put(const sys::Fd& into, std::string_view bytes) {
        ASSERT_EQ(::write(into.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    }
    int refused(unsigned mode, bool exclusive) {
        try {
            (void)ipc::create_fifo(path, mode, exclusive);
            return 0;
        } catch (const sys::Error& failure) {
            return failure.number();
        }
    }

    std::string directory;
    std::string path;
};

constexpr auto soon = std::chrono::milliseconds(50);

TEST_F(FifoTest, IsMadeWithAnExactMode) {
    const auto before = ::umask(0777);
    EXPECT_EQ(ipc::create_fifo(path, 0642, false), ipc::Made::created);
    EXPECT_EQ(::umask(before), 0777U);
    EXPECT_EQ(Fifo::find(path)->facts().st_mode & 07777, 0642U);
    EXPECT_EQ(ipc::create_fifo(path, 0642, false), ipc::Made::existed);
    EXPECT_EQ(refused(0642, true), EEXIST);
    EXPECT_EQ(refused(0600, false), EEXIST);
    std::filesystem::remove(path);
    std::filesystem::create_symlink("/etc/passwd", path);
    EXPECT_EQ(refused(0600, false), EEXIST);
}

TEST_F(FifoTest, IsFoundOrItIsSaidWhatIsThere) {
    EXPECT_EQ(Fifo::find(directory).error(), directory + ": a directory, not a FIFO");
    EXPECT_EQ(Fifo::find("/dev/null").error(), "/dev/null: a device, not a FIFO");
    EXPECT_THROW((void)Fifo::find(path), sys::Error);
    const auto fifo = make();
    std::filesystem::create_symlink("f", directory + "/link");
    EXPECT_EQ(Fifo::find(directory + "/link")->identity(), fifo.identity());
}

TEST_F(FifoTest, AnotherOneInItsPlaceIsNotOpened) {
    const auto fifo = make();
    std::filesystem::rename(path, directory + "/old");
    (void)make();
    sys::Fd into;
    EXPECT_THROW((void)fifo.open(Fifo::End::both, into), sys::Error);
}

TEST_F(FifoTest, OpeningForWritingWaitsForAReader) {
    const auto fifo = make();
    sys::Fd into;
    EXPECT_EQ(fifo.open(Fifo::End::writing, into), Wait::would_block);
    expect_in_child([&] {
        sys::Signals signals;
        EXPECT_EQ(fifo.open_for_writing(into, Deadline::after(soon), signals), Wait::gave_up);
        EXPECT_FALSE(into);
        std::jthread reader{[&] {
            std::this_thread::sleep_for(soon);
            const sys::Fd there = sys::open(path.c_str(), O_RDONLY);
        }};
        EXPECT_EQ(fifo.open_for_writing(into, {}, signals), Wait::done);
        EXPECT_NE(::fcntl(into.get(), F_GETFL) & O_NONBLOCK, 0);
    });
}

TEST_F(FifoTest, StateTellsNoWriterYetFromNoWriterAnyMore) {
    const auto fifo = make();
    const auto reader = reader_of(fifo);
    EXPECT_EQ(reader.state(), FifoReader::State::empty);
    auto writer = writer_of(fifo);
    EXPECT_EQ(reader.state(), FifoReader::State::empty);
    put(writer, "x");
    EXPECT_EQ(reader.state(), FifoReader::State::data);
    writer = {};
    EXPECT_EQ(reader.state(), FifoReader::State::data);
    char byte = 0;
    EXPECT_EQ(::read(reader.fd(), &byte, 1), 1);
    EXPECT_EQ(reader.state(), FifoReader::State::ended);
    writer = writer_of(fifo);
    EXPECT_EQ(reader.state(), FifoReader::State::empty);
}

TEST_F(FifoTest, LookingTakesNothing) {
    const auto fifo = make();
    auto reader = reader_of(fifo, Fifo::End::both);
    EXPECT_EQ(reader.look(), "");
    const auto writer = writer_of(fifo);
    put(writer, "one\n");
    put(writer, std::string(3000, 'x'));
    EXPECT_EQ(reader.look(), "one\n" + std::string(3000, 'x'));
    EXPECT_FALSE(reader.full());
    EXPECT_EQ(ipc::pipe_queued(reader.fd()), 3004U);
    reader.take(4);
    EXPECT_EQ(reader.look(), std::string(3000, 'x'));
    EXPECT_THROW(reader.take(3001), sys::Error);
}

TEST_F(FifoTest, AFullOneIsSeenWhole) {
    const auto fifo = make();
    auto reader = reader_of(fifo, Fifo::End::both);
    const auto writer = writer_of(fifo);
    // Records that leave a gap at the end of each page fill it with fewer bytes.
    const std::string record(4090, 'r');
    std::size_t count = 0;
    while (::write(writer.get(), record.data(), record.size()) > 0) ++count;
    EXPECT_EQ(reader.look().size(), count * record.size());
    EXPECT_TRUE(reader.full());
    ASSERT_GT(::fcntl(reader.fd(), F_SETPIPE_SZ, 1 << 18), 0);
    EXPECT_EQ(reader.look().size(), count * record.size());
    EXPECT_FALSE(reader.full());
}

TEST_F(FifoTest, WaitingWakesOnceForEachWrite) {
    expect_in_child([&] {
        const auto fifo = make();
        auto reader = reader_of(fifo);
        sys::Signals signals;
        auto writer = writer_of(fifo);
        put(writer, "unfinished");
        while (reader.wait(Deadline::after(soon), signals) == Wait::done) {}
        EXPECT_EQ(reader.wait(Deadline::after(soon), signals), Wait::gave_up) << "although poll(2) says that there is data";
        put(writer, "more");
        EXPECT_EQ(reader.wait(Deadline::after(soon), signals), Wait::done);
        EXPECT_EQ(reader.wait(Deadline::after(soon), signals), Wait::gave_up);
        writer = {};
        EXPECT_EQ(reader.wait(Deadline::after(soon), signals), Wait::done);
        const auto pipe = sys::Pipe::create();
        EXPECT_EQ(reader.wait(Deadline::after(soon), signals, pipe.write_end.get()), Wait::gave_up);
    });
}

TEST_F(FifoTest, ReadersLockOutReadersAndWritersWriters) {
    expect_in_child([&] {
        const auto fifo = make();
        auto one = reader_of(fifo);
        auto two = reader_of(fifo);
        sys::Signals signals;
        EXPECT_EQ(one.lock({}, signals), Wait::done);
        EXPECT_EQ(two.lock(Deadline::after(soon), signals), Wait::gave_up);
        const auto writer = writer_of(fifo);
        const auto other = writer_of(fifo);
        EXPECT_EQ(ipc::lock_writers(writer.get(), "f", {}, signals), Wait::done);
        EXPECT_EQ(ipc::lock_writers(other.get(), "f", Deadline::after(soon), signals), Wait::gave_up);
        ipc::unlock_writers(writer.get());
        EXPECT_EQ(ipc::lock_writers(other.get(), "f", Deadline::after(soon), signals), Wait::done);
        one.unlock();
        EXPECT_EQ(two.lock(Deadline::after(soon), signals), Wait::done);
    });
}

TEST_F(FifoTest, ARecordGoesInWholeOrNotAtAll) {
    expect_in_child([&] {
        const auto fifo = make();
        auto reader = reader_of(fifo);
        const auto writer = writer_of(fifo);
        sys::Signals signals;
        std::size_t written = 0;
        const std::string record(PIPE_BUF, 'r');
        std::size_t count = 0;
        while (ipc::write_fifo(writer.get(), record, written, "f", Deadline::after({}), signals) == Wait::done) ++count;
        EXPECT_EQ(written, 0U);
        EXPECT_EQ(count, 16U);
        reader.take(record.size());
        EXPECT_EQ(ipc::write_fifo(writer.get(), record + record, written, "f", Deadline::after(soon), signals), Wait::gave_up);
        EXPECT_EQ(written, record.size()) << "of a longer one, as much as there is room for";
        reader = reader_of(fifo);
        EXPECT_EQ(ipc::wait_until_read(writer.get(), path, false, Deadline::after(soon), signals), Wait::gave_up);
        reader.take(reader.look().size());
        EXPECT_EQ(ipc::wait_until_read(writer.get(), path, false, {}, signals), Wait::done);
        EXPECT_EQ(ipc::write_fifo(writer.get(), "rest", written, "f", {}, signals), Wait::done);
        { const auto gone = std::move(reader); }
        EXPECT_EQ(ipc::wait_until_read(writer.get(), path, false, {}, signals), Wait::would_block);
        EXPECT_THROW((void)ipc::write_fifo(writer.get(), "x", written, "f", {}, signals), sys::Error);
    });
}

}  // namespace
