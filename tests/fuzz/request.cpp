// SPDX-License-Identifier: MIT
// request: whatever stands in a server's FIFO is a request or rubbish, and the server gets past it
#include "../../tools/fifo/request.cpp"

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tools::fifo;
    const auto seen = text_of(data, size);
    if (seen.empty()) return 0;
    const auto found = find_request(seen);
    if (!found) {
        must(harmless(found.error()), "the message");
        const auto rubbish = length_of_rubbish(seen);
        must(rubbish > 0 && rubbish <= seen.size(), "it is thrown away, and no more than there is");
        return 0;
    }
    const auto& request = found->request;
    must(found->whole() <= seen.size() && found->header > 0, "it is there");
    must(request.id.find('/') == std::string::npos && request.directory.front() == '/', "its names stay in its directory");
    const auto again = find_request(header_of(request) + std::string(request.attached ? request.size : 0, 'x'));
    must(again && again->request.id == request.id && again->request.directory == request.directory && again->request.size == request.size, "it is read back");
    must(parse_status(status_line(request, 7), request) == 7, "and so is its status");
    (void)parse_status(seen, request);
    return 0;
}
