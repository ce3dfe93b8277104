// SPDX-License-Identifier: MIT
#include "ipc/address.hpp"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <limits>

#include "text/duration.hpp"
#include "text/escape.hpp"
#include "text/mode.hpp"
#include "text/number.hpp"
#include "text/size.hpp"
#include "text/suggest.hpp"

namespace ipc {
namespace {

using Kind = Address::Kind;
using Result = text::Parsed<Address>;

constexpr std::size_t longest_host = 253;  // of a domain name
constexpr auto largest_32 = std::numeric_limits<std::uint32_t>::max();

struct Scheme {
    const char* name;
    Kind kind;
    int family;
    bool abstract;
    const char* note;  ///< for completion, of the canonical ones; null: another spelling
};
// The first of a kind and family is canonical.
constexpr std::array schemes{
    Scheme{"tcp", Kind::tcp, 0, false, "tcp://host:port"},
    Scheme{"tcp4", Kind::tcp, AF_INET, false, "only IPv4"},
    Scheme{"tcp6", Kind::tcp, AF_INET6, false, "only IPv6"},
    Scheme{"udp", Kind::udp, 0, false, "udp://host:port"},
    Scheme{"udp4", Kind::udp, AF_INET, false, "only IPv4"},
    Scheme{"udp6", Kind::udp, AF_INET6, false, "only IPv6"},
    Scheme{"unix", Kind::unix_stream, 0, false, "unix:/path or unix:@name"},
    Scheme{"unix-dgram", Kind::unix_datagram, 0, false, "unix-dgram:/path"},
    Scheme{"unixgram", Kind::unix_datagram, 0, false, nullptr},
    Scheme{"unix-seqpacket", Kind::unix_seqpacket, 0, false, "unix-seqpacket:/path"},
    Scheme{"unixpacket", Kind::unix_seqpacket, 0, false, nullptr},
    Scheme{"seqpacket", Kind::unix_seqpacket, 0, false, nullptr},
    Scheme{"unix-abstract", Kind::unix_stream, 0, true, nullptr},
    Scheme{"abstract", Kind::unix_stream, 0, true, nullptr},
    Scheme{"vsock", Kind::vsock, 0, false, "vsock://cid:port"},
    Scheme{"mptcp", Kind::mptcp, 0, false, "mptcp://host:port"},
    Scheme{"sctp", Kind::sctp, 0, false, "sctp://host:port"},
    Scheme{"ip", Kind::ip, 0, false, "ip://host/protocol"},
    Scheme{"packet", Kind::packet, 0, false, "packet://interface"},
    Scheme{"ping", Kind::ping, 0, false, "ping://host"},
    Scheme{"fd", Kind::descriptor, 0, false, "fd:3, one that is open"},
    Scheme{"systemd", Kind::activation, 0, false, "what systemd listens on for us"},
};

const char* canonical(Kind kind, int family) {
    const auto* found = std::ranges::find_if(schemes, [=](const Scheme& scheme) { return scheme.kind == kind && scheme.family == family; });
    return found == schemes.end() ? "" : found->name;
}

template <class T>
std::string fault_of(std::string_view value) {
    const auto parsed = text::parse<T>(value);
    return parsed ? std::string{} : parsed.error();
}
std::string no_value(std::string_view value) { return value.empty() ? std::string{} : "takes no value"; }
std::string some_text(std::string_view value) { return value.empty() ? "needs a value" : std::string{}; }

enum : unsigned { stream_key = 1, inet_key = 2, unix_key = 4, any_key = 8 };  // where a key belongs
struct KnownKey {
    const char* name;
    unsigned where;
    std::string (*fault)(std::string_view);
};
constexpr std::array known_keys{
    KnownKey{"backlog", stream_key, &fault_of<text::Number<1, 1'000'000>>},
    KnownKey{"bind", inet_key, &some_text},
    KnownKey{"broadcast", inet_key, &no_value},
    KnownKey{"congestion", inet_key, &some_text},
    KnownKey{"freebind", inet_key, &no_value},
    KnownKey{"interface", inet_key, &some_text},
    KnownKey{"keepalive", inet_key, &fault_of<text::Duration>},
    KnownKey{"mark", inet_key, &fault_of<text::Number<0, largest_32>>},
    KnownKey{"mode", unix_key, &fault_of<text::Mode>},
    KnownKey{"nodelay", inet_key, &no_value},
    KnownKey{"rcvbuf", any_key, &fault_of<text::SizeIn<1, 0x7fff'ffff>>},
    KnownKey{"reuseport", inet_key, &no_value},
    KnownKey{"sndbuf", any_key, &fault_of<text::SizeIn<1, 0x7fff'ffff>>},
    KnownKey{"tos", inet_key, &fault_of<text::Number<0, 255>>},
    KnownKey{"ttl", inet_key, &fault_of<text::Number<1, 255>>},
    KnownKey{"user-timeout", inet_key, &fault_of<text::Duration>},
    KnownKey{"v6only", inet_key, &no_value},
};

std::string fault_of_key(const Address& address, std::string_view name, std::string_view value) {
    const auto* known = std::ranges::find(known_keys, name, [](const KnownKey& key) { return std::string_view{key.name}; });
    if (known == known_keys.end()) {
        std::vector<std::string> names;
        names.reserve(std::size(known_keys));
        for (const auto& key : known_keys) names.emplace_back(key.name);
        const auto near = text::nearest(name, names);
        return fmt::format("unknown key '{}'{}", text::escape(name), near.empty() ? "" : fmt::format("; did you mean {}?", near));
    }
    unsigned belongs = any_key;
    if (address.is_stream() || address.kind == Kind::unix_seqpacket) belongs |= stream_key;
    if (address.is_inet() || address.kind == Kind::ip || address.kind == Kind::ping) belongs |= inet_key;
    if (address.is_unix()) belongs |= unix_key;
    if ((known->where & belongs) == 0 || address.kind == Kind::standard)
        return fmt::format("key {} does not belong to {}", name, address.kind == Kind::standard ? "-" : canonical(address.kind, address.family));
    const auto fault = known->fault(value);
    return fault.empty() ? fault : fmt::format("key {}: {}", name, fault);
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

text::Parsed<std::string> decoded(std::string_view text) {
    std::string raw;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            raw += text[at];
            continue;
        }
        const int high = at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
        const int low = at + 2 < text.size() ? hex_digit(text[at + 2]) : -1;
        if (high < 0 || low < 0) return std::unexpected(fmt::format("'{}': behind % stand two hexadecimal digits; %25 is a percent sign", text::escape(text)));
        raw += static_cast<char>(high * 16 + low);
        at += 2;
    }
    return raw;
}

/// Bytes that would be read otherwise, or that may not be printed, as %XX.
std::string encoded(std::string_view raw, std::string_view special) {
    std::string text;
    for (std::size_t at = 0; at < raw.size();) {
        const auto length = text::utf8_length(raw.substr(at));
        const auto byte = static_cast<unsigned char>(raw[at]);
        const bool c1 = length == 2 && byte == 0xc2 && static_cast<unsigned char>(raw[at + 1]) < 0xa0;
        if (length > 0 && !c1 && byte >= 0x20 && byte != 0x7f && !special.contains(raw[at])) {
            text += raw.substr(at, length);
            at += length;
        } else {
            text += fmt::format("%{:02x}", byte);
            ++at;
        }
    }
    return text;
}

std::string fault_of_host(std::string_view host) {
    if (host.empty()) return "the host is empty";
    if (host.starts_with('-')) return fmt::format("'{}': a host does not begin with -", text::escape(host));
    if (host.size() > longest_host) return fmt::format("a host of {} bytes is over the limit of {}", host.size(), longest_host);
    for (const char c : host) {
        const auto byte = static_cast<unsigned char>(c);
        const bool usual = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
        if (!usual && byte < 0x80) return fmt::format("'{}' is not the name of a host", text::escape(host));
    }
    return text::is_utf8(host) && text::escape(host) == host ? std::string{} : fmt::format("'{}' is not the name of a host", text::escape(host));
}

/// Perhaps with %scope behind it.
std::string fault_of_ipv6(std::string_view host) {
    const auto percent = host.find('%');
    in6_addr ignored{};
    if (host.substr(0, percent).contains('\0') || ::inet_pton(AF_INET6, std::string{host.substr(0, percent)}.c_str(), &ignored) != 1)
        return fmt::format("'{}' is not an IPv6 address", text::escape(host));
    if (percent == std::string_view::npos) return {};
    const auto scope = host.substr(percent + 1);
    const bool plain = std::ranges::all_of(scope, [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != '%' && c != ']' && c != '?' && c != '\\'; });
    return scope.empty() || scope.size() > 15 || !plain ? fmt::format("'{}': behind % stands an interface, such as eth0", text::escape(host)) : std::string{};
}

std::string fault_of_port(std::string_view port) {
    if (port.empty()) return "the port is missing, as in host:80";
    if (std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; })) {
        const auto number = text::whole_number(port, 0, 65535);
        return number ? std::string{} : "port " + number.error();
    }
    const bool plain = std::ranges::all_of(port, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '+' || c == '.';
    });
    if (!plain || port.front() == '-' || port.size() > 63)
        return fmt::format("'{}' is no port: a number up to 65535, or the name of a service", text::escape(port));
    return {};
}

