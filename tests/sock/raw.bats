#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# raw.bats: sock raw

load datagrams

# Packets of `sock send` are seen by a filter: sees EXPRESSION, or not: misses EXPRESSION
sees() {
    ready eye sock raw packet://lo --filter "$1" -t 5
    sock send udp://127.0.0.1:53 Hello 2>/dev/null || :
    bg_wait eye
    assert_success
    assert_output --partial '48 65 6c 6c 6f'
}
misses() {
    ready eye sock raw packet://lo --filter "$1" -N 1 -t 0.1
    sock send udp://127.0.0.1:53 Hello 2>/dev/null || :
    bg_wait eye
    assert_failure 124
    refute_output
}

@test "ping: an echo request by hand, its checksum filled in, the answer filtered" {
    need_root
    t sock raw ip://127.0.0.1/icmp --checksum 2 '08 00 00 00 12 34 00 01' --filter 'icmp[0] == 0 and icmp[4:2] == 0x1234' -t 20
    assert_success
    # An IP header of 20 bytes, then an echo reply with our identifier and number.
    assert_output --regexp '^45 00 00 1c .* 7f 00 00 01 7f 00 00 01 00 00 ed ca 12 34 00 01$'
    t sock raw 'ip://[::1]/icmp6' '80 00 00 00 12 34 00 01' --filter 'icmp6 and ip6[40] == 129' -t 20
    assert_output --regexp '^81 00 .. .. 12 34 00 01$'
}

@test "ping:// needs no privilege where the kernel allows it" {
    need_root
    local allowed
    allowed=$(</proc/sys/net/ipv4/ping_group_range)
    t "${unprivileged[@]}" sock raw ping://127.0.0.1 -t 20 '08 00 00 00 00 00 00 01'
    [[ $allowed == 1$'\t'0 ]] && assert_failure 5
    echo '0 2000000' >/proc/sys/net/ipv4/ping_group_range
    t "${unprivileged[@]}" sock raw ping://127.0.0.1 -t 20 '08 00 00 00 00 00 00 01'
    echo "$allowed" >/proc/sys/net/ipv4/ping_group_range
    assert_success
    assert_output --regexp '^00 00 .. .. .. .. 00 01$'
}

@test "without CAP_NET_RAW it is denied, and says so" {
    local address before=()
    ((EUID != 0)) || before=("${unprivileged[@]}")
    for address in ip://127.0.0.1/icmp packet://lo; do
        t "${before[@]}" sock raw "$address" -t 1
        assert_failure 5
        assert_stderr --partial CAP_NET_RAW
    done
}

@test "filters see what they should: protocols, ports, hosts, nets, bytes, lengths" {
    need_root
    local expression
    for expression in udp 'port 53' 'dst port 53' 'udp and dst port 53' 'proto 17' 'proto udp' 'host 127.0.0.1' 'src host 127.0.0.1' 'net 127.0.0.0/8' \
        'dst net 127.0.0.0/30' 'ip' 'ip[9] == 17' 'ip[0] & 0xf0 = 0x40' 'udp[2:2] == 53' 'udp[8:4] == 0x48656c6c' 'udp[8] & 0xdf >= 0x48' 'udp[8] <= 0x48' \
        'ether[12:2] == 0x800' 'greater 47 and less 47' 'not tcp' '!(tcp or icmp) && (port 53 || port 54)' 'tcp or udp and port 53' 'udp[8] > 0x47 and udp[8] < 0x49'; do
        sees "$expression"
    done
}

@test "filters miss what they should" {
    need_root
    local expression
    for expression in tcp 'port 54' 'src port 53' 'host 127.0.0.2' 'net 10.0.0.0/8' ip6 arp 'udp[8] != 0x48' 'greater 48 and udp' 'less 46' 'not port 53 and udp' \
        'tcp and udp' 'not (udp or icmp)' 'udp[8] < 0x48' 'udp[8] > 0x48' 'udp and ip6'; do
        misses "$expression"
    done
}

@test "filters of IPv6" {
    need_root
    [[ -n $(cat /proc/net/if_inet6 2>/dev/null) ]] || skip "needs IPv6"
    ready eye sock raw packet://lo --filter 'ip6 and udp and dst port 53 and src host ::1 and net ::/64 and not src port 53' -t 5 -j
    sock send 'udp://[::1]:53' Hello 2>/dev/null || :
    bg_wait eye
    json '.size == 67 and .interface == "lo" and .from == "00:00:00:00:00:00"'
}

@test "a wrong expression is status 2 and says what is wrong" {
    local pair
    for pair in 'foo|no test' 'port|number is missing' '(tcp|without its )' 'ip[9]|compared' 'tcp and|missing at the end' 'ip[1:3] == 1|1, 2 or 4' 'host example|in numbers' \
        ')|no test' '|missing' 'tcp udp|too much' 'port 65536|65535' 'proto foo|no protocol' 'ip[9 == 1|without its ]'; do
        t sock raw packet://lo --filter "${pair%%|*}"
        assert_failure 2
        assert_stderr --partial "${pair#*|}"
    done
    t sock raw packet://lo --filter "$(printf 'not %.0s' {1..200})tcp"
    assert_failure 2
    t sock raw packet://lo --filter "$(printf 'port 1 or %.0s' {1..200})tcp"
    assert_failure 2
    assert_stderr --partial 'too long'
}

@test "packets come from standard input in hex, and with their own header" {
    need_root
    ready eye sock raw packet://lo --filter 'icmp and icmp[0] == 8' -N 3 -t 5
    printf '%s\n' '08 00 f7 fd 00 00 00 02' 08:00:f7:fd:00:00:00:02 | sock raw ip://127.0.0.1/icmp --stdin --send-only
    sock raw ip://127.0.0.1/icmp --header --send-only '45 00 00 1c 00 00 00 00 40 01 00 00 7f 00 00 09 7f 00 00 01 08 00 f7 fd 00 00 00 02'
    bg_wait eye
    assert_success
    assert_equal "$(grep -c '08 00 f7 fd 00 00 00 02$' <<<"$output")" 3
    assert_output --partial '7f 00 00 09 7f 00 00 01'
    t bash -c 'echo 0g | sock raw ip://127.0.0.1/icmp --stdin --send-only'
    assert_failure 3
    assert_stderr --partial 'line 1'
}

@test "a packet is sent as it is through a network card" {
    need_root
    ready eye sock raw packet://lo --filter 'ether[12:2] == 0x88b5' -t 5 --raw
    sock raw packet://lo --send-only '000000000000 000000000000 88b5 68656c6c6f'
    bg_wait eye
    assert_equal "$(tail -c 5 eye.out)" hello
}

@test "-N, --follow, -t and -n; what cannot be asked for is status 2" {
    need_root
    t sock raw packet://lo -n
    assert_failure 1
    t sock raw packet://lo -t 0.1
    assert_failure 124
    bg eye sock raw ip://127.0.0.1/icmp --follow
    wait_until blocked_in eye ppoll
    kill -TERM "$(bg_pid eye)"
    bg_wait eye
    assert_failure 143
    t sock raw packet://nope
    assert_failure 4
    for words in 'udp://localhost:1' 'packet://lo --stdin 00' 'packet://lo 0' 'packet://lo xx' 'packet://lo --send-only' 'packet://lo --checksum 2' \
        'ip://*/icmp 00' 'packet://lo --header 00' 'ip://127.0.0.1/foo' 'ip://127.0.0.1/icmp --checksum 7 0800000000000000' 'packet://lo -N 1 --follow'; do
        # shellcheck disable=SC2086 # words
        t sock raw $words
        assert_failure 2
    done
}
