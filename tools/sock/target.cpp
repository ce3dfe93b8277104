// SPDX-License-Identifier: MIT
#include "target.hpp"

#include <fmt/format.h>

#include "cli/exit.hpp"
#include "text/escape.hpp"

namespace tools::sock {

ipc::Address address_of(const std::vector<AddressWord>& words) {
    if (words.size() > 2) throw cli::Usage(fmt::format("'{}': one operand too many", text::escape(words[2].text)), "an address is one word, or HOST PORT");
    // A port and a second one is easily meant for two ports; no host is called so.
    if (words.size() == 2 && words[0].text.find_first_not_of("0123456789") == std::string::npos)
        throw cli::Usage(fmt::format("'{}': one address only", text::escape(words[1].text)), "an address is one word, or HOST PORT");
    const auto address = words.size() == 2 ? ipc::Address::parse(words[0].text, words[1].text) : ipc::Address::parse(words[0].text);
    if (!address) throw cli::Usage(fmt::format("ADDRESS: {}", address.error()));
    return *address;
}

void set_key(ipc::Address& address, std::string_view option, std::string_view key, std::string_view value) {
    if (const auto fault = address.set(key, value); !fault.empty()) throw cli::Usage(fmt::format("{}: {}", option, fault));
}

void check_stream(const ipc::Address& address) {
    if (address.is_stream()) return;
    if (address.is_raw()) throw cli::Usage("ADDRESS: packets are sent and received by sock raw");
    throw cli::Usage(fmt::format("{} has records, not a stream of bytes", address.spelled()), "sock send and sock recv are for records");
}

}  // namespace tools::sock
