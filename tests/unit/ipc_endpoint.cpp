// SPDX-License-Identifier: MIT
// ipc/endpoint: what an address means here and now, and how a place is spelled.
#include "ipc/endpoint.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "sys/error.hpp"
#include "sys/private_directory.hpp"

namespace {

std::vector<std::string> places(std::string_view word, ipc::Purpose purpose = ipc::Purpose::to_connect) {
    sys::Signals signals;
    std::vector<ipc::Endpoint> endpoints;
    const auto address = ipc::Address::parse(word);
    EXPECT_TRUE(address) << word;
    EXPECT_EQ(ipc::resolve(*address, purpose, {}, signals, endpoints), sys::Wait::done);
    std::vector<std::string> names;
    for (const auto& endpoint : endpoints) names.push_back(endpoint.spelled());
    signals.release();
    return names;
}

using Names = std::vector<std::string>;

TEST(Endpoint, OfANumberIsThatNumber) {
    EXPECT_EQ(places("127.0.0.1:80"), Names{"tcp://127.0.0.1:80"});
    EXPECT_EQ(places("[::1]:80"), Names{"tcp://[::1]:80"});
    EXPECT_EQ(places("udp://[fe80::1%lo]:53"), Names{"udp://[fe80::1%lo]:53"});
    EXPECT_EQ(places("vsock://2:7"), Names{"vsock://2:7"});
}

TEST(Endpoint, LocalhostIsBothLoopbacksAndAFamilyOneOfThem) {
    EXPECT_EQ(places("80"), (Names{"tcp://127.0.0.1:80", "tcp://[::1]:80"}));
    EXPECT_EQ(places("tcp4://localhost:80"), Names{"tcp://127.0.0.1:80"});
    EXPECT_EQ(places("tcp6://localhost:80"), Names{"tcp://[::1]:80"});
}

TEST(Endpoint, EveryAddressIsOnlyToBeListenedOn) {
    EXPECT_EQ(places("tcp4://*:80", ipc::Purpose::to_bind), Names{"tcp://0.0.0.0:80"});
    EXPECT_THROW(places(":80"), sys::Error);
}

TEST(Endpoint, AMissingHostServiceOrInterfaceIsNamed) {
    const auto reason = [](std::string_view word) -> std::string {
        try {
            (void)places(word);
        } catch (const sys::Error& failure) {
            EXPECT_EQ(failure.number(), ENXIO);
            return failure.what();
        }
        return {};
    };
    EXPECT_NE(reason("nosuch.invalid:80").find("there is no host nosuch.invalid"), std::string::npos);
    EXPECT_NE(reason("localhost:nosuchservice").find("there is no service nosuchservice"), std::string::npos);
    EXPECT_NE(reason("[fe80::1%nosuch]:80").find("there is no interface nosuch"), std::string::npos);
}

TEST(Endpoint, AnIPv4AddressInsideOfIPv6IsSpelledAsIPv4) { EXPECT_EQ(places("[::ffff:10.0.0.1]:80"), Names{"tcp://10.0.0.1:80"}); }

TEST(Endpoint, OfAUnixSocketIsItsPathOrName) {
    sys::Fd directory;
    EXPECT_EQ(ipc::unix_endpoint(*ipc::Address::parse("/tmp/x"), directory).spelled(), "unix:/tmp/x");
    EXPECT_EQ(ipc::unix_endpoint(*ipc::Address::parse("unix-dgram:@a%00b"), directory).spelled(), "unix-dgram:@a%00b");
    EXPECT_EQ(ipc::unix_endpoint(*ipc::Address::parse("@" + std::string(107, 'x')), directory).length, sizeof(sa_family_t) + 108);
    EXPECT_FALSE(directory);
}

TEST(Endpoint, APathThatIsTooLongGoesThroughItsDirectory) {
    sys::PrivateDirectory above{"/tmp", "moreipc-unit"};
    const auto longer = above.path() + "/" + std::string(120, 'd');
    std::filesystem::create_directory(longer);
    sys::Fd directory;
    const auto endpoint = ipc::unix_endpoint(*ipc::Address::parse(longer + "/s"), directory);
    EXPECT_TRUE(directory);
    EXPECT_NE(endpoint.spelled().find("/proc/self/fd/"), std::string::npos);
    EXPECT_THROW(ipc::unix_endpoint(*ipc::Address::parse(longer + "/" + std::string(100, 's')), directory), sys::Error);
    std::filesystem::remove(longer);
}

}  // namespace
