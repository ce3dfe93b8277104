// SPDX-License-Identifier: MIT
// limit_mq - the least a program can do with a message queue: the physical limit that `mq` is measured against.
//
//     bench_limit_mq create NAME              /name or key:0xKEY
//     bench_limit_mq rm NAME
//     bench_limit_mq send NAME [MESSAGE]      without MESSAGE: the lines of stdin, read in blocks
//     bench_limit_mq recv NAME COUNT HOW      none: print nothing; each: one write per message;
//                                             batch: one write when the queue is empty or 64 KiB are held
//
// No option parser, no C++ library, linked statically.
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <time.h>
#include <unistd.h>

constexpr long queue_length = 10;  // what /proc/sys/fs/mqueue/msg_max allows everybody
constexpr long message_size = 64;
constexpr size_t block = 256 * 1024, held_at_most = 64 * 1024, longest = 8192;

struct Message {
    long type;
    char text[longest];
};

static bool posix;
static int queue;  // an mqd_t is an int on Linux
static Message message;

[[noreturn]] static void fail(const char* what) {
    perror(what);
    exit(1);
}

static void open_queue(const char* name, int flags) {
    posix = name[0] == '/';
    if (posix) {
        mq_attr shape{};
        shape.mq_maxmsg = queue_length;
        shape.mq_msgsize = message_size;
        queue = mq_open(name, flags, 0600, &shape);
    } else if (!strncmp(name, "key:", 4)) {
        const auto key = static_cast<key_t>(strtoul(name + 4, nullptr, 0));
        queue = msgget(key, flags & O_CREAT ? IPC_CREAT | IPC_EXCL | 0600 : 0);
    } else {
        errno = EINVAL, queue = -1;
    }
    if (queue < 0) fail(name);
}

static void send(const char* text, size_t size) {
    if (posix) {
        if (mq_send(queue, text, size, 0)) fail("mq_send");
        return;
    }
    if (size > longest) errno = EMSGSIZE, fail("line");
    message.type = 1;
    memcpy(message.text, text, size);
    if (msgsnd(queue, &message, size, 0)) fail("msgsnd");
}

/// The size, or -1 if nothing is there and we should not wait.
static ssize_t receive(bool wait) {
    const timespec past{};
    const ssize_t n = !posix ? msgrcv(queue, &message, longest, 0, wait ? 0 : IPC_NOWAIT)
                      : wait ? mq_receive(queue, message.text, longest, nullptr)
                             : mq_timedreceive(queue, message.text, longest, nullptr, &past);
    if (n < 0 && (wait || (errno != ETIMEDOUT && errno != ENOMSG))) fail("receive");
    return n;
}

static void send_lines() {
    static char buffer[block];
    size_t held = 0;
    for (ssize_t n; (n = read(0, buffer + held, block - held)) != 0;) {
        if (n < 0) fail("read");
        held += static_cast<size_t>(n);
        char *line = buffer, *end = nullptr;
        for (; (end = static_cast<char*>(memchr(line, '\n', held))); line = end + 1) {
            const auto size = static_cast<size_t>(end - line);
            send(line, size);
            held -= size + 1;
        }
        memmove(buffer, line, held);
    }
    if (held) send(buffer, held);
}

static void write_all(const char* text, size_t size) {
    for (size_t done = 0; done < size;) {
        const ssize_t n = write(1, text + done, size - done);
        if (n < 0) fail("write");
        done += static_cast<size_t>(n);
    }
}

static void receive_lines(long count, bool print, bool batch) {
    static char buffer[held_at_most + longest + 1];
    size_t held = 0;
    for (; count > 0; --count) {
        ssize_t n = receive(!held);
        if (n < 0) {
            write_all(buffer, held);
            held = 0;
            n = receive(true);
        }
        if (!print) continue;
        memcpy(buffer + held, message.text, static_cast<size_t>(n));
        held += static_cast<size_t>(n);
        buffer[held++] = '\n';
        if (!batch || held >= held_at_most) {
            write_all(buffer, held);
            held = 0;
        }
    }
    write_all(buffer, held);
}

int main(int argc, char** argv) {
    const char* verb = argc > 2 ? argv[1] : "";
    const char* name = argc > 2 ? argv[2] : "";
    if (!strcmp(verb, "create")) {
        open_queue(name, O_CREAT | O_EXCL | O_RDWR);
    } else if (!strcmp(verb, "rm") && name[0] == '/') {
        if (mq_unlink(name)) fail(name);
    } else if (!strcmp(verb, "rm")) {
        open_queue(name, 0);
        if (msgctl(queue, IPC_RMID, nullptr)) fail(name);
    } else if (!strcmp(verb, "send")) {
        open_queue(name, O_WRONLY);
        if (argc > 3)
            send(argv[3], strlen(argv[3]));
        else
            send_lines();
    } else if (!strcmp(verb, "recv") && argc == 5) {
        open_queue(name, O_RDONLY);
        receive_lines(atol(argv[3]), strcmp(argv[4], "none"), !strcmp(argv[4], "batch"));
    } else {
        fputs("usage: bench_limit_mq create|rm|send|recv NAME ...\n", stderr);
        return 2;
    }
}
