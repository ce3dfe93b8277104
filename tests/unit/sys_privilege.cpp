// SPDX-License-Identifier: MIT
// sys/privilege: capabilities as the kernel tells them, users and groups by the files of the machine.
#include "sys/privilege.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "sys/error.hpp"

namespace {

TEST(Privilege, KnowsTheEffectiveCapabilities) {
    std::ifstream status{"/proc/self/status"};
    std::uint64_t effective = 0;
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("CapEff:")) effective = std::stoull(line.substr(7), nullptr, 16);
    }
    for (int capability = 0; capability < 64; ++capability) EXPECT_EQ(sys::has_capability(capability), (effective >> capability & 1) != 0) << capability;
}

TEST(Privilege, NamesUsersAndGroups) {
    EXPECT_EQ(sys::user_name(0), "root");
    EXPECT_EQ(sys::group_name(0), "root");
    EXPECT_EQ(sys::user_id("root"), 0U);
    EXPECT_EQ(sys::group_id("root"), 0U);
}

TEST(Privilege, GivesTheNumberOfAnUnknownUser) {
    for (const unsigned id : {4'242'424'242U, 4'294'967'294U, 1'999'999'999U}) {
        EXPECT_EQ(sys::user_name(id), std::to_string(id));
        EXPECT_EQ(sys::group_name(id), std::to_string(id));
        EXPECT_EQ(sys::user_id(std::to_string(id)), id);
        EXPECT_EQ(sys::group_id(std::to_string(id)), id);
    }
}

TEST(Privilege, RefusesIdsThatCannotBeSet) {
    for (const char* name : {"", "-1", "4294967295", "4294967296", "no-such-user", "root ", "00", "0x0", "+0"}) {
        EXPECT_FALSE(sys::user_id(name)) << name;
        EXPECT_FALSE(sys::group_id(name)) << name;
    }
}

TEST(Privilege, AgreesWithEveryLineOfPasswd) {
    std::ifstream passwd{"/etc/passwd"};
    for (std::string line; std::getline(passwd, line);) {
        const auto name = line.substr(0, line.find(':'));
        const auto third = line.find(':', line.find(':') + 1) + 1;
        EXPECT_EQ(sys::user_id(name), static_cast<uid_t>(std::stoul(line.substr(third)))) << line;
    }
}

TEST(Error, CarriesTheErrnoItsTextAndTheWayOut) {
    const sys::Error failure{ENOENT, "/jobs: cannot open", "create it"};
    EXPECT_EQ(failure.number(), ENOENT);
    EXPECT_STREQ(failure.what(), "/jobs: cannot open: No such file or directory");
    EXPECT_EQ(failure.hint(), "create it");
    EXPECT_EQ(sys::error_text(99999), "error 99999");
    EXPECT_EQ(sys::error_text(-1), "error -1");
}

}  // namespace
