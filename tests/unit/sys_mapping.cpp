// SPDX-License-Identifier: MIT
// sys/mapping: memory that shrinks under us is an error, not a signal.
#include "sys/mapping.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <limits>
#include <vector>

#include "in_child.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace {

using sys::Mapping;

const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));

sys::Fd memory(std::size_t size) {
    sys::Fd fd{::memfd_create("test", MFD_CLOEXEC)};
    EXPECT_EQ(::ftruncate(fd.get(), static_cast<off_t>(size)), 0);
    return fd;
}

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

TEST(Mapping, CopiesInAndOut) {
    const auto fd = memory(2 * page);
    Mapping mapping{fd.get(), 2 * page, Mapping::Access::write};
    EXPECT_EQ(mapping.size(), 2 * page);
    const std::array<std::byte, 3> bytes{std::byte{1}, std::byte{2}, std::byte{3}};
    mapping.write(page - 1, bytes);  // over the edge of a page
    std::array<std::byte, 3> back{};
    mapping.read(page - 1, back);
    EXPECT_EQ(back, bytes);
    std::array<char, 3> in_file{};
    EXPECT_EQ(::pread(fd.get(), in_file.data(), 3, static_cast<off_t>(page) - 1), 3);
    EXPECT_EQ(in_file[2], 3);
    const Mapping second{fd.get(), page, Mapping::Access::read, page};
    second.read(0, std::span{back}.first(2));
    EXPECT_EQ(back[0], bytes[1]);
}

TEST(Mapping, RefusesWhatIsOutsideOfIt) {
    const auto fd = memory(page);
    Mapping mapping{fd.get(), page, Mapping::Access::write};
    std::array<std::byte, 8> bytes{};
    constexpr auto far = std::numeric_limits<std::size_t>::max();
    EXPECT_EQ(refusal([&] { mapping.read(page - 8, bytes); }), 0);
    for (const auto offset : {page - 7, page, page + 1, far, far - 7, far - 8, far / 2}) {
        EXPECT_EQ(refusal([&] { mapping.read(offset, bytes); }), ERANGE) << offset;
        EXPECT_EQ(refusal([&] { mapping.write(offset, bytes); }), ERANGE) << offset;
    }
    EXPECT_EQ(refusal([&] { mapping.read(0, bytes); }), 0) << "a refusal breaks nothing";
}

TEST(Mapping, CopiesNothingWhereNothingIsAsked) {
    const auto fd = memory(page);
    Mapping mapping{fd.get(), page, Mapping::Access::write};
    EXPECT_EQ(refusal([&] { mapping.read(0, {}); }), 0);
    EXPECT_EQ(refusal([&] { mapping.write(page, {}); }), 0);
    EXPECT_EQ(refusal([&] { mapping.read(page + 1, {}); }), ERANGE);
}

TEST(Mapping, SaysWhyItCannotBeMade) {
    const auto fd = memory(page);
    EXPECT_EQ(refusal([&] { Mapping{fd.get(), 0, Mapping::Access::read}; }), EINVAL);
    EXPECT_EQ(refusal([&] { Mapping{fd.get(), page, Mapping::Access::read, 1}; }), EINVAL);
    EXPECT_EQ(refusal([&] { Mapping{-1, page, Mapping::Access::read}; }), EBADF);
    EXPECT_EQ(refusal([&] { Mapping{fd.get(), std::numeric_limits<std::size_t>::max() / 2, Mapping::Access::read}; }), ENOMEM);
    const auto null = sys::open("/dev/null", O_RDONLY);
    EXPECT_EQ(refusal([&] { Mapping{null.get(), page, Mapping::Access::read}; }), ENODEV);
    EXPECT_EQ(refusal([&] { Mapping{null.get(), page, Mapping::Access::write}; }) != 0, true);
}

