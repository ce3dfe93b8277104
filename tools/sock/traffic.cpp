// SPDX-License-Identifier: MIT
#include "traffic.hpp"

#include <fmt/format.h>

#include <chrono>

#include "cli/json.hpp"
#include "text/escape.hpp"

namespace tools::sock {
namespace {

constexpr std::size_t row = 16;

/// As hexdump -C has it, with the offset in this piece.
std::string hex_of(std::string_view bytes) {
    std::string lines;
    for (std::size_t at = 0; at < bytes.size(); at += row) {
        const auto piece = bytes.substr(at, row);
        lines += fmt::format("{:08x} ", at);
        for (std::size_t column = 0; column < row; ++column) {
            if (column == row / 2) lines += ' ';
            lines += column < piece.size() ? fmt::format(" {:02x}", static_cast<unsigned char>(piece[column])) : "   ";
        }
        lines += "  |";
        for (const char c : piece) lines += c >= ' ' && c < 0x7f ? c : '.';
        lines += "|\n";
    }
    return lines;
}

std::string text_of(std::string_view bytes, const std::string& before) {
    std::string lines;
    while (!bytes.empty()) {
        const auto line = bytes.substr(0, bytes.find('\n'));
        lines += fmt::format("{} {}\n", before, text::escape(line));
        bytes.remove_prefix(std::min(line.size() + 1, bytes.size()));
    }
    return lines;
}

}  // namespace

std::vector<text::Candidate> TrafficForm::candidates(std::string_view begin) {
    std::vector<text::Candidate> found;
    for (const std::string_view form : {"text", "hex", "json"}) {
        if (form.starts_with(begin)) found.push_back({std::string{form}, ""});
    }
    return found;
}

text::Parsed<TrafficForm> TrafficForm::parse(std::string_view text) {
    if (text == "text") return TrafficForm{Kind::text};
    if (text == "hex") return TrafficForm{Kind::hex};
    if (text == "json") return TrafficForm{Kind::json};
    return std::unexpected(fmt::format("'{}' is none of text, hex and json", text::escape(text)));
}

Traffic::Traffic(const std::string& path, TrafficForm form) : form_(form), file_(path, cli::OutputFile::How::append) {}

void Traffic::show(const Ends& ends, bool there, std::string_view bytes) {
    const auto before = fmt::format("{} {}", ends.number, there ? '>' : '<');
    std::string words;
    if (form_.kind == TrafficForm::Kind::text) words = text_of(bytes, before);
    if (form_.kind == TrafficForm::Kind::hex) words = fmt::format("{} {} bytes\n{}", before, bytes.size(), hex_of(bytes));
    if (form_.kind == TrafficForm::Kind::json) {
        const auto now = std::chrono::duration<double>{std::chrono::system_clock::now().time_since_epoch()}.count();
        cli::Object object{{"time", now},
                           {"connection", ends.number},
                           {"from", there ? ends.here : ends.there},
                           {"to", there ? ends.there : ends.here},
                           {"bytes", bytes.size()}};
        cli::add_bytes(object, "data", bytes);
        words = cli::to_json(object) + "\n";
    }
    file_.write(words);
}

}  // namespace tools::sock
