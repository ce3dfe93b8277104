// SPDX-License-Identifier: MIT
// cli/place: a directory that is ours alone, or none.
#include "cli/place.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "in_child.hpp"
#include "sys/error.hpp"

namespace {

class Runtime : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name = std::filesystem::temp_directory_path() / "runtime.XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        base_ = name;
        ::setenv("XDG_RUNTIME_DIR", base_.c_str(), 1);
    }
    void TearDown() override {
        std::filesystem::remove_all(base_);
        ::unsetenv("XDG_RUNTIME_DIR");
    }
    std::string base_;
};

int refusal() {
    try {
        return cli::open_runtime_directory("thing", true).fd ? 0 : -1;
    } catch (const sys::Error& failure) {
        return failure.number();
    }
}

TEST_F(Runtime, IsMadePrivateWhateverTheUmask) {
    const auto before = ::umask(0);
    const auto directory = cli::open_runtime_directory("thing", true);
    ::umask(before);
    ASSERT_TRUE(directory.fd);
    EXPECT_EQ(directory.path, base_ + "/moreipc/thing");
    struct stat status {};
    ASSERT_EQ(::stat(directory.path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0700U);
    EXPECT_EQ(::fcntl(directory.fd.get(), F_GETFD), FD_CLOEXEC);
}

TEST_F(Runtime, IsNotMadeUnlessAsked) {
    EXPECT_FALSE(cli::open_runtime_directory("thing", false).fd);
    EXPECT_FALSE(std::filesystem::exists(base_ + "/moreipc"));
}

TEST_F(Runtime, IsRefusedWhereOthersMayEnter) {
    ASSERT_EQ(::mkdir((base_ + "/moreipc").c_str(), 0755), 0);
    EXPECT_EQ(refusal(), EPERM);
}

TEST_F(Runtime, IsRefusedBehindALink) {
    std::filesystem::create_directory_symlink("/", base_ + "/moreipc");
    EXPECT_NE(refusal(), 0);
}

TEST(Place, RuntimeDirectoryIsTakenOnlyIfItIsPrivate) {
    expect_in_child([] {
        std::string path = "/tmp/runtime.XXXXXX";
        ASSERT_NE(::mkdtemp(path.data()), nullptr);
        ::setenv("XDG_RUNTIME_DIR", path.c_str(), 1);
        EXPECT_EQ(cli::runtime_directory(), path);
        std::filesystem::permissions(path, std::filesystem::perms{0755});
        EXPECT_EQ(cli::runtime_directory(), "/tmp");
        std::filesystem::remove(path);
        EXPECT_EQ(cli::runtime_directory(), "/tmp");
        ::setenv("XDG_RUNTIME_DIR", "tmp", 1);
        EXPECT_EQ(cli::runtime_directory(), "/tmp");
        ::unsetenv("XDG_RUNTIME_DIR");
        EXPECT_EQ(cli::runtime_directory(), "/tmp");
    });
}

}  // namespace
