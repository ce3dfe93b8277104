// SPDX-License-Identifier: MIT
// target: the address on a command line: one word, or nc's two, with the options that belong to it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/verb.hpp"
#include "ipc/address.hpp"
#include "text/number.hpp"
#include "text/word.hpp"

namespace tools::sock {

/// A word of an address: a whole one, or a host, or a port.
struct AddressWord {
    std::string text;
    static constexpr text::Word word = ipc::Address::word;
    static text::Parsed<AddressWord> parse(std::string_view text) { return AddressWord{std::string{text}}; }
};

/// What the words of one address mean. Throws Usage.
ipc::Address address_of(const std::vector<AddressWord>& words);

/// Sets a key of the address from an option. Throws Usage naming the option.
void set_key(ipc::Address& address, std::string_view option, std::string_view key, std::string_view value);

/// Throws Usage unless bytes in order go through it; says which verbs are for the others.
void check_stream(const ipc::Address& address);

}  // namespace tools::sock
