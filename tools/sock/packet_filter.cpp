// SPDX-License-Identifier: MIT
#include "packet_filter.hpp"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "protocol.hpp"
#include "text/escape.hpp"
#include "text/number.hpp"

namespace tools::sock {
namespace {

constexpr auto network = static_cast<std::uint32_t>(SKF_NET_OFF);
constexpr auto link = static_cast<std::uint32_t>(SKF_LL_OFF);
constexpr auto ethertype = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL);
constexpr std::size_t longest = 4096;  // BPF_MAXINSNS
constexpr int deepest = 100;
constexpr std::uint32_t whole_packet = 0x40000;

struct Wrong {
    std::string why;
};

/// Where a jump goes: known when the label is placed.
using Label = std::size_t;

/// Instructions with labels instead of distances.
class Code {
public:
    Label label() {
        places_.push_back(0);
        return places_.size() - 1;
    }
    void place(Label label) { places_[label] = lines_.size(); }
    void load(unsigned code, std::uint32_t k) { add({{static_cast<__u16>(code), 0, 0, k}, 0, 0, false}); }
    void go(Label there) { jump(BPF_JA, 0, there, there); }
    void jump(unsigned how, std::uint32_t k, Label yes, Label no) { add({{static_cast<__u16>(BPF_JMP | how | BPF_K), 0, 0, k}, yes, no, true}); }

    std::vector<sock_filter> finished() const {
        std::vector<sock_filter> program;
        for (std::size_t at = 0; at < lines_.size(); ++at) {
            auto [instruction, yes, no, jumps] = lines_[at];
            if (jumps && BPF_OP(instruction.code) == BPF_JA) {
                instruction.k = static_cast<__u32>(places_[yes] - at - 1);
            } else if (jumps) {
                const auto far = std::max(places_[yes], places_[no]) - at - 1;
                if (far > 255) throw Wrong{"the expression is too long for one program of the kernel"};
                instruction.jt = static_cast<__u8>(places_[yes] - at - 1);
                instruction.jf = static_cast<__u8>(places_[no] - at - 1);
            }
            program.push_back(instruction);
        }
        return program;
    }

private:
    struct Line {
        sock_filter instruction;
        Label yes;
        Label no;
        bool jumps;
    };
    void add(Line line) {
        if (lines_.size() == longest) throw Wrong{"the expression is too long for one program of the kernel"};
        lines_.push_back(line);
    }

    std::vector<Line> lines_;
    std::vector<std::size_t> places_;
};

enum class Side { either, source, destination };

/// Reads the expression and writes the program in one go: a test is written when the places it leads to are known by label.
class Compiler {
public:
    explicit Compiler(std::string_view text) : rest_(text) {}

    std::vector<sock_filter> run() {
        const auto yes = code_.label();
        const auto no = code_.label();
        any_of(yes, no);
        skip_blanks();
        if (!rest_.empty()) throw Wrong{fmt::format("'{}' is too much: and, or or nothing belongs here", text::escape(rest_))};
        code_.place(yes);
        code_.load(BPF_RET | BPF_K, whole_packet);
        code_.place(no);
        code_.load(BPF_RET | BPF_K, 0);
        return code_.finished();
    }

private:
    // --- the expression ---

    void any_of(Label yes, Label no) {
        for (;;) {
            const auto next = code_.label();
            all_of(yes, next);
            code_.place(next);
            if (!take("or") && !take("||")) break;
        }
        code_.go(no);
    }

    void all_of(Label yes, Label no) {
        for (;;) {
            const auto next = code_.label();
            one(next, no);
            code_.place(next);
            if (!take("and") && !take("&&")) break;
        }
        code_.go(yes);
    }

    void one(Label yes, Label no) {
        if (++depth_ > deepest) throw Wrong{"parentheses and not are nested too deeply"};
        if (take("not") || take("!")) {
            one(no, yes);
        } else if (take("(")) {
            any_of(yes, no);
            if (!take(")")) throw Wrong{"a ( without its )"};
        } else {
            test(yes, no);
        }
        --depth_;
    }

