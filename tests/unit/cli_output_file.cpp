// SPDX-License-Identifier: MIT
// cli/output_file, cli/rescue: files that the user has named, and what becomes of what they hold.
#include "cli/output_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/out.hpp"
#include "cli/rescue.hpp"
#include "in_child.hpp"
#include "sys/error.hpp"
#include "sys/private_directory.hpp"

namespace {

using How = cli::OutputFile::How;

class InDirectory : public ::testing::Test {
protected:
    std::string path(const char* name) { return directory_.add(name); }
    static void put(const std::string& path, const std::string& text) { std::ofstream{path} << text; }
    static std::string got(const std::string& path) {
        std::stringstream text;
        text << std::ifstream{path}.rdbuf();
        return text.str();
    }

private:
    sys::PrivateDirectory directory_{"/tmp", "unit"};
};

using OutputFile = InDirectory;
using Rescue = InDirectory;

TEST_F(OutputFile, ReplacesWhatIsThereOrAddsToIt) {
    const auto file = path("file");
    put(file, "old\n");
    cli::OutputFile{file, How::append}.write("more\n");
    EXPECT_EQ(got(file), "old\nmore\n");
    cli::OutputFile{file, How::replace}.write("new\n");
    EXPECT_EQ(got(file), "new\n");
}

TEST_F(OutputFile, IsRefusedWhenItIsNamedNotWhenItIsWritten) {
    try {
        const cli::OutputFile file{path("no/such"), How::replace};
        FAIL();
    } catch (const sys::Error& failure) {
        EXPECT_EQ(failure.number(), ENOENT);
    }
}

TEST_F(OutputFile, SaysWhichFileIsFull) {
    try {
        cli::OutputFile{"/dev/full", How::append}.write("x");
        FAIL();
    } catch (const sys::Error& failure) {
        EXPECT_EQ(failure.number(), ENOSPC);
        EXPECT_STREQ(failure.what(), "/dev/full: cannot write: No space left on device");
    }
}

TEST_F(OutputFile, IsStandardOutputWhereTheNameIsADash) {
    expect_in_child([] {
        const auto full = sys::open("/dev/full", O_WRONLY);
        ::dup2(full.get(), STDOUT_FILENO);
        try {
            cli::OutputFile{"-", How::replace}.write("x");
            ADD_FAILURE();
        } catch (const cli::OutputError& failure) {
            EXPECT_EQ(failure.error, ENOSPC);
        }
    });
}

TEST_F(Rescue, AddsLinesToAFileThatOnlyItsOwnerReads) {
    const auto file = path("rescue");
    EXPECT_TRUE(cli::rescue(file, "one\n"));
    EXPECT_TRUE(cli::rescue(file, "two\n"));
    EXPECT_EQ(got(file), "one\ntwo\n");
    EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms{0600});
}

TEST_F(Rescue, FollowsNoLinkAndSaysSo) {
    std::filesystem::create_symlink(path("other"), path("link"));
    ::testing::internal::CaptureStderr();
    EXPECT_FALSE(cli::rescue(path("link"), "one\n"));
    EXPECT_NE(::testing::internal::GetCapturedStderr().find("link"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(path("other")));
}

TEST_F(Rescue, SaysWhenTheFileIsFull) {
    ::testing::internal::CaptureStderr();
    EXPECT_FALSE(cli::rescue("/dev/full", "one\n"));
    EXPECT_NE(::testing::internal::GetCapturedStderr().find("No space left on device"), std::string::npos);
}

}  // namespace
