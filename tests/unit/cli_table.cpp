// SPDX-License-Identifier: MIT
// cli/table: the same rows as a table, as JSON Lines and as names.
#include "cli/table.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/out.hpp"
#include "in_child.hpp"
#include "sys/fd.hpp"
#include "text/base64.hpp"

namespace {

using cli::Column;
using cli::Kind;
using cli::List;
using cli::ListOptions;

constexpr std::array columns{Column{"NAME", "name", Kind::name, "who"}, Column{"COUNT", "count", Kind::number, "how many"},
                             Column{"SIZE", "size", Kind::size, "how large"}, Column{"TIME", "time", Kind::time, "when", false},
                             Column{"USERS", "users", Kind::list, "by whom", false}};

/// What the body prints on standard output.
template <class Body>
std::string printed(Body body) {
    const sys::Fd file{::open(::testing::TempDir().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    expect_in_child([&] {
        const sys::Fd before{::fcntl(1, F_DUPFD_CLOEXEC, 3)};
        ::dup2(file.get(), 1);
        body();
        cli::flush();
        ::dup2(before.get(), 1);
    });
    std::string text(1 << 20, '\0');
    const auto count = ::pread(file.get(), text.data(), text.size(), 0);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
}

std::string table(const ListOptions& options, const std::vector<List>& rows) {
    return printed([&] {
        cli::Table table{columns, options};
        for (const auto& row : rows) table.add(row);
        table.print();
    });
}

const std::vector<List> rows{{"/jobs", 3, 8192, 0, List{}}, {"/a", 12345, nullptr, nullptr, List{1, 2}}};

cli::ColumnList chosen(std::string_view text) { return *cli::ColumnList::parse(text); }

TEST(Table, AlignsItsColumns) {
    EXPECT_EQ(table({}, rows),
              "NAME   COUNT  SIZE\n"
              "/jobs      3    8K\n"
              "/a     12345     -\n");
    ListOptions options;
    options.no_header = true;
    options.bytes = true;
    EXPECT_EQ(table(options, rows),
              "/jobs      3  8192\n"
              "/a     12345     -\n");
    EXPECT_EQ(table({}, {}), "NAME  COUNT  SIZE\n");
}

TEST(Table, ShowsTheColumnsThatWereChosen) {
    ListOptions options;
    options.output = chosen("COUNT,NAME");
    EXPECT_EQ(table(options, rows),
              "COUNT  NAME\n"
              "    3  /jobs\n"
              "12345  /a\n");
    options.output = chosen("+USERS");
    EXPECT_EQ(table(options, rows),
              "NAME   COUNT  SIZE  USERS\n"
              "/jobs      3    8K      0\n"
              "/a     12345     -      2\n");
    options.output = chosen("+NAME,USERS,USERS");
    EXPECT_EQ(table(options, {}), "NAME  COUNT  SIZE  USERS\n");
}

TEST(Table, RefusesAColumnThatIsNot) {
    ListOptions options;
    options.output = chosen("NAEM");
    try {
        const cli::Table table{columns, options};
        FAIL();
    } catch (const cli::Usage& wrong) {
        EXPECT_STREQ(wrong.what(), "--output: no column 'NAEM'");
        EXPECT_EQ(wrong.hint(), "did you mean NAME?");
    }
    options.output = chosen("name");
    EXPECT_THROW((cli::Table{columns, options}), cli::Usage);
    for (const char* text : {"", "+", "NAME,", ",NAME", "NAME,,COUNT"}) EXPECT_FALSE(cli::ColumnList::parse(text)) << text;
    options = {};
    options.json = options.null = true;
    EXPECT_THROW((cli::Table{columns, options}), cli::Usage);
}

TEST(Table, AsJsonHasAllKeysAlways) {
    ListOptions options;
    options.json = true;
    EXPECT_EQ(table(options, rows),
              "{\"name\":\"/jobs\",\"name_base64\":null,\"count\":3,\"size\":8192,\"time\":0,\"users\":[]}\n"
              "{\"name\":\"/a\",\"name_base64\":null,\"count\":12345,\"size\":null,\"time\":null,\"users\":[1,2]}\n");
    options.output = chosen("COUNT");
    EXPECT_EQ(table(options, rows), "{\"count\":3}\n{\"count\":12345}\n");
    EXPECT_EQ(table(options, {}), "");
}

TEST(Table, AsJsonCarriesForeignBytesTwice) {
    ListOptions options;
    options.json = true;
    options.output = chosen("NAME");
    const std::string name = "/a\xff\n";
    EXPECT_EQ(table(options, {{name, 1, 1, 1, List{}}}), "{\"name\":\"/a\ufffd\\n\",\"name_base64\":\"" + text::to_base64(name) + "\"}\n");
    EXPECT_EQ(table(options, {{nullptr, 1, 1, 1, List{}}}), "{\"name\":null,\"name_base64\":null}\n");
}

TEST(Table, KeepsOneRowOnOneLineWhateverTheNameHolds) {
    ListOptions options;
    options.output = chosen("NAME,COUNT");
    EXPECT_EQ(table(options, {{"/a\n/b\x1b[31m", 1, 1, 1, List{}}, {"/gr\u00fc\u00dfe", 22, 1, 1, List{}}}),
              "NAME              COUNT\n"
              "/a\\x0a/b\\x1b[31m      1\n"
              "/gr\u00fc\u00dfe               22\n");
}

TEST(Table, AsNamesHasTheirSpellingAndNul) {
    ListOptions options;
    options.null = true;
    using namespace std::string_literals;
    EXPECT_EQ(table(options, {{"/a\n\xff", 1, 1, 1, List{}}, {"/b", 1, 1, 1, List{}}}), "/a\\x0a\\xff\0/b\0"s);
    EXPECT_EQ(printed([&] { cli::print_one(columns, options, {"/a", 1, 1, 1, List{}}); }), "/a\0"s);
}

TEST(Table, KnowsWhatNobodyAskedFor) {
    EXPECT_TRUE((cli::Table{columns, {}}.wants("count")));
    EXPECT_FALSE((cli::Table{columns, {}}.wants("users")));
    ListOptions options;
    options.json = true;
    EXPECT_TRUE((cli::Table{columns, options}.wants("users")));
    options = {};
    options.null = true;
    EXPECT_FALSE((cli::Table{columns, options}.wants("count")));
}

TEST(Table, ShowsOneObjectLineByLine) {
    EXPECT_EQ(printed([] {
                  cli::print_one(columns, {}, {"/a\n", 1, 1536, nullptr, List{}});
              }),
              "NAME   /a\\x0a\n"
              "COUNT  1\n"
              "SIZE   1.5K\n");
    ListOptions options;
    options.output = chosen("USERS,NAME");
    EXPECT_EQ(printed([&] {
                  cli::print_one(columns, options,
                                 {"/a", 1, 1, 1,
                                  List{cli::Object{{"pid", 7}, {"command", "x\n"}, {"command_base64", nullptr}, {"type", nullptr}}, cli::Object{{"pid", 8}}}});
              }),
              "USERS  pid 7, command x\\x0a\n"
              "       pid 8\n"
              "NAME   /a\n");
}

TEST(Table, ShowsTimesInTheZoneOfTheUser) {
    ::setenv("TZ", "UTC", 1);
    ListOptions options;
    options.no_header = true;
    options.output = chosen("TIME");
    EXPECT_EQ(table(options, {{"/a", 1, 1, 1'700'000'000, List{}}}), "2023-11-14 22:13:20\n");
    EXPECT_EQ(table(options, {{"/a", 1, 1, std::numeric_limits<std::int64_t>::max(), List{}}}), "9223372036854775807\n");
}

TEST(Out, FailsWhereTheOutputCannotBeWritten) {
    expect_in_child([] {
        const sys::Fd before{::fcntl(1, F_DUPFD_CLOEXEC, 3)};
        const auto full = sys::open("/dev/full", O_WRONLY);
        ::dup2(full.get(), 1);
        cli::print("x");
        int refused = 0;
        try {
            cli::flush();
        } catch (const cli::OutputError& failure) {
            refused = failure.error;
        }
        ::close(1);
        int closed = 0;
        try {
            cli::print(std::string(100'000, 'x'));
        } catch (const cli::OutputError& failure) {
            closed = failure.error;
        }
        ::dup2(before.get(), 1);
        EXPECT_EQ(refused, ENOSPC);
        EXPECT_EQ(closed, EBADF);
    });
}

}  // namespace