/// host:port, [v6]:port, :port, *:port, and 80 alone, which means loopback.
std::string read_host_port(std::string_view text, Address& into) {
    std::string_view host;
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos || !text.substr(end + 1).starts_with(':')) return fmt::format("'{}': write [ADDRESS]:PORT", text::escape(text));
        host = text.substr(1, end - 1);
        port = text.substr(end + 2);
        if (auto fault = fault_of_ipv6(host); !fault.empty()) return fault;
        if (into.family == AF_INET) return fmt::format("'{}' is IPv6, and the scheme says IPv4", text::escape(host));
    } else if (const auto colon = text.rfind(':'); colon == std::string_view::npos) {
        if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }))
            return fmt::format("'{}': the port is missing, as in host:80", text::escape(text));
        host = "localhost";
        port = text;
    } else {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
        if (host.contains(':')) return fmt::format("'{}': an IPv6 address stands in brackets, as in [::1]:80", text::escape(text));
        if (host == "*") host = {};
        if (!host.empty()) {
            if (auto fault = fault_of_host(host); !fault.empty()) return fault;
        }
    }
    if (auto fault = fault_of_port(port); !fault.empty()) return fault;
    into.host = host;
    into.port = port;
    return {};
}

std::string read_unix(std::string raw, Address& into) {
    if (!into.abstract && raw.starts_with('@')) {
        into.abstract = true;
        raw.erase(0, 1);
    }
    if (into.abstract && raw.size() > Address::longest_abstract)
        return fmt::format("an abstract name of {} bytes is over the limit of {}", raw.size(), Address::longest_abstract);
    if (!into.abstract && raw.size() > Address::longest_path)
        return fmt::format("a path of {} bytes is over the limit of {}", raw.size(), Address::longest_path);
    if (raw.empty()) return into.abstract ? "the name behind @ is empty" : "the path is empty";
    if (!into.abstract && raw.contains('\0')) return "a path holds no NUL";
    into.path = std::move(raw);
    return {};
}

