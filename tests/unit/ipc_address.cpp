// SPDX-License-Identifier: MIT
// ipc/address: every spelling of the manual, the canonical one of each, and what is refused with which words.
#include "ipc/address.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace {

using ipc::Address;

std::string canonical(std::string_view text) {
    const auto address = Address::parse(text);
    return address ? address->spelled() : "refused: " + address.error();
}

std::string refusal(std::string_view text) {
    const auto address = Address::parse(text);
    return address ? "taken: " + address->spelled() : address.error();
}

TEST(Address, HasOneSpellingForEachOfManyWords) {
    const std::pair<const char*, const char*> words[] = {
        {"tcp://localhost:80", "tcp://localhost:80"},
        {"tcp:localhost:80", "tcp://localhost:80"},
        {"localhost:80", "tcp://localhost:80"},
        {"80", "tcp://localhost:80"},
        {":80", "tcp://*:80"},
        {"*:80", "tcp://*:80"},
        {"[::]:80", "tcp://[::]:80"},
        {"[::1]:http", "tcp://[::1]:http"},
        {"[fe80::1%eth0]:80", "tcp://[fe80::1%eth0]:80"},
        {"tcp4://a.example:0", "tcp4://a.example:0"},
        {"tcp6:::80", "refused: '::80': an IPv6 address stands in brackets, as in [::1]:80"},
        {"udp:10.0.0.1:53", "udp://10.0.0.1:53"},
        {"mptcp://h:1", "mptcp://h:1"},
        {"sctp://h:1", "sctp://h:1"},
        {"/run/x.sock", "unix:/run/x.sock"},
        {"./x", "unix:./x"},
        {"../x", "unix:../x"},
        {"./@x", "unix:./@x"},
        {"unix:rel.sock", "unix:rel.sock"},
        {"unix:///run/x.sock", "unix:/run/x.sock"},
        {"/a?b%c", "unix:/a%3fb%25c"},
        {"unix:/a%3fb", "unix:/a%3fb"},
        {"unix:////a", "unix:////a"},
        {"//a", "unix:////a"},
        {"@name", "unix:@name"},
        {"unix:@name", "unix:@name"},
        {"abstract:name", "unix:@name"},
        {"unix-abstract:name", "unix:@name"},
        {"@%00%ff", "unix:@%00%ff"},
        {"unix-dgram:/p", "unix-dgram:/p"},
        {"unixgram:@n", "unix-dgram:@n"},
        {"unixpacket:/p", "unix-seqpacket:/p"},
        {"seqpacket:/p", "unix-seqpacket:/p"},
        {"vsock://2:1234", "vsock://2:1234"},
        {"vsock:host:1234", "vsock://2:1234"},
        {"vsock:local:1", "vsock://1:1"},
        {"vsock::1234", "vsock://*:1234"},
        {"ip://127.0.0.1/icmp", "ip://127.0.0.1/icmp"},
        {"ip:///17", "ip://*/17"},
        {"packet://eth0", "packet://eth0"},
        {"ping://[::1]", "ping://[::1]"},
        {"fd:3", "fd:3"},
        {"systemd:", "systemd:"},
        {"systemd:web", "systemd:web"},
        {"-", "-"},
        {"tcp://:8080?backlog=50&keepalive=30s", "tcp://*:8080?backlog=50&keepalive=30s"},
        {"8080?nodelay", "tcp://localhost:8080?nodelay"},
        {"unix:/p?mode=u=rw,g=r", "unix:/p?mode=u=rw,g=r"},
    };
    for (const auto& [word, spelled] : words) EXPECT_EQ(canonical(word), spelled) << word;
}

TEST(Address, ReadsBackWhatItSpells) {
    for (const char* word :
         {"80", "[::1]:80", "/a b?%", "@%00x", "unix-seqpacket:./x?mode=0600", "vsock::1", "udp6://[ff02::1%lo]:9?ttl=3", "//x", "abstract:@x"}) {
        const auto address = Address::parse(word);
        ASSERT_TRUE(address) << word;
        const auto again = Address::parse(address->spelled());
        ASSERT_TRUE(again) << word;
        EXPECT_EQ(*again, *address) << word;
    }
}

