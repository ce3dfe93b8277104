// SPDX-License-Identifier: MIT
// wire: whatever comes over a coprocess's socket is taken apart into frames, or is said to be wrong
#include "../../tools/popen/wire.cpp"

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tools::popen;
    std::string from{text_of(data, size)};
    bool wrong = false;
    while (true) {
        const auto before = from.size();
        const auto frame = take_frame(from, wrong);
        if (!frame) {
            must(from.size() == before, "what is no whole frame stays");
            break;
        }
        must(!wrong && frame->payload.size() <= longest_frame && from.size() < before, "a frame is taken out, and is not too long");
        std::string again;
        add_frame(again, frame->kind, frame->payload);
        bool wrong_again = false;
        const auto same = take_frame(again, wrong_again);
        must(same && !wrong_again && again.empty() && same->kind == frame->kind && same->payload == frame->payload, "it is read back");
        Request request;
        std::string marker;
        if (unpack(frame->payload, request, marker)) must(packed(request, marker).size() == frame->payload.size(), "a request has its marker behind it");
        Answer answer;
        if (unpack(frame->payload, answer)) must(answer.result <= Answer::Result::full, "an answer is one of ours");
    }
    std::string bytes;
    add_frame(bytes, Kind::data, text_of(data, size));
    std::string joined;
    while (const auto frame = take_frame(bytes, wrong)) joined += frame->payload;
    must(!wrong && bytes.empty() && joined == text_of(data, size), "data go whole, in frames that are short enough");
    return 0;
}