std::string read_vsock(std::string_view text, Address& into) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return fmt::format("'{}': write vsock://CID:PORT", text::escape(text));
    const auto cid = text.substr(0, colon);
    if (cid.empty() || cid == "*") {
        into.cid = Address::any_cid;
    } else if (cid == "host" || cid == "local") {
        into.cid = cid == "host" ? 2 : 1;
    } else {
        const auto number = text::whole_number(cid, 0, largest_32 - 1);
        if (!number) return "context id " + number.error();
        into.cid = static_cast<std::uint32_t>(*number);
    }
    const auto port = text::whole_number(text.substr(colon + 1), 0, largest_32);
    if (!port) return "port " + port.error();
    into.vsock_port = static_cast<std::uint32_t>(*port);
    return {};
}

/// A host without a port: an IPv6 address may stand in brackets.
std::string read_host(std::string_view text, Address& into) {
    const bool brackets = text.starts_with('[') && text.ends_with(']');
    if (brackets) text = text.substr(1, text.size() - 2);
    into.host = text;
    return brackets || text.contains(':') ? fault_of_ipv6(text) : fault_of_host(text);
}

std::string read_ip(std::string_view text, Address& into) {
    const auto slash = text.rfind('/');
    if (slash == std::string_view::npos) return fmt::format("'{}': write ip://HOST/PROTOCOL, as in ip://127.0.0.1/icmp", text::escape(text));
    into.port = text.substr(slash + 1);
    if (const auto fault = fault_of_port(into.port); !fault.empty()) return fmt::format("'{}' is no protocol", text::escape(into.port));
    if (slash == 0 || text.substr(0, slash) == "*") return {};
    return read_host(text.substr(0, slash), into);
}

