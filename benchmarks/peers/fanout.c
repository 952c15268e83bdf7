/* A chat server in C that only fans out: epoll, one thread, one `send` for each delivery.
 *
 *   fanout PORT
 *
 * It speaks as much Engine.IO and Socket.IO as the load asks for, makes the JSON and the frame once a message and
 * checks nothing. It stands for what the kernel alone costs. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "frames.h"

enum { BUFFER = 1 << 20, ROOMS = 4096, OUT = 65536 };

struct member {
    int fd, is_open, waits;
    struct room *room;
    char *rest, *unsent;
    size_t rest_size, unsent_size;
};

struct room {
    char name[72];
    unsigned long long head;
    struct member **members;
    size_t count;
};

static struct room rooms[ROOMS];
static int poller, listener;
static char buffer[BUFFER];

/* --- SHA-1 and base64 of the handshake */

static uint32_t turned(uint32_t x, int by)
{
    return x << by | x >> (32 - by);
}

static void sha1(const uint8_t *text, size_t size, uint8_t digest[20])
{
    uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    uint8_t padded[192] = {0};
    size_t whole = (size + 9 + 63) / 64 * 64;
    memcpy(padded, text, size);
    padded[size] = 0x80;
    for (int i = 0; i < 8; i++)
        padded[whole - 1 - (size_t)i] = (uint8_t)((uint64_t)size * 8 >> (8 * i));
    for (size_t block = 0; block < whole; block += 64) {
        uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
        for (int i = 0; i < 16; i++) {
            const uint8_t *p = padded + block + 4 * i;
            w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        }
        for (int i = 16; i < 80; i++)
            w[i] = turned(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        for (int i = 0; i < 80; i++) {
            uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
            uint32_t k = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6;
            uint32_t t = turned(a, 5) + f + e + k + w[i];
            e = d, d = c, c = turned(b, 30), b = a, a = t;
        }
        h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
    }
    for (int i = 0; i < 20; i++)
        digest[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}

static void accept_key(const char *key, size_t size, char answer[29])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char text[128];
    uint8_t digest[21] = {0};
    int n = snprintf(text, sizeof text, "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", (int)(size < 60 ? size : 60), key);
    sha1((uint8_t *)text, (size_t)n, digest);
    for (int i = 0; i < 7; i++) {
        uint32_t bits = (uint32_t)digest[3 * i] << 16 | (uint32_t)digest[3 * i + 1] << 8 | digest[3 * i + 2];
        for (int j = 0; j < 4; j++)
            answer[4 * i + j] = letters[bits >> (18 - 6 * j) & 63];
    }
    answer[27] = '=';
    answer[28] = 0;
}

/* --- out */

static void watch(struct member *m, int writing)
{
    struct epoll_event event = {.events = EPOLLIN | (writing ? EPOLLOUT : 0), .data.ptr = m};
    m->waits = writing;
    epoll_ctl(poller, EPOLL_CTL_MOD, m->fd, &event);
}

static void put(struct member *m, const char *bytes, size_t size)
{
    ssize_t sent = m->unsent_size ? 0 : send(m->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0)
        sent = 0;
    if ((size_t)sent == size)
        return;
    m->unsent = realloc(m->unsent, m->unsent_size + size);
    memcpy(m->unsent + m->unsent_size, bytes + sent, size - (size_t)sent);
    m->unsent_size += size - (size_t)sent;
    if (!m->waits)
        watch(m, 1);
}

static void put_rest(struct member *m)
{
    ssize_t sent = send(m->fd, m->unsent, m->unsent_size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0)
        return;
    m->unsent_size -= (size_t)sent;
    memmove(m->unsent, m->unsent + sent, m->unsent_size);
    if (!m->unsent_size)
        watch(m, 0);
}

static void put_text(struct member *m, const char *text, size_t size)
{
    static char frame[OUT + 14];
    size_t head = frame_head(frame, TEXT, size, NULL);
    memcpy(frame + head, text, size);
    put(m, frame, head + size);
}

/* --- events */

static struct room *room_named(const char *name, size_t size)
{
    size_t at = 5381;
    for (size_t i = 0; i < size; i++)
        at = at * 33 + (uint8_t)name[i];
    for (at %= ROOMS; rooms[at].name[0]; at = (at + 1) % ROOMS)
        if (strlen(rooms[at].name) == size && memcmp(rooms[at].name, name, size) == 0)
            break;
    memcpy(rooms[at].name, name, size);
    return &rooms[at];
}

/* The text between the quotes that follow a name, as it stands there. */
static const char *value_of(const char *text, size_t size, const char *name, size_t *length)
{
    const char *from = memmem(text, size, name, strlen(name)), *end = text + size;
    if (!from)
        return *length = 0, "";
    const char *to = from += strlen(name);
    while (to < end && *to != '"')
        to += *to == '\\' ? 2 : 1;
    *length = (size_t)(to - from);
    return from;
}

static void leave(struct member *m)
{
    struct room *room = m->room;
    for (size_t i = 0; room && i < room->count; i++)
        if (room->members[i] == m) {
            room->members[i] = room->members[--room->count];
            break;
        }
    m->room = NULL;
}

static void on_join(struct member *m, int id, const char *text, size_t size)
{
    char answer[128];
    size_t length;
    const char *name = value_of(text, size, "\"room\":\"", &length);
    if (!length || length > 71)
        return;
    leave(m);
    struct room *room = m->room = room_named(name, length);
    room->members = realloc(room->members, (room->count + 1) * sizeof *room->members);
    room->members[room->count++] = m;
    int n = snprintf(answer, sizeof answer, "43%d[{\"ok\":true,\"epoch\":1,\"head\":%llu,\"events\":[],\"more\":false}]",
                     id, room->head);
    put_text(m, answer, (size_t)n);
}

static void on_say(struct member *m, int id, const char *text, size_t size)
{
    static char said[OUT + 14];
    char when[40];
    size_t cid_size, body_size;
    const char *cid = value_of(text, size, "\"cid\":\"", &cid_size), *body = value_of(text, size, "\"body\":\"", &body_size);
    struct room *room = m->room;
    if (!room || body_size > 30000)
        return;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    struct tm utc;
    gmtime_r(&t.tv_sec, &utc);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &utc);
    room->head++;
    int n = snprintf(said + 14, OUT,
                     "42[\"room:event\",{\"room\":\"%s\",\"epoch\":1,\"seq\":%llu,\"kind\":\"message\","
                     "\"id\":\"%.*s\",\"cid\":\"%.*s\",\"author\":{\"pseudonym\":\"still-water\",\"avatar\":\"%.*s\","
                     "\"role\":\"member\"},\"body\":\"%.*s\",\"html\":\"<p>%.*s</p>\",\"reply_to\":null,"
                     "\"content_note\":null,\"sent_at\":\"%s.%06ld+00:00\"}]",
                     room->name, room->head, (int)cid_size, cid, (int)cid_size, cid, (int)cid_size, cid, (int)body_size,
                     body, (int)body_size, body, when, t.tv_nsec / 1000);
    char head[14];
    size_t head_size = frame_head(head, TEXT, (size_t)n, NULL);
    char *frame = said + 14 - head_size;
    memcpy(frame, head, head_size);
    for (size_t i = 0; i < room->count; i++)
        put(room->members[i], frame, head_size + (size_t)n);
    n = snprintf(said, OUT, "43%d[{\"ok\":true,\"cid\":\"%.*s\",\"id\":\"%.*s\",\"seq\":%llu,\"state\":\"sent\"}]", id,
                 (int)cid_size, cid, (int)cid_size, cid, room->head);
    put_text(m, said, (size_t)n);
}

