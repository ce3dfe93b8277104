#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Peer of mq: System V queues by Perl's builtins, POSIX queues by syscall() because there is no core module.
#
#     mq.pl send NAME [MESSAGE]    mq.pl recv NAME COUNT      NAME: /name or key:0xKEY
use strict;
use warnings;
use Config;

my ($verb, $name, $argument) = @ARGV;
my $posix = $name =~ s{^/}{};
my $longest = 8192;
my $queue;
my ($mq_open, $mq_timedsend, $mq_timedreceive);

if ($posix) {
    ($mq_open, $mq_timedsend, $mq_timedreceive) =
          $Config{archname} =~ /^x86_64/          ? (240, 242, 243)
        : $Config{archname} =~ /^(aarch64|riscv64)/ ? (180, 182, 183)
        :                                           die "mq.pl: no system call numbers for $Config{archname}\n";
    $queue = syscall($mq_open, $name, $verb eq 'send' ? 1 : 0, 0, 0);    # O_WRONLY, O_RDONLY
    die "mq_open: $!\n" if $queue < 0;
} else {
    $name =~ /^key:(.*)$/ or die "mq.pl: $name\n";
    $queue = msgget(oct $1, 0) // die "msgget: $!\n";
}

sub put {
    my ($text) = @_;
    if ($posix) {
        syscall($mq_timedsend, $queue, $text, length $text, 0, 0) == 0 or die "mq_timedsend: $!\n";
    } else {
        msgsnd($queue, pack('l! a*', 1, $text), 0) or die "msgsnd: $!\n";
    }
}

if ($verb eq 'send') {
    if (defined $argument) {
        put($argument);
    } else {
        while (my $line = <STDIN>) {
            chomp $line;
            put($line);
        }
    }
} elsif ($posix) {
    my $buffer = "\0" x $longest;
    for (1 .. $argument) {
        my $size = syscall($mq_timedreceive, $queue, $buffer, $longest, 0, 0);
        die "mq_timedreceive: $!\n" if $size < 0;
        print substr($buffer, 0, $size), "\n";
    }
} else {
    for (1 .. $argument) {
        msgrcv($queue, my $message, $longest, 0, 0) or die "msgrcv: $!\n";
        print substr($message, length pack('l!', 0)), "\n";
    }
}
close STDOUT or die "stdout: $!\n";