    void test(Label yes, Label no) {
        const auto name = word();
        if (name.empty()) throw Wrong{rest_.empty() ? "a test is missing at the end" : fmt::format("'{}' is no test", text::escape(rest_.substr(0, 20)))};
        skip_blanks();
        if (rest_.starts_with('[')) return bytes_test(name, yes, no);
        if (name == "ip") return type_is(ETH_P_IP, yes, no);
        if (name == "ip6") return type_is(ETH_P_IPV6, yes, no);
        if (name == "arp") return type_is(ETH_P_ARP, yes, no);
        if (name == "less") return length_is(BPF_JGT, no, yes);
        if (name == "greater") return length_is(BPF_JGE, yes, no);
        if (name == "proto") return protocol_is(protocol(word()), yes, no);
        if (name == "icmp") return protocol_of_version(4, IPPROTO_ICMP, yes, no);
        if (name == "icmp6") return protocol_of_version(6, IPPROTO_ICMPV6, yes, no);
        if (name == "tcp" || name == "udp" || name == "sctp") return protocol_is(protocol(name), yes, no);
        auto side = Side::either;
        auto what = name;
        if (name == "src" || name == "dst") {
            side = name == "src" ? Side::source : Side::destination;
            what = word();
        }
        if (what == "host" || what == "net") return address_is(word(), what == "net", side, yes, no);
        if (what == "port") return port_is(number(word(), 65535), side, yes, no);
        throw Wrong{
            fmt::format("'{}' is no test; there are ip ip6 arp tcp udp icmp icmp6 sctp proto host net port src dst less greater and bytes such as ip[9]",
                        text::escape(what))};
    }

    // --- tests ---

    void type_is(std::uint32_t type, Label yes, Label no) {
        code_.load(BPF_LD | BPF_W | BPF_ABS, ethertype);
        code_.jump(BPF_JEQ, type, yes, no);
    }

