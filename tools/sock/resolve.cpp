// SPDX-License-Identifier: MIT
#include "resolve.hpp"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <cstring>
#include "text/number.hpp"
namespace tools::sock {
std::vector<Resolved> resolve(const ipc::Address& a) {
    std::vector<Resolved> r;
    const auto port = htons(static_cast<uint16_t>(text::whole_number(a.port, 0, 65535).value_or(0)));
    const auto add = [&](const char* host) {
        Resolved x;
        if (auto* in = reinterpret_cast<sockaddr_in*>(&x.storage); ::inet_pton(AF_INET, host, &in->sin_addr) == 1) { in->sin_family = AF_INET; in->sin_port = port; x.length = sizeof *in; r.push_back(x); return; }
        x = {};
        if (auto* in = reinterpret_cast<sockaddr_in6*>(&x.storage); ::inet_pton(AF_INET6, host, &in->sin6_addr) == 1) { in->sin6_family = AF_INET6; in->sin6_port = port; x.length = sizeof *in; r.push_back(x); }
    };
    if (a.host.empty()) add("0.0.0.0");
    else if (a.host == "localhost") { add("127.0.0.1"); add("::1"); }
    else add(a.host.c_str());
    return r;
}
}