std::string read_packet(std::string_view text, Address& into) {
    const bool plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != '?' && c != '%' && c != '\\'; });
    if (text.empty() || text.size() > 15 || !plain) return fmt::format("'{}' is no name of an interface", text::escape(text));
    into.host = text;
    return {};
}

std::string read_activation(std::string_view text, Address& into) {
    const bool plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '?' && c != ':' && c != '\\'; });
    if (!plain || text.size() > 255) return fmt::format("'{}' is no name of a descriptor", text::escape(text));
    into.path = text;
    return {};
}

std::string read_rest(std::string_view rest, Address& into) {
    switch (into.kind) {
        case Kind::tcp:
        case Kind::mptcp:
        case Kind::sctp:
        case Kind::udp: return read_host_port(rest, into);
        case Kind::unix_stream:
        case Kind::unix_datagram:
        case Kind::unix_seqpacket: {
            auto raw = decoded(rest);
            return raw ? read_unix(std::move(*raw), into) : raw.error();
        }
        case Kind::vsock: return read_vsock(rest, into);
        case Kind::ip: return read_ip(rest, into);
        case Kind::packet: return read_packet(rest, into);
        case Kind::ping: return read_host(rest, into);
        case Kind::descriptor: {
            const auto number = text::whole_number(rest, 0, std::numeric_limits<int>::max());
            if (number) into.descriptor = static_cast<int>(*number);
            return number ? std::string{} : "descriptor " + number.error();
        }
        case Kind::activation: return read_activation(rest, into);
        case Kind::standard: break;
    }
    return {};
}

std::string read_keys(std::string_view text, Address& into) {
    for (bool more = true; more;) {
        const auto end = text.find('&');
        const auto pair = text.substr(0, end);
        more = end != std::string_view::npos;
        if (more) text.remove_prefix(end + 1);
        const auto equals = pair.find('=');
        const auto value = decoded(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
        if (!value) return value.error();
        if (equals != std::string_view::npos && value->empty()) return fmt::format("key {}: the value is empty", text::escape(pair.substr(0, equals)));
        if (auto fault = into.set(pair.substr(0, equals), *value); !fault.empty()) return fault;
    }
    return {};
}

Result with_keys(Address address, std::string_view text) {
    const auto question = text.find('?');
    auto fault = read_rest(text.substr(0, question), address);
    if (fault.empty() && question != std::string_view::npos) fault = read_keys(text.substr(question + 1), address);
    if (!fault.empty()) return std::unexpected(fault);
    return address;
}

Result of_scheme(const Scheme& scheme, std::string_view rest) {
    // unix:///run/x is the path /run/x; with two slashes and no third it would be a host.
    if (rest.starts_with("//")) rest.remove_prefix(2);
    Address address{.kind = scheme.kind, .family = scheme.family};
    address.abstract = scheme.abstract;
    return with_keys(std::move(address), rest);
}

Result neither(std::string_view text) {
    return std::unexpected(
        fmt::format("'{}' is no address: write host:port, /path or a scheme, as in tcp://localhost:80, unix:/run/x or udp://10.0.0.1:53", text::escape(text)));
}

}  // namespace

bool Address::is_stream() const {
    return kind == Kind::tcp || kind == Kind::mptcp || kind == Kind::sctp || kind == Kind::unix_stream || kind == Kind::vsock || kind == Kind::descriptor ||
           kind == Kind::activation || kind == Kind::standard;
}

const std::string* Address::key(std::string_view name) const {
    const auto found = std::ranges::find(keys, name, &Key::name);
    return found == keys.end() ? nullptr : &found->value;
}

std::string Address::set(std::string_view name, std::string_view value) {
    if (auto fault = fault_of_key(*this, name, value); !fault.empty()) return fault;
    const auto found = std::ranges::find(keys, name, &Key::name);
    if (found == keys.end())
        keys.push_back({std::string{name}, std::string{value}});
    else
        found->value = value;
    return {};
}

