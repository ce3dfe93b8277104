// SPDX-License-Identifier: MIT
// ipc/name: every kind of name, hostile ones, and a spelling that reads back.
#include "ipc/name.hpp"

#include <gtest/gtest.h>
#include <sys/ipc.h>
#include <sys/stat.h>

#include "byte_strings.hpp"
#include "sys/error.hpp"
#include "text/escape.hpp"

namespace {

using ipc::Name;
using Kind = Name::Kind;

Name parsed(std::string_view text) {
    auto name = Name::parse(text);
    EXPECT_TRUE(name) << text << ": " << (name ? "" : name.error());
    return name ? *name : Name{};
}

bool same(const Name& a, const Name& b) {
    return a.kind == b.kind && a.posix == b.posix && a.key == b.key && a.id == b.id && a.path == b.path && a.project == b.project && a.pid == b.pid &&
           a.descriptor == b.descriptor;
}

/// A spelling is one line of valid UTF-8 without control characters, and means the same name again.
void spells_itself(const Name& name) {
    const auto spelled = name.spelled();
    ASSERT_TRUE(text::is_utf8(spelled)) << text::escape(spelled);
    // Escaping it once more would find no control character to escape, only the backslashes.
    for (const char c : spelled) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) << text::escape(spelled);
    ASSERT_EQ(spelled.find("\xc2\x85"), std::string::npos) << text::escape(spelled);
    const auto again = Name::parse(spelled);
    ASSERT_TRUE(again) << spelled;
    ASSERT_TRUE(same(name, *again)) << spelled << " means " << again->spelled();
}

TEST(Name, OfAPosixObjectMayLackItsSlash) {
    EXPECT_EQ(parsed("/jobs").posix, "/jobs");
    EXPECT_EQ(parsed("jobs").posix, "/jobs");
    EXPECT_EQ(parsed("jobs").spelled(), "/jobs");
    EXPECT_EQ(parsed("/jobs").kind, Kind::posix);
    EXPECT_FALSE(parsed("/jobs").is_sysv());
    EXPECT_EQ(parsed("...").posix, "/...");
    EXPECT_EQ(parsed("/private").kind, Kind::posix);
    EXPECT_EQ(parsed("/key:5").kind, Kind::posix);
    EXPECT_EQ(parsed("/12:3").kind, Kind::posix);
    EXPECT_EQ(parsed("a b\\x0a").posix, "/a b\n");
    EXPECT_EQ(parsed("a\\\\b").posix, "/a\\b");
}

TEST(Name, OfAPosixObjectIsCheckedBeforeAnySystemCall) {
    for (const char* text : {"",    "/",       "//",       "//jobs", "/a/b",       "a/b",     "a/",      "/.",    ".",   "..",
                             "/..", "../jobs", "/../jobs", "\\x2e",  "\\x2e\\x2e", "a\\x2fb", "a\\x00b", "\\x00", "a\\", "a\\n"}) {
        EXPECT_FALSE(Name::parse(text)) << text;
    }
    EXPECT_FALSE(Name::parse(std::string_view{"a\0b", 3}));
    EXPECT_EQ(Name::parse("a/b").error(), "'a/b': only the first character may be a slash; a name is /NAME");
}

TEST(Name, OfAPosixObjectEndsAt255Bytes) {
    EXPECT_EQ(parsed(std::string(255, 'x')).posix.size(), 256U);
    EXPECT_EQ(parsed("/" + std::string(255, 'x')).posix.size(), 256U);
    EXPECT_FALSE(Name::parse(std::string(256, 'x')));
    EXPECT_FALSE(Name::parse("/" + std::string(256, 'x')));
    EXPECT_FALSE(Name::parse(std::string(1 << 20, 'x')));
    std::string escaped;
    for (int count = 0; count < 255; ++count) escaped += "\\xff";
    EXPECT_EQ(parsed(escaped).posix.size(), 256U) << "the bytes count, not their spelling";
}

TEST(Name, OfAKeyIsAPositive32BitNumber) {
    EXPECT_EQ(parsed("key:0x4d2").key, 1234U);
    EXPECT_EQ(parsed("key:1234").key, 1234U);
    EXPECT_EQ(parsed("key:1234").spelled(), "key:0x4d2");
    EXPECT_EQ(parsed("key:0xffffffff").key, 0xffffffffU);
    EXPECT_EQ(parsed("key:4294967295").key, 0xffffffffU);
    EXPECT_TRUE(parsed("key:1").is_sysv());
    for (const char* text : {"key:", "key:0", "key:0x0", "key:-1", "key:4294967296", "key:0x100000000", "key:x", "key:1 ", "key:010", "key:/a"})
        EXPECT_FALSE(Name::parse(text)) << text;
    for (const std::string word : boundary_words) {
        const auto name = Name::parse("key:" + word);
        if (name) spells_itself(*name);
    }
}

TEST(Name, OfAnIdIsAnIntNotNegative) {
    EXPECT_EQ(parsed("id:0").id, 0);
    EXPECT_EQ(parsed("id:2147483647").id, 2147483647);
    EXPECT_EQ(parsed("id:7").spelled(), "id:7");
    for (const char* text : {"id:", "id:-1", "id:2147483648", "id:0x7", "id:07", "id: 7", "id:7x"}) EXPECT_FALSE(Name::parse(text)) << text;
}

