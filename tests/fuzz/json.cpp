// SPDX-License-Identifier: MIT
// json: any line is read or refused, and what was read is written so that it reads back
#include "cli/json.hpp"

#include "fuzz.hpp"
#include "text/base64.hpp"
#include "text/escape.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto line = text_of(data, size);
    if (const auto value = cli::from_json(line)) {
        const auto written = cli::to_json(*value);
        must(written.find('\n') == std::string::npos && text::is_utf8(written), "one line of UTF-8");
        const auto again = cli::from_json(written);
        must(again.has_value(), "what is written can be read");
        must(cli::to_json(*again) == written, "and is the same");
    } else {
        must(harmless(value.error()), "the message");
    }
    // Any bytes as a string.
    cli::Object object;
    cli::add_bytes(object, "key", line);
    const auto back = cli::from_json(cli::to_json(object));
    must(back.has_value(), "any bytes can be carried");
    const auto& read = std::get<cli::Object>(*back);
    const auto* exact = cli::member(read, "key_base64");
    must(exact != nullptr, "all keys are there");
    const auto bytes = exact->is_null() ? *cli::member(read, "key")->text() : *text::from_base64(*exact->text());
    must(bytes == line, "and come back the same");
    return 0;
}
