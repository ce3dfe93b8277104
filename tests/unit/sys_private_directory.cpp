// SPDX-License-Identifier: MIT
// sys/private_directory: entered by nobody else, gone at the end, with what was made known to it.
#include "sys/private_directory.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace {

using sys::PrivateDirectory;

void touch(const std::string& path) { (void)sys::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600); }

TEST(PrivateDirectory, GoesWithItsFiles) {
    std::string path;
    {
        PrivateDirectory directory{"/tmp", "unit"};
        path = directory.path();
        EXPECT_TRUE(path.starts_with("/tmp/unit."));
        struct stat facts {};
        ASSERT_EQ(::stat(path.c_str(), &facts), 0);
        EXPECT_EQ(facts.st_mode, S_IFDIR | 0700U);
        touch(directory.add("one"));
        (void)directory.add("never made");
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(PrivateDirectory, StaysWhenItIsToOrWhenSomethingElseIsInIt) {
    std::string path;
    for (const bool keep : {true, false}) {
        {
            PrivateDirectory directory{"/tmp", "unit"};
            path = directory.path();
            touch(path + "/foreign");
            if (keep) directory.keep();
        }
        EXPECT_TRUE(std::filesystem::exists(path + "/foreign"));
        std::filesystem::remove_all(path);
    }
}

TEST(PrivateDirectory, RemovesOnce) {
    PrivateDirectory directory{"/tmp", "unit"};
    (void)directory.remove();
    EXPECT_FALSE(std::filesystem::exists(directory.path()));
    std::filesystem::create_directory(directory.path());
    (void)directory.remove();
    EXPECT_TRUE(std::filesystem::exists(directory.path())) << "it may be somebody else's by now";
    std::filesystem::remove(directory.path());
}

TEST(PrivateDirectory, NeedsAPlace) { EXPECT_THROW(PrivateDirectory("/no/such", "unit"), sys::Error); }

}  // namespace