TEST(Mapping, OfAFileThatShrankIsAnErrorAndStaysOne) {
    const auto fd = memory(4 * page);
    Mapping mapping{fd.get(), 4 * page, Mapping::Access::write};
    std::vector<std::byte> all(4 * page);
    EXPECT_EQ(refusal([&] { mapping.read(0, all); }), 0);
    ASSERT_EQ(::ftruncate(fd.get(), static_cast<off_t>(page)), 0);
    EXPECT_EQ(refusal([&] { mapping.read(0, std::span{all}.first(page)); }), 0) << "what is still there is still good";
    EXPECT_EQ(refusal([&] { mapping.read(0, all); }), EIO);
    // A page of zeros lies there now, so nothing in it may be believed any more, not even after the file has grown again.
    ASSERT_EQ(::ftruncate(fd.get(), static_cast<off_t>(4 * page)), 0);
    EXPECT_EQ(refusal([&] { mapping.read(0, std::span{all}.first(1)); }), EIO);
    EXPECT_EQ(refusal([&] { mapping.write(0, std::span{all}.first(1)); }), EIO);
    const Mapping fresh{fd.get(), 4 * page, Mapping::Access::read};
    EXPECT_EQ(refusal([&] { fresh.read(0, all); }), 0) << "another mapping is not concerned";
}

TEST(Mapping, CanBeBrokenByAWriteAndByEveryPageInTurn) {
    const auto fd = memory(64 * page);
    std::vector<std::byte> all(64 * page);
    for (std::size_t keep = 0; keep < 64; ++keep) {
        ASSERT_EQ(::ftruncate(fd.get(), static_cast<off_t>(64 * page)), 0);
        Mapping mapping{fd.get(), 64 * page, Mapping::Access::write};
        ASSERT_EQ(::ftruncate(fd.get(), static_cast<off_t>(keep * page)), 0);
        EXPECT_EQ(refusal([&] { mapping.write(0, all); }), EIO);
    }
}

TEST(Mapping, LongerThanItsFileIsAnErrorWhereTheFileEnds) {
    const auto fd = memory(1);
    Mapping mapping{fd.get(), 2 * page, Mapping::Access::read};
    std::array<std::byte, 1> byte{};
    EXPECT_EQ(refusal([&] { mapping.read(page - 1, byte); }), 0) << "the rest of the last page is zeros: mmap(2)";
    EXPECT_EQ(refusal([&] { mapping.read(page, byte); }), EIO);
}

TEST(Mapping, OnAFullFileSystemIsAnError) {
    std::string directory = ::testing::TempDir() + "fullXXXXXX";
    ASSERT_NE(::mkdtemp(directory.data()), nullptr);
    if (::mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=64k") < 0) {
        ::rmdir(directory.c_str());
        GTEST_SKIP() << "may not mount";
    }
    {
        const auto file = sys::open((directory + "/file").c_str(), O_RDWR | O_CREAT, 0600);
        ASSERT_EQ(::ftruncate(file.get(), 1 << 20), 0) << "a sparse file may be larger than its file system";
        Mapping mapping{file.get(), 1 << 20, Mapping::Access::write};
        const std::vector<std::byte> some(32 << 10);
        const std::vector<std::byte> all(1 << 20);
        EXPECT_EQ(refusal([&] { mapping.write(0, some); }), 0);
        EXPECT_EQ(refusal([&] { mapping.write(0, all); }), EIO);
        EXPECT_EQ(refusal([&] { mapping.write(0, some); }), EIO);
    }
    EXPECT_EQ(::umount(directory.c_str()), 0);
    ::rmdir(directory.c_str());
}

TEST(Mapping, LeavesForeignBusErrorsDeadly) {
    const int status = in_child([] {
        const rlimit none{0, 0};
        ::setrlimit(RLIMIT_CORE, &none);
        const auto fd = memory(page);
        const Mapping mapping{fd.get(), page, Mapping::Access::read};
        const auto other = memory(page);
        auto* const bytes = static_cast<volatile char*>(::mmap(nullptr, page, PROT_READ, MAP_SHARED, other.get(), 0));
        EXPECT_EQ(::ftruncate(other.get(), 0), 0);
        (void)bytes[0];
    });
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
    EXPECT_EQ(WTERMSIG(status), SIGBUS);
}

}  // namespace
