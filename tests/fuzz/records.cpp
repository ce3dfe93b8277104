// SPDX-License-Identifier: MIT
// records: what is framed is read back, in any framing and split anywhere; any other stream is read or refused
#include "cli/records.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vector>

#include "cli/batch.hpp"
#include "cli/json.hpp"
#include "fuzz.hpp"
#include "sys/error.hpp"

namespace {

using cli::Framing;

std::string framed(const std::string& record, Framing framing) {
    std::string stream;
    cli::append_record(stream, framing, record, [&] {
        cli::Object object;
        cli::add_bytes(object, "message", record);
        return object;
    });
    return stream;
}

/// Standard input is a file in memory, filled anew for each input.
void give_input(std::string_view bytes) {
    static const bool replaced = [] {
        const int file = ::memfd_create("input", MFD_CLOEXEC);
        const bool done = ::dup2(file, STDIN_FILENO) == STDIN_FILENO;
        ::close(file);
        return done;
    }();
    must(replaced && ::ftruncate(STDIN_FILENO, 0) == 0, "an empty file");
    must(::pwrite(STDIN_FILENO, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()), "filled");
    must(::lseek(STDIN_FILENO, 0, SEEK_SET) == 0, "from its start");
}

std::vector<std::string> read_all(Framing framing) {
    cli::Records records{{}, framing};
    std::vector<std::string> got;
    cli::Record record;
    while (records.next(record, {}, nullptr) == sys::Wait::done) got.emplace_back(record.bytes);
    return got;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto framing = static_cast<Framing>(data[0] % 5);
    const auto rest = text_of(data + 1, size - 1);

    // As a stream of somebody else: read, or refused with a reason; what was not used can be given back.
    give_input(rest);
    try {
        cli::Records records{{}, framing};
        cli::Record record;
        const bool any = records.next(record, {}, nullptr) == sys::Wait::done;
        must(records.give_back() == 0, "a file can be set back");
        must(!any || ::lseek(STDIN_FILENO, 0, SEEK_CUR) == 0, "to the start of the first record");
        (void)read_all(framing);
    } catch (const sys::Error& failure) {
        must(harmless(failure.what()), "the message");
    }

    // As records of ours, cut where the input has the byte 0xfe.
    std::vector<std::string> ours(1);
    for (const char c : rest) {
        const bool separator = (framing == Framing::lines && c == '\n') || (framing == Framing::nul && c == '\0');
        if (static_cast<unsigned char>(c) == 0xfe || separator) {
            ours.emplace_back();
        } else {
            ours.back() += c;
        }
    }
    if (framing == Framing::raw) ours.resize(1);
    std::string stream;
    for (const auto& record : ours) stream += framed(record, framing);
    give_input(stream);
    must(read_all(framing) == ours, "what is framed is read back");
    return 0;
}
