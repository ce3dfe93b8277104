#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# interop.bats: pipe beside the programs that it replaces, and in a pipeline with them

load pipe

@test "meter and pv: the same bytes, size, share and count of lines, also one behind the other" {
    need pv jq
    random 3M >data
    t 20 bash -c 'pv -q data | pipe meter -q | pv -q | pipe meter -q >back'
    assert_success
    same data back
    # pv -n prints whole percents; -b bytes; -l lines
    pv -n data 2>shares >back
    t bash -c 'pipe meter -j <data 2>&1 >back | jq "100 * .bytes / .size | floor" | tail -n 1'
    assert_output "$(tail -n 1 shares)"
    seq 5000 | pv -nlb 2>lines >back
    t bash -c 'seq 5000 | pipe meter --lines -j 2>&1 >back | jq .records'
    assert_output "$(tail -n 1 lines)"
}

@test "meter --size --stop and pv -S stop at the same byte" {
    need pv
    random 300K >data
    pv -qS -s 100K data >theirs
    t pipe meter -q --size 100K --stop <data
    pipe meter -q --size 100K --stop <data >ours
    same theirs ours
}

@test "meter --rate and pv -L take the same time" {
    need pv
    local begin=$EPOCHREALTIME middle
    head -c 400K /dev/zero | pv -qL 1M >/dev/null
    middle=$EPOCHREALTIME
    head -c 400K /dev/zero | pipe meter -q --rate 1M >/dev/null
    # ours is early by one piece at most, a tenth of a second; pv by more
    ((${EPOCHREALTIME/./} - ${middle/./} >= 290000))
    ((${EPOCHREALTIME/./} - ${middle/./} < ${middle/./} - ${begin/./} + 1000000))
}

@test "meter --watch and pv -d see the same position" {
    need pv jq
    random 100000 >data
    mkfifo go
    bg it bash -c 'exec 5<data; head -c 40000 <&5 >/dev/null; read -r _ <go'
    wait_until blocked_in it openat '*fifo*' 'wait_for_partner'
    bg theirs pv -nb -i 0.1 -d "$(bg_pid it):5"
    bg ours pipe meter -j --interval 0.1 --watch "$(bg_pid it):5"
    wait_until grep -q 40000 theirs.err
    wait_until grep -q '"bytes":40000,' ours.err
    echo >go
    bg_wait it
    bg_wait ours
    assert_success
}

@test "buffer and mbuffer: the same bytes, one behind the other, in memory and on disk, with a mark to begin at" {
    need mbuffer
    random 8M >data
    t 20 bash -c 'pipe buffer 1M <data | mbuffer -q -m 1M 2>/dev/null | pipe buffer 1M --directory . --high 80 | mbuffer -q -t -m 2M -P 80 2>/dev/null >back'
    assert_success
    same data back
}

@test "sponge and sponge: the same file, mode, owner and link, also when it is added to" {
    need sponge
    for how in '' -a; do
        for name in file link; do
            # moreutils 0.67 replaces what a link leads to when it should add to it
            [[ $how$name != -alink ]] || continue
            for who in theirs ours; do
                rm -rf $who
                mkdir $who
                seq 5 >$who/file
                chmod 640 $who/file
                ln -s file $who/link
            done
            # shellcheck disable=SC2086 # none or one
            sort -rn theirs/file | sponge $how theirs/$name
            sort -rn ours/file | pipe sponge ${how:+--append} ours/$name
            same theirs/file ours/file
            assert_equal "$(stat -c %a:%U:%G ours/file)" "$(stat -c %a:%U:%G theirs/file)"
            assert [ -L ours/link ]
        done
    done
    assert_equal "$(seq 3 | pipe sponge)" "$(seq 3 | sponge)"
}

@test "tee --command and pee: the same output of the same commands, and a reader that has enough stops nobody" {
    need pee
    for input in 'seq 3' 'seq 200000'; do
        # shellcheck disable=SC2086 # words
        assert_equal "$($input | pipe tee --no-stdout --command 'wc -l' --command 'sleep 0.1; md5sum' --command 'sleep 0.2; head -n 2' | sort)" \
            "$($input | pee 'wc -l' 'sleep 0.1; md5sum' 'sleep 0.2; head -n 2' | sort)"
    done
}

@test "status --exit-from 1 and mispipe: the same output and status, of exits and signals" {
    need mispipe
    # shellcheck disable=SC2016 # for sh
    for line in true false 'exit 3' 'exit 255' 'kill -TERM $$' 'kill -KILL $$' 'echo hi'; do
        run -0 bash -c 'mispipe "$1" "tr a-z A-Z"; echo $?' - "$line"
        local theirs=$output
        t bash -c 'pipe status -q --report how --exit-from 1 sh -c "$1" ::: tr a-z A-Z; echo $?' - "$line"
        assert_output "$theirs"
    done
}