static void on_text(struct member *m, char *text, size_t size)
{
    if (size >= 2 && text[0] == '4' && text[1] == '0') {
        put_text(m, "40{\"sid\":\"c\"}", 12);
    } else if (size > 3 && text[0] == '4' && text[1] == '2') {
        char *event;
        int id = (int)strtol(text + 2, &event, 10);
        if (strncmp(event, "[\"room:join\"", 12) == 0)
            on_join(m, id, text, size);
        else if (strncmp(event, "[\"message:send\"", 15) == 0)
            on_say(m, id, text, size);
    }
}

static long open_line(struct member *m, char *bytes, size_t size)
{
    static const char open[] = "0{\"sid\":\"c\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,"
                               "\"maxPayload\":1000000}";
    char answer[29], text[200];
    char *end = memmem(bytes, size, "\r\n\r\n", 4);
    if (!end)
        return 0;
    char *key = memmem(bytes, size, "Sec-WebSocket-Key: ", 19);
    if (!key)
        return -1;
    key += 19;
    accept_key(key, strcspn(key, "\r"), answer);
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Accept: %s\r\n\r\n", answer);
    put(m, text, (size_t)n);
    put_text(m, open, sizeof open - 1);
    m->is_open = 1;
    return end + 4 - bytes;
}

static void receive(struct member *m)
{
    memcpy(buffer, m->rest, m->rest_size);
    ssize_t got = recv(m->fd, buffer + m->rest_size, BUFFER - 1 - m->rest_size, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return;
    size_t size = m->rest_size + (size_t)(got > 0 ? got : 0);
    long used = got <= 0 ? -1 : m->is_open ? 0 : open_line(m, buffer, size);
    struct frame frame;
    int state = 0;
    while (used >= 0 && m->is_open && (state = frame_read(buffer + used, size - (size_t)used, &frame)) > 0) {
        if (frame.opcode == TEXT)
            on_text(m, frame.payload, frame.size);
        used = frame.opcode == CLOSE ? -1 : used + (long)(frame.head + frame.size);
    }
    if (used < 0 || state < 0) {
        leave(m);
        close(m->fd);
        free(m->rest);
        free(m->unsent);
        free(m);
        return;
    }
    m->rest_size = size - (size_t)used;
    m->rest = realloc(m->rest, m->rest_size + 1);
    memcpy(m->rest, buffer + used, m->rest_size);
}

/* Everyone is pinged every 25 s, as Engine.IO wants it. */
static void ping_all(struct member **all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put_text(all[i], "2", 1);
}

int main(int argc, char **argv)
{
    static struct epoll_event ready[512];
    int one = 1;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argc > 1 ? argv[1] : "0"))};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 4096) < 0)
        return perror("fanout"), 1;
    poller = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    time_t pinged = time(NULL);
    for (;;) {
        int n = epoll_wait(poller, ready, 512, 1000);
        for (int i = 0; i < n; i++) {
            struct member *m = ready[i].data.ptr;
            if (m) {
                if (ready[i].events & EPOLLOUT)
                    put_rest(m);
                if (ready[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                    receive(m);
                continue;
            }
            m = calloc(1, sizeof *m);
            m->fd = accept(listener, NULL, NULL);
            if (m->fd < 0) {
                free(m);
                continue;
            }
            setsockopt(m->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            event.data.ptr = m;
            epoll_ctl(poller, EPOLL_CTL_ADD, m->fd, &event);
        }
        if (time(NULL) - pinged >= 25)
            for (int r = (int)(pinged = time(NULL), 0); r < ROOMS; r++)
                ping_all(rooms[r].members, rooms[r].count);
    }
}
