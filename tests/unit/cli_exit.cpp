// SPDX-License-Identifier: MIT
// cli/exit: one table of statuses, and every errno in its row.
#include "cli/exit.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <set>
#include <string_view>

#include "cli/groups.hpp"

namespace {

using cli::Exit;

TEST(ExitTable, HasEveryStatusOnceInOrder) {
    const std::vector<int> right{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 124, 125, 126, 127};
    std::vector<int> found;
    for (const auto& row : cli::exit_table()) {
        found.push_back(static_cast<int>(row.status));
        EXPECT_FALSE(std::string_view{row.meaning}.empty());
        EXPECT_EQ(row.with_command, row.status >= Exit::own_trouble);
    }
    EXPECT_EQ(found, right);
}

TEST(ExitFor, PutsEveryErrnoInARowOfTheTable) {
    const std::map<int, Exit> known{{ENOENT, Exit::missing},
                                    {ESRCH, Exit::missing},
                                    {ENXIO, Exit::missing},
                                    {EACCES, Exit::denied},
                                    {EPERM, Exit::denied},
                                    {EEXIST, Exit::exists},
                                    {EOWNERDEAD, Exit::lost},
                                    {ENOTRECOVERABLE, Exit::lost},
                                    {EUCLEAN, Exit::lost},
                                    {EIDRM, Exit::gone},
                                    {EPIPE, Exit::gone},
                                    {ECONNREFUSED, Exit::gone},
                                    {ECONNRESET, Exit::gone},
                                    {ENOSYS, Exit::unsupported},
                                    {EOPNOTSUPP, Exit::unsupported},
                                    {EADDRINUSE, Exit::exists},
                                    {ECONNABORTED, Exit::gone},
                                    {EHOSTUNREACH, Exit::gone},
                                    {ENETUNREACH, Exit::gone},
                                    {ETIMEDOUT, Exit::gave_up},
                                    {ENODEV, Exit::missing},
                                    {EPROTONOSUPPORT, Exit::unsupported},
                                    {ESOCKTNOSUPPORT, Exit::unsupported}};
    std::set<Exit> table;
    for (const auto& row : cli::exit_table()) table.insert(row.status);
    for (int error = -1; error < 200; ++error) {
        const auto row = known.find(error);
        EXPECT_EQ(cli::exit_for(error), row == known.end() ? Exit::refused : row->second) << error;
        EXPECT_TRUE(table.contains(cli::exit_for(error)));
    }
}

TEST(WaitOptions, AreForEverUntilADeadlineOrNotAtAll) {
    cli::WaitOptions options;
    EXPECT_TRUE(options.deadline().never());
    options.timeout = text::Duration{};
    EXPECT_TRUE(options.deadline().past());
    EXPECT_EQ(options.gave_up(), Exit::gave_up);
    options.timeout = *text::Duration::parse("1h");
    EXPECT_FALSE(options.deadline().never());
    EXPECT_FALSE(options.deadline().past());
    options.nonblock = true;
    EXPECT_THROW((void)options.deadline(), cli::Usage);
    options.timeout.reset();
    EXPECT_TRUE(options.deadline().past());
    EXPECT_EQ(options.gave_up(), Exit::no);
}

TEST(FramingOptions, AreOneAtMost) {
    using cli::Framing;
    EXPECT_EQ(cli::FramingOptions{}.framing(), Framing::lines);
    for (unsigned bits = 0; bits < 16; ++bits) {
        const cli::FramingOptions options{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0};
        if ((bits & (bits - 1)) != 0) {
            EXPECT_THROW((void)options.framing(), cli::Usage) << bits;
        } else {
            EXPECT_EQ(options.framing(), bits == 1   ? Framing::nul
                                         : bits == 2 ? Framing::raw
                                         : bits == 4 ? Framing::framed
                                         : bits == 8 ? Framing::json
                                                     : Framing::lines);
        }
    }
}

}  // namespace
