// SPDX-License-Identifier: MIT
// cli/records: every framing, however the input is split, and what is kept when a record cannot be used.
#include "cli/records.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "cli/batch.hpp"
#include "cli/json.hpp"
#include "in_child.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"

namespace {

using namespace std::chrono_literals;
using cli::Framing;
using cli::Record;
using cli::Records;
using sys::Deadline;
using sys::Wait;
using Texts = std::vector<std::string>;

constexpr std::array all_framings{Framing::lines, Framing::nul, Framing::framed, Framing::json};

/// The records as the other end would write them.
std::string framed(const Texts& records, Framing framing) {
    std::string stream;
    for (const auto& record : records) {
        cli::append_record(stream, framing, record, [&] {
            cli::Object object;
            cli::add_bytes(object, "message", record);
            return object;
        });
    }
    return stream;
}

/// Makes a pipe our standard input, which another process fills in pieces; for use in a child.
void input_in_pieces(const std::string& stream, std::size_t piece) {
    auto pipe = sys::Pipe::create();
    if (::fork() == 0) {
        pipe.read_end = sys::Fd{};
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            if (sys::write_all(pipe.write_end.get(), std::string_view{stream}.substr(at, piece)).error != 0) break;
        }
        std::_Exit(0);
    }
    ::dup2(pipe.read_end.get(), 0);
}

void input_from_file(const std::string& stream) {
    const sys::Fd file{::open(::testing::TempDir().c_str(), O_TMPFILE | O_RDWR, 0600)};
    EXPECT_EQ(sys::write_all(file.get(), stream).error, 0);
    ::lseek(file.get(), 0, SEEK_SET);
    ::dup2(file.get(), 0);
}

Texts all_records(Framing framing, const Deadline& deadline = {}) {
    Records records{{}, framing};
    Texts got;
    Record record;
    while (records.next(record, deadline, nullptr) == Wait::done) got.emplace_back(record.bytes);
    EXPECT_EQ(records.next(record, deadline, nullptr), Wait::would_block) << "the end stays the end";
    return got;
}

/// What is thrown at the stream, "" if nothing.
std::string refusal(const std::string& stream, Framing framing, int number = EBADMSG) {
    input_from_file(stream);
    try {
        (void)all_records(framing);
        return {};
    } catch (const sys::Error& failure) {
        EXPECT_EQ(failure.number(), number) << failure.what();
        return failure.what();
    }
}

Texts random_records(std::size_t count, std::size_t longest, std::string_view without) {
    std::mt19937 random{8};
    Texts records(count);
    for (auto& record : records) {
        record.resize(random() % (longest + 1));
        for (char& c : record) {
            do c = static_cast<char>(random());
            while (without.find(c) != std::string_view::npos);
        }
    }
    return records;
}

std::string_view separator(Framing framing) {
    if (framing == Framing::lines) return "\n";
    return framing == Framing::nul ? std::string_view{"\0", 1} : std::string_view{};
}

TEST(Records, ReadWhatWasFramedByteByByte) {
    for (const auto framing : all_framings) {
        expect_in_child([framing] {
            auto records = random_records(50, 20, separator(framing));
            records.insert(records.begin() + 10, "");
            records.insert(records.end(), 3, "");
            input_in_pieces(framed(records, framing), 1);
            EXPECT_EQ(all_records(framing), records) << static_cast<int>(framing);
        });
    }
}

TEST(Records, ReadWhatWasFramedInAnyPieces) {
    for (const auto framing : all_framings) {
        for (const std::size_t piece : {2UL, 3UL, 5UL, 4096UL, 65536UL}) {
            expect_in_child([framing, piece] {
                const auto records = random_records(200, 300, separator(framing));
                input_in_pieces(framed(records, framing), piece);
                EXPECT_EQ(all_records(framing), records) << static_cast<int>(framing);
            });
        }
    }
}