    void length_is(unsigned how, Label yes, Label no) {
        const auto length = number(word(), 0xffff'ffff);
        code_.load(BPF_LD | BPF_W | BPF_LEN, 0);
        code_.jump(how, length, yes, no);
    }

    void protocol_of_version(int version, std::uint32_t wanted, Label yes, Label no) {
        const auto right = code_.label();
        type_is(version == 4 ? ETH_P_IP : ETH_P_IPV6, right, no);
        code_.place(right);
        code_.load(BPF_LD | BPF_B | BPF_ABS, network + (version == 4 ? 9 : 6));
        code_.jump(BPF_JEQ, wanted, yes, no);
    }

    void protocol_is(std::uint32_t wanted, Label yes, Label no) {
        const auto other = code_.label();
        protocol_of_version(4, wanted, yes, other);
        code_.place(other);
        protocol_of_version(6, wanted, yes, no);
    }

    /// Words of the header equal those of the address, as far as the prefix goes.
    void words_are(std::uint32_t offset, const std::array<std::uint32_t, 4>& words, unsigned bits, Label yes, Label no) {
        for (std::uint32_t at = 0; bits > 0; ++at) {
            const auto here = std::min(bits, 32U);
            const auto next = code_.label();
            bits -= here;
            code_.load(BPF_LD | BPF_W | BPF_ABS, network + offset + at * 4);
            if (here < 32) code_.load(BPF_ALU | BPF_AND | BPF_K, ~0U << (32 - here));
            code_.jump(BPF_JEQ, here < 32 ? words[at] & ~0U << (32 - here) : words[at], next, no);
            code_.place(next);
        }
        code_.go(yes);
    }

    void address_is(std::string_view text, bool is_net, Side side, Label yes, Label no) {
        const auto slash = is_net ? text.find('/') : std::string_view::npos;
        const std::string host{text.substr(0, slash)};
        std::array<std::uint32_t, 4> words{};
        const bool v4 = ::inet_pton(AF_INET, host.c_str(), words.data()) == 1;
        if (!v4 && ::inet_pton(AF_INET6, host.c_str(), words.data()) != 1) throw Wrong{fmt::format("'{}' is no address in numbers", text::escape(text))};
        for (auto& word : words) word = ntohl(word);
        const auto most = v4 ? 32U : 128U;
        const auto bits = slash == std::string_view::npos ? most : number(text.substr(slash + 1), most);
        const auto right = code_.label();
        type_is(v4 ? ETH_P_IP : ETH_P_IPV6, right, no);
        code_.place(right);
        const auto other = code_.label();
        if (side != Side::destination) words_are(v4 ? 12 : 8, words, bits, yes, side == Side::either ? other : no);
        code_.place(other);
        if (side != Side::source) words_are(v4 ? 16 : 24, words, bits, yes, no);
    }

    /// X becomes the length of the IPv4 header; fragments but the first, which have no ports, lead away.
    void to_transport(Label no) {
        const auto first = code_.label();
        code_.load(BPF_LD | BPF_H | BPF_ABS, network + 6);
        code_.jump(BPF_JSET, 0x1fff, no, first);
        code_.place(first);
        code_.load(BPF_LDX | BPF_B | BPF_MSH, network);
    }

    void port_is(std::uint32_t port, Side side, Label yes, Label no) {
        const auto has_ports = code_.label();
        for (const auto* name : {"tcp", "udp", "sctp"}) {
            const auto other = code_.label();
            protocol_is(protocol(name), has_ports, other);
            code_.place(other);
        }
        code_.go(no);
        code_.place(has_ports);
        const auto v4 = code_.label();
        const auto v6 = code_.label();
        type_is(ETH_P_IP, v4, v6);
        code_.place(v4);
        to_transport(no);
        ports_are(BPF_LD | BPF_H | BPF_IND, network, port, side, yes, no);
        code_.place(v6);
        ports_are(BPF_LD | BPF_H | BPF_ABS, network + 40, port, side, yes, no);
    }

    void ports_are(unsigned load, std::uint32_t at, std::uint32_t port, Side side, Label yes, Label no) {
        const auto other = code_.label();
        if (side != Side::destination) {
            code_.load(load, at);
            code_.jump(BPF_JEQ, port, yes, side == Side::either ? other : no);
        }
        code_.place(other);
        if (side == Side::source) return;
        code_.load(load, at + 2);
        code_.jump(BPF_JEQ, port, yes, no);
    }

    /// ip[9] == 1, tcp[13] & 2 != 0
    void bytes_test(std::string_view base, Label yes, Label no) {
        rest_.remove_prefix(1);
        const auto inside = rest_.substr(0, rest_.find(']'));
        if (inside.size() == rest_.size()) throw Wrong{"a [ without its ]"};
        rest_.remove_prefix(inside.size() + 1);
        const auto colon = inside.find(':');
        const auto offset = number(inside.substr(0, colon), 65535);
        const auto size = colon == std::string_view::npos ? 1U : number(inside.substr(colon + 1), 4);
        if (size != 1 && size != 2 && size != 4) throw Wrong{"1, 2 or 4 bytes can be compared"};
        const unsigned width = size == 1 ? BPF_B : size == 2 ? BPF_H : BPF_W;
        const auto right = code_.label();
        if (base == "ether") {
            code_.load(BPF_LD | width | BPF_ABS, link + offset);
        } else if (base == "ip" || base == "ip6") {
            type_is(base == "ip" ? ETH_P_IP : ETH_P_IPV6, right, no);
            code_.place(right);
            code_.load(BPF_LD | width | BPF_ABS, network + offset);
        } else if (base == "tcp" || base == "udp" || base == "icmp") {
            protocol_of_version(4, protocol(base), right, no);
            code_.place(right);
            to_transport(no);
            code_.load(BPF_LD | width | BPF_IND, network + offset);
        } else {
            throw Wrong{fmt::format("'{}[': bytes are counted from ip, ip6, ether, tcp, udp or icmp", text::escape(base))};
        }
        if (take("&")) code_.load(BPF_ALU | BPF_AND | BPF_K, number(word(), 0xffff'ffff));
        compare(yes, no);
    }

    void compare(Label yes, Label no) {
        struct Sign {
            std::string_view text;
            unsigned how;
            bool swapped;
        };
        // Longer ones first.
        static constexpr std::array signs{Sign{"==", BPF_JEQ, false}, Sign{"!=", BPF_JEQ, true}, Sign{">=", BPF_JGE, false}, Sign{"<=", BPF_JGT, true},
                                          Sign{"=", BPF_JEQ, false},  Sign{">", BPF_JGT, false}, Sign{"<", BPF_JGE, true}};
        for (const auto& sign : signs) {
            if (!take(sign.text)) continue;
            const auto value = number(word(), 0xffff'ffff);
            return code_.jump(sign.how, value, sign.swapped ? no : yes, sign.swapped ? yes : no);
        }
        throw Wrong{"bytes are compared: == != < > <= >= and a number belong behind them"};
    }

    // --- words ---

    void skip_blanks() {
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t' || rest_.front() == '\n')) rest_.remove_prefix(1);
    }

    static bool in_word(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == ':' || c == '/' || c == '-' || c == '_';
    }

    std::string_view word() {
        skip_blanks();
        std::size_t end = 0;
        while (end < rest_.size() && in_word(rest_[end])) ++end;
        const auto found = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return found;
    }

    /// A word is taken only whole.
    bool take(std::string_view wanted) {
        skip_blanks();
        if (!rest_.starts_with(wanted)) return false;
        if (in_word(wanted.front()) && rest_.size() > wanted.size() && in_word(rest_[wanted.size()])) return false;
        rest_.remove_prefix(wanted.size());
        return true;
    }

    static std::uint32_t number(std::string_view text, std::uint32_t most) {
        const auto value = text::number_or_hex(text, most);
        if (!value) throw Wrong{text.empty() ? "a number is missing" : value.error()};
        return static_cast<std::uint32_t>(*value);
    }

    static std::uint32_t protocol(std::string_view text) {
        const auto found = protocol_number(text);
        if (!found) throw Wrong{text.empty() ? "a protocol is missing" : found.error()};
        return *found;
    }

    std::string_view rest_;
    Code code_;
    int depth_ = 0;
};

}  // namespace

text::Parsed<PacketFilter> PacketFilter::parse(std::string_view text) {
    try {
        return PacketFilter{Compiler{text}.run()};
    } catch (const Wrong& wrong) {
        return std::unexpected(wrong.why);
    }
}

}  // namespace tools::sock