TEST(Name, OfAFileHasAPathAndAProject) {
    EXPECT_EQ(parsed("ftok:/etc/hostname:a").path, "/etc/hostname");
    EXPECT_EQ(parsed("ftok:/etc/hostname:a").project, 'a');
    EXPECT_EQ(parsed("ftok:/etc/hostname").project, Name::default_project);
    EXPECT_EQ(parsed("ftok:a:b:c").path, "a:b");
    EXPECT_EQ(parsed("ftok:a:\\x0a").project, '\n');
    EXPECT_EQ(parsed("ftok:a:\\x3a").project, ':');
    EXPECT_EQ(parsed("ftok:a:bc").path, "a:bc");
    EXPECT_EQ(parsed("ftok:a\\x0a").path, "a\n");
    for (const char* text : {"ftok:", "ftok::a", "ftok:\\x00", "ftok:a\\", "ftok:a\\q:b"}) {
        const auto name = Name::parse(text);
        EXPECT_FALSE(name && name->path.empty()) << text;
    }
    EXPECT_FALSE(Name::parse("ftok:"));
    EXPECT_FALSE(Name::parse("ftok:a\\x00b"));
    EXPECT_FALSE(Name::parse("ftok:a\\q:b"));
}

TEST(Name, OfAFileIsTheKeyThatFtokMakes) {
    struct stat status {};
    ASSERT_EQ(::stat("/", &status), 0);
    // ftok(3): the project, then 8 bits of the device and 16 of the inode.
    const auto right =
        static_cast<std::uint32_t>('a') << 24 | static_cast<std::uint32_t>(status.st_dev & 0xff) << 16 | static_cast<std::uint32_t>(status.st_ino & 0xffff);
    EXPECT_EQ(key_of(parsed("ftok:/:a")), right);
    EXPECT_EQ(key_of(parsed("ftok:/")), (right & 0xffffffU) | 1U << 24);
    EXPECT_EQ(key_of(parsed("key:0x4d2")), 1234U);
    EXPECT_EQ(key_of(parsed("private")), static_cast<std::uint32_t>(IPC_PRIVATE));
    EXPECT_THROW((void)key_of(parsed("ftok:/no/such/file")), sys::Error);
}

TEST(Name, OfADescriptorIsAProcessAndANumber) {
    const auto name = parsed("1234:5");
    EXPECT_EQ(name.kind, Kind::descriptor);
    EXPECT_EQ(name.pid, 1234);
    EXPECT_EQ(name.descriptor, 5);
    EXPECT_EQ(name.spelled(), "1234:5");
    EXPECT_EQ(parsed("1:0").kind, Kind::descriptor);
    EXPECT_EQ(parsed("2147483647:2147483647").kind, Kind::descriptor);
    EXPECT_FALSE(parsed("1:0").is_sysv());
}

TEST(Name, PrivateIsANewObject) {
    EXPECT_EQ(parsed("private").kind, Kind::anonymous);
    EXPECT_EQ(parsed("private").spelled(), "private");
    EXPECT_TRUE(parsed("private").is_sysv());
}

TEST(Name, SpellsItselfWhateverItsBytesAre) {
    const auto holds = [](const std::string& text) {
        if (const auto name = Name::parse(text)) spells_itself(*name);
    };
    for_all_short_strings(holds);
    for_random_strings(50'000, 20, "", holds);
    for_random_strings(50'000, 14, "keyidprvat:/x0123456789\\\n.", holds);
    // Whatever bytes the kernel holds, not only those that can be typed.
    for_random_strings(50'000, 20, "", [](const std::string& raw) {
        if (raw.empty() || raw == "." || raw == ".." || raw.find('/') != std::string::npos || raw.find('\0') != std::string::npos) return;
        Name name;
        name.posix = "/" + raw;
        spells_itself(name);
    });
}

TEST(Name, OfAFileSpellsItselfAlsoWithColonsAndAStrangeProject) {
    for (const char* text : {"ftok:/tmp/a", "ftok:/tmp/a:b", "ftok:/tmp/a::", "ftok:/tmp/a:b:c", "ftok:/tmp/a\\\\:x", "ftok:/tmp/a b", "ftok:/tmp/a\\x0a:b",
                             "ftok:/tmp/a:\\x3a", "ftok:/tmp/a\\x3a\\x3a", "ftok:\\x3aa", "ftok::\\x3aa"}) {
        SCOPED_TRACE(text);
        spells_itself(parsed(text));
    }
    for_all_short_strings([](const std::string& text) {
        for (const char* start : {"ftok:", "ftok:/", "ftok:/a:"}) {
            if (const auto name = Name::parse(start + text)) spells_itself(*name);
        }
    });
}

// A path that ends in a colon and one character keeps its default project when it is spelled and read again.
TEST(Name, OfAFileWhosePathEndsLikeAProjectKeepsItsPath) {
    Name name{.kind = Kind::file};
    name.path = "/tmp/a:b";
    spells_itself(name);
    spells_itself(parsed("ftok:/tmp/a\\x3ab"));
}

// What is printed of a name must not reach the terminal raw: the project is one byte, any byte.
TEST(Name, OfAFileEscapesItsProject) {
    for (const char project : {'\n', '\x1b', '\x7f', '\xff', '\\', ':', '\x01', 'a'}) {
        Name name{.kind = Kind::file};
        name.path = "/tmp/a";
        name.project = static_cast<unsigned char>(project);
        spells_itself(name);
    }
}

}  // namespace