Result Address::parse(std::string_view text) {
    if (text.empty()) return std::unexpected("an empty address");
    if (text == "-") return Address{.kind = Kind::standard};
    // A path is taken as it stands: a shell completes it, and it may hold any of ? % and :.
    if (text.starts_with('/') || text.starts_with("./") || text.starts_with("../")) {
        Address address{.kind = Kind::unix_stream};
        if (auto fault = read_unix(std::string{text}, address); !fault.empty()) return std::unexpected(fault);
        return address;
    }
    if (text.starts_with('@')) return with_keys({.kind = Kind::unix_stream}, text);
    const auto colon = text.find(':');
    if (colon != std::string_view::npos) {
        const auto name = text.substr(0, colon);
        const auto rest = text.substr(colon + 1);
        if (name == "tls" || name == "dtls") return std::unexpected(fmt::format("{} is not there yet: join sock to openssl s_client, or use tcp://", name));
        const auto* found = std::ranges::find(schemes, name, [](const Scheme& scheme) { return std::string_view{scheme.name}; });
        if (found != schemes.end()) return of_scheme(*found, rest);
        if (rest.starts_with("//")) {
            std::vector<std::string> names;
            names.reserve(std::size(schemes));
            for (const auto& scheme : schemes) names.emplace_back(scheme.name);
            const auto near = text::nearest(name, names);
            return std::unexpected(fmt::format("unknown scheme '{}'{}", text::escape(name),
                                               near.empty() ? "; there are tcp, udp, unix and more" : fmt::format("; did you mean {}?", near)));
        }
        return with_keys({.kind = Kind::tcp}, text);
    }
    const auto end = std::min(text.find('?'), text.size());
    if (std::ranges::all_of(text.substr(0, end), [](char c) { return c >= '0' && c <= '9'; }) && end > 0) return with_keys({.kind = Kind::tcp}, text);
    return neither(text);
}

Result Address::parse(std::string_view host, std::string_view port) {
    Address address{.kind = Kind::tcp};
    auto fault = host == "*" ? std::string{} : read_host(host, address);
    if (fault.empty()) fault = fault_of_port(port);
    if (!fault.empty()) return std::unexpected(fault);
    address.port = port;
    return address;
}

std::string Address::spelled() const {
    if (kind == Kind::standard) return "-";
    std::string text = canonical(kind, family);
    switch (kind) {
        case Kind::tcp:
        case Kind::mptcp:
        case Kind::sctp:
        case Kind::udp: text += host.contains(':') ? fmt::format("://[{}]:{}", host, port) : fmt::format("://{}:{}", host.empty() ? "*" : host, port); break;
        case Kind::unix_stream:
        case Kind::unix_datagram:
        case Kind::unix_seqpacket: {
            // Two slashes behind the colon mean nothing, so a path that begins with two needs four.
            text += fmt::format(":{}{}", abstract ? "@" : path.starts_with("//") ? "//" : "", encoded(path, "%?\\"));
            break;
        }
        case Kind::vsock: text += cid == any_cid ? fmt::format("://*:{}", vsock_port) : fmt::format("://{}:{}", cid, vsock_port); break;
        case Kind::ip: text += host.contains(':') ? fmt::format("://[{}]/{}", host, port) : fmt::format("://{}/{}", host.empty() ? "*" : host, port); break;
        case Kind::packet: text += "://" + host; break;
        case Kind::ping: text += host.contains(':') ? fmt::format("://[{}]", host) : "://" + host; break;
        case Kind::descriptor: text += fmt::format(":{}", descriptor); break;
        case Kind::activation: text += ":" + path; break;
        case Kind::standard: break;
    }
    char before = '?';
    for (const auto& key : keys) {
        text += before + key.name;
        if (!key.value.empty()) text += "=" + encoded(key.value, "%&\\");
        before = '&';
    }
    return text;
}

std::vector<text::Candidate> Address::candidates(std::string_view begin) {
    std::vector<text::Candidate> found;
    for (const auto& scheme : schemes) {
        const auto word = std::string{scheme.name} + ":";
        if (scheme.note && word.starts_with(begin)) found.push_back({word, scheme.note});
    }
    return found;
}

}  // namespace ipc