TEST(Address, TakesTheTwoWordsOfNc) {
    EXPECT_EQ(Address::parse("example.org", "80")->spelled(), "tcp://example.org:80");
    EXPECT_EQ(Address::parse("::1", "http")->spelled(), "tcp://[::1]:http");
    EXPECT_EQ(Address::parse("*", "80")->spelled(), "tcp://*:80");
    EXPECT_FALSE(Address::parse("a:b", "80"));
    EXPECT_FALSE(Address::parse("a", "80:90"));
    EXPECT_FALSE(Address::parse("", "80"));
}

TEST(Address, RefusesWithTheRule) {
    EXPECT_EQ(refusal(""), "an empty address");
    EXPECT_NE(refusal("example.org").find("host:port, /path or a scheme"), std::string::npos);
    EXPECT_NE(refusal("file").find("tcp://localhost:80"), std::string::npos);
    EXPECT_EQ(refusal("::1:80"), "'::1:80': an IPv6 address stands in brackets, as in [::1]:80");
    EXPECT_EQ(refusal("h:99999").substr(0, 5), "port ");
    EXPECT_EQ(refusal("h:"), "the port is missing, as in host:80");
    EXPECT_EQ(refusal("-x:80"), "'-x': a host does not begin with -");
    EXPECT_EQ(refusal("a b:80"), "'a b' is not the name of a host");
    EXPECT_EQ(refusal("tcpp://h:80"), "unknown scheme 'tcpp'; did you mean tcp?");
    EXPECT_EQ(refusal("tcp4://[::1]:80"), "'::1' is IPv6, and the scheme says IPv4");
    EXPECT_EQ(refusal("[1.2.3.4]:80"), "'1.2.3.4' is not an IPv6 address");
    EXPECT_NE(refusal("tls://h:443").find("tls is not there yet"), std::string::npos);
    EXPECT_EQ(refusal("@"), "the name behind @ is empty");
    EXPECT_EQ(refusal("unix:"), "the path is empty");
    EXPECT_EQ(refusal("unix:/a%00"), "a path holds no NUL");
    EXPECT_EQ(refusal("@" + std::string(108, 'x')), "an abstract name of 108 bytes is over the limit of 107");
    EXPECT_EQ(refusal("unix:%4"), "'%4': behind % stand two hexadecimal digits; %25 is a percent sign");
    EXPECT_EQ(refusal("vsock:5"), "'5': write vsock://CID:PORT");
    EXPECT_EQ(refusal("fd:x").substr(0, 11), "descriptor ");
}

TEST(Address, KnowsItsKeysAndTheNearestOfThem) {
    EXPECT_EQ(refusal("80?backlgo=5"), "unknown key 'backlgo'; did you mean backlog?");
    EXPECT_EQ(refusal("80?"), "unknown key ''");
    EXPECT_EQ(refusal("80?mode=0600"), "key mode does not belong to tcp");
    EXPECT_EQ(refusal("/p"), "taken: unix:/p");
    EXPECT_EQ(refusal("unix:/p?nodelay"), "key nodelay does not belong to unix");
    EXPECT_EQ(refusal("unix:/p?bind=::1"), "key bind does not belong to unix");
    EXPECT_EQ(refusal("80?nodelay=1"), "key nodelay: takes no value");
    EXPECT_EQ(refusal("80?backlog="), "key backlog: the value is empty");
    EXPECT_EQ(refusal("80?backlog=0").substr(0, 12), "key backlog:");
    auto address = Address::parse("80?backlog=5");
    ASSERT_TRUE(address);
    ASSERT_NE(address->key("backlog"), nullptr);
    EXPECT_EQ(*address->key("backlog"), "5");
    EXPECT_EQ(address->key("nodelay"), nullptr);
    EXPECT_EQ(address->set("backlog", "7"), "");
    EXPECT_EQ(address->spelled(), "tcp://localhost:80?backlog=7");
    EXPECT_NE(address->set("backlog", "no"), "");
}

TEST(Address, KeepsTheFamilyOfTheScheme) {
    EXPECT_EQ(Address::parse("tcp6://h:1")->family, AF_INET6);
    EXPECT_EQ(Address::parse("udp4://h:1")->family, AF_INET);
    EXPECT_EQ(Address::parse("h:1")->family, 0);
}

}  // namespace