TEST(Records, ReadRecordsOfAMebibyte) {
    for (const auto framing : all_framings) {
        expect_in_child([framing] {
            Texts records = random_records(4, 0, "");
            std::mt19937 random{1};
            for (auto& record : records) {
                record.resize(1 << 20);
                for (char& c : record) c = static_cast<char>('a' + random() % 26);
            }
            records[1] += "x";
            input_in_pieces(framed(records, framing), 100'000);
            EXPECT_EQ(all_records(framing) == records, true) << static_cast<int>(framing);
        });
    }
}

TEST(Records, RawIsOneRecordWhateverItHolds) {
    for (const auto& stream : {std::string{"a\nb\0c", 5}, std::string{}, std::string{"\n"}, std::string(300'000, 'x')}) {
        expect_in_child([&] {
            input_in_pieces(stream, 50'000);
            EXPECT_EQ(all_records(Framing::raw) == Texts{stream}, true);
        });
    }
}

TEST(Records, TheLastMayLackItsSeparator) {
    expect_in_child([] {
        input_in_pieces("a\n\nlast", 1);
        EXPECT_EQ(all_records(Framing::lines), (Texts{"a", "", "last"}));
        input_in_pieces(std::string{"a\0\0last\n", 8}, 1);
        EXPECT_EQ(all_records(Framing::nul), (Texts{"a", "", "last\n"}));
        input_in_pieces("", 1);
        EXPECT_EQ(all_records(Framing::lines), Texts{});
        input_in_pieces("\n", 1);
        EXPECT_EQ(all_records(Framing::lines), Texts{""});
        input_in_pieces("", 1);
        EXPECT_EQ(all_records(Framing::framed), Texts{});
        input_in_pieces(R"({"message":"no newline"})", 3);
        EXPECT_EQ(all_records(Framing::json), Texts{"no newline"});
    });
}

TEST(Records, AFrameCutShortIsAnErrorAtEveryPlace) {
    expect_in_child([] {
        const auto whole = framed({"first", "second"}, Framing::framed);
        const auto second = cli::frame_head(5).size() + 5;
        for (std::size_t length = 0; length <= whole.size(); ++length) {
            const auto why = refusal(whole.substr(0, length), Framing::framed);
            if (length == 0 || length == second || length == whole.size()) {
                EXPECT_EQ(why, "");
            } else {
                EXPECT_EQ(why, "standard input: record " + std::to_string(length < second ? 1 : 2) + " is cut short: Bad message");
            }
        }
    });
}

TEST(Records, ALyingFrameDoesNotFillMemory) {
    expect_in_child([] {
        EXPECT_NE(refusal("\xff\xff\xff\xff", Framing::framed, EMSGSIZE).find("4294967295"), std::string::npos);
        EXPECT_NE(refusal(cli::frame_head((1UL << 30) + 1), Framing::framed, EMSGSIZE), "") << "a byte over a GiB";
    });
}

TEST(Records, AnEndlessLineIsRefusedAndStaysInAFile) {
    expect_in_child([] {
        const std::string endless(1 << 20, 'x');
        for (const auto framing : {Framing::lines, Framing::raw, Framing::framed}) {
            input_from_file(framed({"first"}, framing == Framing::raw ? Framing::lines : framing) + endless);
            Records records{{}, framing, 1000};
            Record record;
            if (framing != Framing::raw) {
                ASSERT_EQ(records.next(record, {}, nullptr), Wait::done);
            }
            try {
                (void)records.next(record, {}, nullptr);
                ADD_FAILURE();
            } catch (const sys::Error& failure) {
                EXPECT_EQ(failure.number(), EMSGSIZE);
            }
            EXPECT_EQ(records.give_back(), 0U);
            EXPECT_EQ(::lseek(STDIN_FILENO, 0, SEEK_CUR), framing == Framing::raw ? 0 : framed({"first"}, framing).size());
        }
    });
}

TEST(Records, JsonTellsPriorityAndType) {
    expect_in_child([] {
        input_from_file(R"({"message":"a","priority":7}
{"type":5,"message":"b","other":[1,{}]}
{"message":"ignored","message_base64":"/wA="}
{"message":"gr\u00fc\u00dfe\n","message_base64":null,"priority":null}
)");
        Records records{{}, Framing::json};
        Record record;
        ASSERT_EQ(records.next(record, {}, nullptr), Wait::done);
        EXPECT_EQ(record.bytes, "a");
        EXPECT_EQ(record.priority, 7);
        EXPECT_FALSE(record.type);
        ASSERT_EQ(records.next(record, {}, nullptr), Wait::done);
        EXPECT_EQ(record.bytes, "b");
        EXPECT_FALSE(record.priority);
        EXPECT_EQ(record.type, 5);
        ASSERT_EQ(records.next(record, {}, nullptr), Wait::done);
        EXPECT_EQ(record.bytes, (std::string_view{"\xff\0", 2}));
        ASSERT_EQ(records.next(record, {}, nullptr), Wait::done);
        EXPECT_EQ(record.bytes, "gr\u00fc\u00dfe\n");
        EXPECT_FALSE(record.priority);
        EXPECT_EQ(records.next(record, {}, nullptr), Wait::would_block);
    });
}

TEST(Records, JsonThatIsNoneSaysItsLine) {
    expect_in_child([] {
        const std::string good = "{\"message\":\"x\"}\n";
        for (const char* bad : {"",
                                "x",
                                "{",
                                "[]",
                                "\"message\"",
                                "7",
                                "null",
                                "{}",
                                R"({"message":7})",
                                R"({"message":null})",
                                R"({"message_base64":"!"})",
                                R"({"message":"x","message_base64":"Zg="})",
                                R"({"message":"x","priority":"7"})",
                                R"({"message":"x","priority":1.5})",
                                R"({"message":"x","type":true})",
                                R"({"message":"x"} {"message":"y"})",
                                "{\"message\":\"x\"},",
                                "{\"message\":\"\xff\"}",
                                R"({"message":"\ud800"})",
                                "{'message':'x'}",
                                R"({"message":"x",})",
                                R"({"message":"x"}//)",
                                R"({"message":"x","priority":9223372036854775808})",
                                R"({"message":"x","priority":1e400})"}) {
            const auto why = refusal(good + good + bad + "\n" + good, Framing::json);
            EXPECT_TRUE(why.starts_with("standard input: line 3: ")) << bad << " gave: " << why;
        }
        const auto deep = refusal(std::string(100'000, '['), Framing::json);
        EXPECT_TRUE(deep.starts_with("standard input: line 1: ")) << deep;
    });
}

TEST(Records, ArgumentsAreRecordsAsTheyAre) {
    const Texts arguments{"a", "", "b\n", std::string{"\0", 1}};
    Records records{arguments, Framing::lines};
    EXPECT_FALSE(records.from_input());
    Record record;
    for (const auto& argument : arguments) {
        EXPECT_TRUE(records.more_at_hand());
        ASSERT_EQ(records.next(record, {}, nullptr), Wait::done);
        EXPECT_EQ(record.bytes, argument);
    }
    EXPECT_FALSE(records.more_at_hand());
    EXPECT_EQ(records.next(record, {}, nullptr), Wait::would_block);
    EXPECT_EQ(records.give_back(), 0U);
    for (const auto framing : {Framing::nul, Framing::raw, Framing::framed, Framing::json}) EXPECT_THROW((Records{arguments, framing}), cli::Usage);
}

TEST(Records, GiveUpAtTheDeadlineAndLoseNothing) {
    expect_in_child([] {
        const auto pipe = sys::Pipe::create();
        ::dup2(pipe.read_end.get(), 0);
        Records records{{}, Framing::lines};
        Record record;
        EXPECT_EQ(records.next(record, Deadline::after(20ms), nullptr), Wait::gave_up);
        ASSERT_EQ(::write(pipe.write_end.get(), "par", 3), 3);
        EXPECT_EQ(records.next(record, Deadline::after(20ms), nullptr), Wait::gave_up);
        EXPECT_FALSE(records.more_at_hand());
        ASSERT_EQ(::write(pipe.write_end.get(), "tly\nnext\n", 9), 9);
        EXPECT_EQ(records.next(record, Deadline::after(20s), nullptr), Wait::done);
        EXPECT_EQ(record.bytes, "partly");
        EXPECT_TRUE(records.more_at_hand());
        EXPECT_EQ(records.next(record, Deadline::after(0ns), nullptr), Wait::done);
        EXPECT_EQ(record.bytes, "next");
    });
}

TEST(Records, AreInterruptedByASignal) {
    expect_in_child([] {
        const auto pipe = sys::Pipe::create();
        ::dup2(pipe.read_end.get(), 0);
        sys::Signals signals;
        Records records{{}, Framing::lines};
        Record record;
        ::raise(SIGTERM);
        EXPECT_EQ(records.next(record, {}, &signals), Wait::interrupted);
        EXPECT_EQ(sys::Signals::taken(), SIGTERM);
    });
}

TEST(Records, SayWhenThereIsNoStandardInput) {
    expect_in_child([] {
        ::close(0);
        Records records{{}, Framing::lines};
        Record record;
        try {
            (void)records.next(record, Deadline::after(1s), nullptr);
            ADD_FAILURE();
        } catch (const sys::Error& failure) {
            EXPECT_EQ(failure.number(), EBADF);
        }
    });
}

TEST(Records, KnowWhatIsAtHand) {
    for (const auto framing : {Framing::lines, Framing::nul, Framing::framed}) {
        expect_in_child([framing] {
            auto stream = framed({"a", "bb", "c"}, framing);
            stream.resize(stream.size() - 1);
            input_from_file(stream);
            Records records{{}, framing};
            Record record;
            EXPECT_FALSE(records.more_at_hand());
            ASSERT_EQ(records.next(record, {}, nullptr), Wait::done);
            EXPECT_TRUE(records.more_at_hand());
            ASSERT_EQ(records.next(record, {}, nullptr), Wait::done);
            EXPECT_FALSE(records.more_at_hand()) << "the rest is not whole";
        });
    }
}

TEST(Records, GiveBackTheUnusedRecordAndAllBehindIt) {
    for (const auto framing : all_framings) {
        for (std::size_t used = 0; used <= 3; ++used) {
            expect_in_child([framing, used] {
                const Texts texts{"first", "", "third"};
                const auto stream = framed(texts, framing);
                input_from_file(stream);
                Records records{{}, framing};
                Record record;
                for (std::size_t at = 0; at < used; ++at) ASSERT_EQ(records.next(record, {}, nullptr), Wait::done);
                const bool more = records.next(record, {}, nullptr) == Wait::done;
                EXPECT_EQ(more, used < 3);
                EXPECT_EQ(records.give_back(), 0U);
                const auto left = framed({texts.begin() + static_cast<long>(used), texts.end()}, framing);
                EXPECT_EQ(::lseek(0, 0, SEEK_CUR), static_cast<off_t>(stream.size() - left.size()));
                EXPECT_EQ(all_records(framing), (Texts{texts.begin() + static_cast<long>(used), texts.end()}));
            });
        }
    }
}

TEST(Records, SayHowMuchOfAPipeCannotBeGivenBack) {
    expect_in_child([] {
        auto pipe = sys::Pipe::create();
        ASSERT_EQ(::write(pipe.write_end.get(), "used\nunused\nrest\n", 17), 17);
        ::dup2(pipe.read_end.get(), 0);
        Records records{{}, Framing::lines};
        Record record;
        ASSERT_EQ(records.next(record, {}, nullptr), Wait::done);
        ASSERT_EQ(records.next(record, {}, nullptr), Wait::done);
        EXPECT_EQ(records.give_back(), 12U);
    });
}

TEST(Records, KeepTheRestInAFile) {
    expect_in_child([] {
        std::string directory = ::testing::TempDir() + "keepXXXXXX";
        ASSERT_NE(::mkdtemp(directory.data()), nullptr);
        const auto path = directory + "/rest";
        const auto content = [&] {
            std::ifstream file{path};
            return std::string{std::istreambuf_iterator<char>{file}, {}};
        };
        const std::string tail(600'000, 'z');
        input_in_pieces("used\nunused\nrest" + tail, 70'000);
        {
            Records records{{}, Framing::lines};
            Record record;
            ASSERT_EQ(records.next(record, {}, nullptr), Wait::done);
            ASSERT_EQ(records.next(record, {}, nullptr), Wait::done);
            EXPECT_EQ(record.bytes, "unused");
            EXPECT_EQ(records.keep_rest(path), 11 + tail.size());
            EXPECT_EQ(content() == "unused\nrest" + tail, true);
        }
        const Texts arguments{"used", "unused", "rest"};
        Records records{arguments, Framing::lines};
        Record record;
        ASSERT_EQ(records.next(record, {}, nullptr), Wait::done);
        ASSERT_EQ(records.next(record, {}, nullptr), Wait::done);
        const std::string lines = "{\"message\":\"unused\",\"message_base64\":null}\n{\"message\":\"rest\",\"message_base64\":null}\n";
        EXPECT_EQ(records.keep_rest(path), lines.size());
        EXPECT_EQ(content() == "unused\nrest" + tail + lines, true) << "appended";
        EXPECT_THROW(records.keep_rest(directory + "/no/such"), sys::Error);
        const auto link = directory + "/link";
        ASSERT_EQ(::symlink(path.c_str(), link.c_str()), 0);
        EXPECT_THROW(records.keep_rest(link), sys::Error) << "a link is not followed";
        for (const auto& name : {path, link, directory}) ::remove(name.c_str());
    });
}

}  // namespace
