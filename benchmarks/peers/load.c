/* The load: members in rooms over Socket.IO on WebSockets, one thread, epoll.
 *
 *   load --port P --rooms FILE --members M [--cookies FILE] [--origin URL] [--text BYTES] [--at-once N]
 *
 * FILE has one room's name a line, the cookies one `Cookie` header a line (member m of room r uses line r*M+m).
 * Everyone connects and joins; then commands come on standard input, each answered by one line of JSON:
 *
 *   run warm=1 seconds=5 [senders=4 inflight=1 | rate=1000] [pids=1,2] [beside=3,4]
 *       closed loop: `senders` members a room, each with `inflight` messages unanswered;
 *       open loop: `rate` messages a second from all members in turn, each due at its own time, late or not.
 *       Afterwards it waits until everything is through and checks every member's view: none lost, none doubled.
 *   cut say=5    all but the first of each room are cut off; that one speaks; then all come back and catch up
 *   lost         the server is about to go: everyone comes back by themselves, as soon as it lets them
 *
 * A delivery's latency runs from when its message was due to when a member has it. `pids` are the processes
 * whose CPU time over the measured seconds is told, `beside` those that are only shown. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "frames.h"

typedef uint64_t u64;
enum { AWAY, CONNECTING, UPGRADING, OPENING, ENTERING, JOINING, HERE };
enum { UNANSWERED = 32, BUFFER = 4 << 20, RETRY_AFTER = 100 * 1000 * 1000, SOURCES = 8 };
static const uint64_t PATIENCE = 45ull * 1000000000; /* with a line on which nobody is let in */

struct member {
    int fd, state, room, waits; /* waits: wants to write more */
    u64 have, retry_at, dialled_at;
    unsigned asked, unanswered, is_known, must_go;
    u64 due[UNANSWERED]; /* of the messages without an answer */
    char *rest, *unsent;
    size_t rest_size, unsent_size;
};

enum { STEPS = 256 }; /* within 1 % */
struct histogram {
    u64 count[64 * STEPS], total, most;
};

static struct {
    int port, rooms, members, at_once, text;
    const char *origin;
    char **names, **cookies;
} with = {.members = 1, .at_once = 100, .text = 100, .origin = NULL};

static struct member *all;
static u64 *heads; /* per room: the highest number that anyone was told */
static int count, poller, here, dialling, coming_back, speaking, measuring;
static int *queue, queue_first, queue_size;
static struct histogram delivered_after, answered_after;
static struct { u64 delivered, answered, refused, lost, doubled, foreign, closed, drains, again; } saw;
static char first_refusal[200], buffer[BUFFER];
static u64 now, first_closed, first_here;

static u64 clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

static void fail(const char *what)
{
    printf("{\"error\":\"%s: %s\"}\n", what, strerror(errno));
    exit(1);
}

/* --- latencies */

static void note(struct histogram *h, u64 ns)
{
    int shift = ns < STEPS ? 0 : 56 - __builtin_clzll(ns);
    h->count[shift * STEPS + (int)(ns >> shift)]++;
    h->total++;
    if (ns > h->most)
        h->most = ns;
}

static double at_share(const struct histogram *h, double share)
{
    u64 wanted = (u64)((double)h->total * share), sum = 0;
    for (int i = 0; i < 64 * STEPS; i++)
        if ((sum += h->count[i]) > wanted)
            return (double)((u64)(i % STEPS) << (i / STEPS)) / 1000;
    return (double)h->most / 1000;
}

/* --- out */

static void watch(struct member *m, int writing)
{
    struct epoll_event event = {.events = EPOLLIN | (writing ? EPOLLOUT : 0), .data.ptr = m};
    m->waits = writing;
    if (epoll_ctl(poller, EPOLL_CTL_MOD, m->fd, &event) < 0)
        fail("epoll_ctl");
}

static void put(struct member *m, const char *bytes, size_t size)
{
    ssize_t sent = m->unsent_size ? 0 : send(m->fd, bytes, size, MSG_NOSIGNAL);
    if (sent < 0)
        sent = 0; /* full, or closed: then the read will tell */
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
    ssize_t sent = send(m->fd, m->unsent, m->unsent_size, MSG_NOSIGNAL);
    if (sent <= 0)
        return;
    m->unsent_size -= (size_t)sent;
    memmove(m->unsent, m->unsent + sent, m->unsent_size);
    if (!m->unsent_size)
        watch(m, 0);
}

static void put_frame(struct member *m, int opcode, const char *text, size_t size)
{
    static char frame[65536 + 14];
    uint32_t random = (uint32_t)rand();
    uint8_t *mask = (uint8_t *)&random;
    size_t head = frame_head(frame, opcode, size, mask);
    for (size_t i = 0; i < size; i++)
        frame[head + i] = (char)(text[i] ^ (char)mask[i & 3]);
    put(m, frame, head + size);
}

static void join(struct member *m)
{
    char text[300];
    int size = m->is_known
        ? snprintf(text, sizeof text, "420[\"room:join\",{\"room\":\"%s\",\"after\":%llu}]", with.names[m->room],
                   (unsigned long long)m->have)
        : snprintf(text, sizeof text, "420[\"room:join\",{\"room\":\"%s\"}]", with.names[m->room]);
    put_frame(m, TEXT, text, (size_t)size);
    m->state = JOINING;
}

static void say(struct member *m, u64 due)
{
    static const char words[] = "one day at a time and the door stays open for whoever comes in late tonight ";
    static char text[32768];
    u64 a = (u64)rand() << 31 ^ (u64)rand(), b = (u64)rand() << 31 ^ (u64)rand();
    unsigned id = ++m->asked;
    int n = snprintf(text, sizeof text,
                     "42%u[\"message:send\",{\"room\":\"%s\",\"cid\":\"%08x-%04x-4%03x-a%03x-%012llx\",\"body\":\"%019llu ",
                     id, with.names[m->room], (unsigned)a, (unsigned)(a >> 32) & 0xffff, (unsigned)(a >> 48) & 0xfff,
                     (unsigned)b & 0xfff, (unsigned long long)(b >> 12) & 0xffffffffffffull, (unsigned long long)due);
    for (int i = 20; i < with.text; i++)
        text[n++] = words[(size_t)i % (sizeof words - 1)];
    memcpy(text + n, "\"}]", 3);
    m->due[id % UNANSWERED] = due;
    m->unanswered++;
    put_frame(m, TEXT, text, (size_t)n + 3);
}

/* --- coming and going */

static void come(struct member *m, u64 when)
{
    m->retry_at = when;
    queue[(queue_first + queue_size++) % count] = (int)(m - all);
}

static void go(struct member *m)
{
    struct linger at_once = {1, 0};
    setsockopt(m->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(m->fd);
    here -= m->state == HERE;
    dialling -= m->state != HERE;
    m->fd = -1;
    m->state = AWAY;
    m->rest_size = m->unsent_size = m->unanswered = m->must_go = 0;
    m->waits = 0;
}

static void lose(struct member *m)
{
    if (m->state == HERE && !coming_back)
        saw.closed++;
    if (!first_closed)
        first_closed = now;
    go(m);
    if (coming_back || !m->is_known)
        come(m, now + RETRY_AFTER);
}

static void dial(struct member *m)
{
    int one = 1;
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)with.port)};
    from.sin_addr.s_addr = htonl(0x7f000002u + (unsigned)((m - all) % SOURCES)); /* more ports than one address has */
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    m->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (m->fd < 0)
        fail("socket");
    setsockopt(m->fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    setsockopt(m->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (bind(m->fd, (struct sockaddr *)&from, sizeof from) < 0)
        fail("bind");
    m->state = CONNECTING;
    m->dialled_at = now;
    dialling++;
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = m};
    epoll_ctl(poller, EPOLL_CTL_ADD, m->fd, &event);
    if (connect(m->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)
        lose(m);
}

static void upgrade(struct member *m)
{
    char text[4096];
    const char *cookie = with.cookies ? with.cookies[m - all] : NULL;
    watch(m, 0);
    int size = snprintf(text, sizeof text,
                        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: %s\r\n"
                        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s\r\n",
                        with.port, with.origin, cookie ? "Cookie: " : "", cookie ? cookie : "", cookie ? "\r\n" : "");
    put(m, text, (size_t)size);
    m->state = UPGRADING;
}

/* --- in */

static u64 number_after(const char *text, size_t size, const char *name)
{
    const char *found = memmem(text, size, name, strlen(name));
    return found ? strtoull(found + strlen(name), NULL, 10) : 0;
}

static void hear(struct member *m, u64 seq)
{
    if (seq == m->have + 1) {
        m->have = seq;
    } else if (seq <= m->have) {
        saw.doubled++;
    } else {
        saw.lost += seq - m->have - 1;
        m->have = seq;
    }
    if (seq > heads[m->room])
        heads[m->room] = seq;
}

static void on_delivery(struct member *m, const char *text, size_t size)
{
    static const char start[] = "42[\"room:event\",{\"room\":\"", body[] = "\"body\":\"";
    const char *name = with.names[m->room];
    size_t length = strlen(name);
    if (size < sizeof start + length || memcmp(text + sizeof start - 1, name, length) != 0) {
        saw.foreign++;
        return;
    }
    hear(m, number_after(text, size, "\"seq\":"));
    if (!measuring)
        return;
    saw.delivered++;
    const char *said = memmem(text, size, body, sizeof body - 1);
    u64 due = said ? strtoull(said + sizeof body - 1, NULL, 10) : 0;
    note(&delivered_after, now > due ? now - due : 0);
}

static void on_joined(struct member *m, const char *text, size_t size)
{
    static const char seq[] = "\"seq\":";
    u64 head = number_after(text, size, "\"head\":");
    if (!m->is_known) {
        m->have = head;
        m->is_known = 1;
    } else {
        const char *end = text + size;
        for (const char *p = text; (p = memmem(p, (size_t)(end - p), seq, sizeof seq - 1)); p++)
            hear(m, strtoull(p + sizeof seq - 1, NULL, 10));
        if (m->have < head && memmem(text, size, "\"more\":true", 11)) {
            join(m); /* the answer holds at most a page */
            return;
        }
    }
    if (head > heads[m->room])
        heads[m->room] = head;
    m->state = HERE;
    here++;
    dialling--;
    if (!first_here)
        first_here = now;
}

static void note_refusal(const char *text, size_t size)
{
    saw.refused++;
    if (!first_refusal[0])
        for (size_t i = 0; i < size && i < sizeof first_refusal - 1; i++)
            first_refusal[i] = strchr("\"\\", text[i]) ? '\'' : text[i];
}

/* "Not now" is no refusal: a client comes again. */
static void on_refused_entry(struct member *m, const char *text, size_t size)
{
    if (memmem(text, size, "\"permanent\":false", 17)) {
        saw.again++;
        m->must_go = 1;
    } else {
        note_refusal(text, size);
    }
}

static void on_ack(struct member *m, const char *text, size_t size)
{
    char *rest;
    unsigned id = (unsigned)strtoul(text + 2, &rest, 10);
    int is_ok = memmem(text, size < 80 ? size : 80, "\"ok\":true", 9) != NULL;
    if (id == 0) {
        if (is_ok)
            on_joined(m, text, size);
        else
            on_refused_entry(m, text, size);
        return;
    }
    if (!is_ok)
        note_refusal(text, size);
    u64 seq = number_after(text, size, "\"seq\":");
    if (seq > heads[m->room])
        heads[m->room] = seq;
    m->unanswered--;
    if (measuring) {
        saw.answered++;
        note(&answered_after, now - m->due[id % UNANSWERED]);
    }
    if (speaking)
        say(m, now);
}

static void on_text(struct member *m, char *text, size_t size)
{
    char kind = size > 1 ? text[1] : 0;
    if (text[0] == '4' && kind == '2' && size > 16 && memcmp(text + 2, "[\"room:event\"", 13) == 0)
        on_delivery(m, text, size);
    else if (text[0] == '4' && kind == '3')
        on_ack(m, text, size);
    else if (text[0] == '0' && m->state == OPENING)
        put_frame(m, TEXT, "40", 2), m->state = ENTERING;
    else if (text[0] == '2')
        put_frame(m, TEXT, "3", 1);
    else if (text[0] == '4' && kind == '0' && m->state == ENTERING)
        join(m);
    else if (text[0] == '4' && kind == '4')
        on_refused_entry(m, text, size);
    else if (text[0] == '4' && kind == '2' && size > 9 && memcmp(text + 2, "[\"drain\"", 8) == 0)
        saw.drains++;
}

/* Gives how many bytes were used up; -1 when the line is of no use any more. */
static long take(struct member *m, char *bytes, size_t size)
{
    struct frame frame;
    size_t used = 0;
    if (m->state == UPGRADING) {
        char *end = memmem(bytes, size, "\r\n\r\n", 4);
        if (!end)
            return 0;
        if (size < 12 || memcmp(bytes + 9, "101", 3) != 0)
            return -1;
        used = (size_t)(end + 4 - bytes);
        m->state = OPENING;
    }
    for (;;) {
        int got = frame_read(bytes + used, size - used, &frame);
        if (got <= 0)
            return got < 0 ? -1 : (long)used;
        if (frame.opcode == CLOSE)
            return -1;
        char after = frame.payload[frame.size]; /* numbers and searches stop at the frame's end */
        frame.payload[frame.size] = 0;
        if (frame.opcode == TEXT && frame.size)
            on_text(m, frame.payload, frame.size);
        if (m->must_go)
            return -1;
        else if (frame.opcode == PING)
            put_frame(m, PONG, frame.payload, frame.size);
        frame.payload[frame.size] = after;
        used += frame.head + frame.size;
    }
}

static void receive(struct member *m)
{
    memcpy(buffer, m->rest, m->rest_size);
    ssize_t got = recv(m->fd, buffer + m->rest_size, BUFFER - 1 - m->rest_size, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    size_t size = m->rest_size + (size_t)(got > 0 ? got : 0);
    long used = got > 0 ? take(m, buffer, size) : -1;
    if (used < 0) {
        lose(m);
        return;
    }
    m->rest_size = size - (size_t)used;
    if (m->rest_size) {
        m->rest = realloc(m->rest, m->rest_size);
        memcpy(m->rest, buffer + used, m->rest_size);
    }
}

static void on_ready(struct member *m, unsigned events)
{
    if (m->state == CONNECTING) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(m->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error)
            lose(m);
        else
            upgrade(m);
        return;
    }
    if (events & EPOLLOUT)
        put_rest(m);
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        receive(m);
}

/* One turn of the loop, at the latest until `deadline`. Gives whether standard input has something. */
static int turn(u64 deadline)
{
    static struct epoll_event ready[512];
    int is_told = 0;
    now = clock_now();
    while (queue_size && dialling < with.at_once && all[queue[queue_first]].retry_at <= now) {
        int next = queue[queue_first];
        queue_first = (queue_first + 1) % count;
        queue_size--;
        dial(&all[next]);
    }
    if (queue_size && dialling < with.at_once && all[queue[queue_first]].retry_at < deadline)
        deadline = all[queue[queue_first]].retry_at;
    u64 left = deadline > now ? deadline - now : 0;
    struct timespec wait = {(time_t)(left / 1000000000u), (long)(left % 1000000000u)};
    int n = epoll_pwait2(poller, ready, 512, &wait, NULL);
    now = clock_now();
    for (int i = 0; i < n; i++)
        if (!ready[i].data.ptr)
            is_told = 1;
        else if (((struct member *)ready[i].data.ptr)->fd >= 0)
            on_ready(ready[i].data.ptr, ready[i].events);
    return is_told;
}

/* Who got no answer in all that time hangs up and tries again. Gives how many are on their way in, by what they wait for. */
static void look_after_entries(int waiting[HERE + 1])
{
    memset(waiting, 0, (HERE + 1) * sizeof *waiting);
    for (int i = 0; i < count; i++) {
        struct member *m = &all[i];
        waiting[m->state]++;
        if (m->state == AWAY || m->state == HERE || now - m->dialled_at < PATIENCE)
            continue;
        saw.again++;
        go(m);
        come(m, now + RETRY_AFTER);
    }
}

static u64 in_seconds(double seconds)
{
    return clock_now() + (u64)(seconds * 1e9);
}

/* --- what is measured */

/* CPU time in µs of processes given as "1,2,3". */
static double cpu_of(const char *pids)
{
    double sum = 0;
    for (const char *p = pids; p && *p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
        char path[64], text[1024];
        unsigned long user = 0, system = 0;
        snprintf(path, sizeof path, "/proc/%d/stat", atoi(p));
        FILE *file = fopen(path, "r");
        if (!file)
            continue; /* a database's process that came and went */
        size_t size = fread(text, 1, sizeof text - 1, file);
        fclose(file);
        text[size] = 0;
        char *after = strrchr(text, ')');
        if (after)
            sscanf(after + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
        sum += (double)(user + system) * 1e6 / (double)sysconf(_SC_CLK_TCK);
    }
    return sum;
}

static double own_cpu(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6
        + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static const char *option(const char *line, const char *name, const char *otherwise)
{
    static char values[8][4096];
    static int next;
    char wanted[32], *value = values[next++ % 8];
    snprintf(wanted, sizeof wanted, " %s=", name);
    const char *found = strstr(line, wanted);
    if (!found || sscanf(found + strlen(wanted), "%4095s", value) != 1)
        return otherwise;
    return value;
}

static int is_through(void)
{
    for (int i = 0; i < count; i++)
        if (all[i].state == HERE && (all[i].unanswered || all[i].have < heads[all[i].room]))
            return 0;
    return 1;
}

/* Wait until all is answered and delivered; what never comes is lost. */
static void settle(double seconds)
{
    for (u64 end = in_seconds(seconds), look = 0; clock_now() < end;) {
        turn(clock_now() + 10000000);
        if (now < look)
            continue;
        if (is_through())
            return;
        look = now + 20000000;
    }
    for (int i = 0; i < count; i++)
        if (all[i].state == HERE)
            saw.lost += heads[all[i].room] - all[i].have + all[i].unanswered, all[i].have = heads[all[i].room];
}

/* Open loop: every message has its time, whether the ones before it were answered or not. */
static u64 speak_on_time(u64 due, u64 every, u64 *number)
{
    while (due <= now) {
        u64 n = *number;
        struct member *m = &all[(n % (u64)with.rooms) * (u64)with.members + n / (u64)with.rooms % (u64)with.members];
        if (m->unanswered >= UNANSWERED - 1)
            return due;
        if (m->state == HERE)
            say(m, due);
        (*number)++;
        due += every;
    }
    return due;
}

static void begin_speaking(int senders, int inflight)
{
    speaking = 1;
    for (int r = 0; r < with.rooms; r++)
        for (int s = 0; s < senders; s++)
            for (int k = 0; k < inflight; k++)
                if (all[r * with.members + s].state == HERE)
                    say(&all[r * with.members + s], clock_now());
}

static void tell(double seconds, double server, double beside, double own, double drained)
{
    printf("{\"seconds\":%.4f,\"delivered\":%llu,\"answered\":%llu,\"refused\":%llu,\"lost\":%llu,\"doubled\":%llu,"
           "\"foreign\":%llu,\"closed\":%llu,\"server_cpu\":%.0f,\"beside_cpu\":%.0f,\"load_cpu\":%.0f,"
           "\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"most\":%.1f,\"ack_p50\":%.1f,\"ack_p99\":%.1f,"
           "\"drained\":%.3f,\"first_refusal\":\"%s\"}\n",
           seconds, (unsigned long long)saw.delivered, (unsigned long long)saw.answered,
           (unsigned long long)saw.refused, (unsigned long long)saw.lost, (unsigned long long)saw.doubled,
           (unsigned long long)saw.foreign, (unsigned long long)saw.closed, server, beside, own,
           at_share(&delivered_after, 0.5), at_share(&delivered_after, 0.9), at_share(&delivered_after, 0.99),
           at_share(&delivered_after, 0.999), (double)delivered_after.most / 1000, at_share(&answered_after, 0.5),
           at_share(&answered_after, 0.99), drained, first_refusal);
}

static void forget(void)
{
    memset(&saw, 0, sizeof saw);
    memset(&delivered_after, 0, sizeof delivered_after);
    memset(&answered_after, 0, sizeof answered_after);
    first_refusal[0] = 0;
    first_closed = first_here = 0;
}

static void run(const char *line)
{
    double rate = atof(option(line, "rate", "0")), server = 0, beside = 0, own = 0;
    const char *pids = option(line, "pids", ""), *others = option(line, "beside", "");
    u64 begin, from, end, number = 0, due;
    forget();
    if (rate <= 0)
        begin_speaking(atoi(option(line, "senders", "1")), atoi(option(line, "inflight", "1")));
    begin = due = now = clock_now();
    from = begin + (u64)(atof(option(line, "warm", "1")) * 1e9);
    end = from + (u64)(atof(option(line, "seconds", "5")) * 1e9);
    while (now < end) {
        if (rate > 0)
            due = speak_on_time(due, (u64)(1e9 / rate), &number);
        if (!measuring && now >= from) {
            measuring = 1;
            from = now;
            server = cpu_of(pids), beside = cpu_of(others), own = own_cpu();
        }
        u64 wake = rate <= 0 ? now + 10000000 : due > now ? due : now + 1000000;
        turn(wake < end ? wake : end);
    }
    measuring = speaking = 0;
    end = now;
    server = cpu_of(pids) - server, beside = cpu_of(others) - beside, own = own_cpu() - own;
    settle(15);
    tell((double)(end - from) / 1e9, server, beside, own, (double)(clock_now() - end) / 1e9);
}

static void tell_storm(u64 begun)
{
    settle(5);
    printf("{\"members\":%d,\"here\":%d,\"begun\":%.4f,\"first_closed\":%.4f,\"first_here\":%.4f,\"all_here\":%.4f,"
           "\"lost\":%llu,\"doubled\":%llu,\"foreign\":%llu,\"refused\":%llu,\"drains\":%llu,\"again\":%llu,"
           "\"first_refusal\":\"%s\"}\n",
           count, here, (double)begun / 1e9, (double)first_closed / 1e9, (double)first_here / 1e9, (double)now / 1e9,
           (unsigned long long)saw.lost, (unsigned long long)saw.doubled, (unsigned long long)saw.foreign,
           (unsigned long long)saw.refused, (unsigned long long)saw.drains, (unsigned long long)saw.again, first_refusal);
}

static void wait_for_all(double seconds)
{
    int waiting[HERE + 1];
    for (u64 end = in_seconds(seconds), look = now; here < count && clock_now() < end;) {
        turn(now + 50000000);
        if (now >= look)
            look_after_entries(waiting), look = now + 1000000000;
    }
}

static void cut(const char *line)
{
    int times = atoi(option(line, "say", "1"));
    forget();
    for (int i = 0; i < count; i++)
        if (i % with.members && all[i].state == HERE)
            go(&all[i]);
    for (int k = 0; k < times; k++) {
        for (int r = 0; r < with.rooms; r++)
            say(&all[r * with.members], now);
        settle(15);
    }
    u64 begun = now = clock_now();
    first_here = 0;
    for (int i = 0; i < count; i++)
        if (all[i].state == AWAY)
            come(&all[i], now);
    coming_back = 1;
    wait_for_all(120);
    coming_back = 0;
    tell_storm(begun);
}

static void lost(void)
{
    forget();
    u64 begun = now = clock_now();
    coming_back = 1;
    for (u64 end = in_seconds(60); here && clock_now() < end;)
        turn(now + 50000000);
    first_here = 0;
    wait_for_all(180);
    coming_back = 0;
    tell_storm(begun);
}

/* --- beginning */

static char **lines_of(const char *path, int *how_many)
{
    char **lines = NULL, *line = NULL;
    size_t size = 0;
    int n = 0;
    FILE *file = fopen(path, "r");
    if (!file)
        fail(path);
    for (ssize_t length; (length = getline(&line, &size, file)) > 0; n++) {
        line[strcspn(line, "\r\n")] = 0;
        lines = realloc(lines, (size_t)(n + 1) * sizeof *lines);
        lines[n] = strdup(line);
    }
    fclose(file);
    free(line);
    *how_many = n;
    return lines;
}

static void read_arguments(int argc, char **argv)
{
    static char origin[64];
    int cookies = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];
        if (!strcmp(name, "--port")) with.port = atoi(value);
        else if (!strcmp(name, "--members")) with.members = atoi(value);
        else if (!strcmp(name, "--text")) with.text = atoi(value);
        else if (!strcmp(name, "--at-once")) with.at_once = atoi(value);
        else if (!strcmp(name, "--origin")) with.origin = value;
        else if (!strcmp(name, "--rooms")) with.names = lines_of(value, &with.rooms);
        else if (!strcmp(name, "--cookies")) with.cookies = lines_of(value, &cookies);
        else errno = EINVAL, fail(name);
    }
    count = with.rooms * with.members;
    if (!with.port || !count || with.text > 30000 || (with.cookies && cookies < count))
        errno = EINVAL, fail("load: --port, --rooms and --members are needed, and a cookie for each member");
    if (!with.origin) {
        snprintf(origin, sizeof origin, "http://127.0.0.1:%d", with.port);
        with.origin = origin;
    }
}

int main(int argc, char **argv)
{
    static char line[8192];
    setvbuf(stdout, NULL, _IOLBF, 0);
    setvbuf(stdin, NULL, _IONBF, 0);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    read_arguments(argc, argv);
    all = calloc((size_t)count, sizeof *all);
    queue = calloc((size_t)count, sizeof *queue);
    heads = calloc((size_t)with.rooms, sizeof *heads);
    poller = epoll_create1(0);
    struct epoll_event told = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poller, EPOLL_CTL_ADD, 0, &told);
    u64 begun = now = clock_now();
    for (int i = 0; i < count; i++) {
        all[i].fd = -1;
        all[i].room = i / with.members;
        come(&all[i], now);
    }
    wait_for_all(300);
    int waiting[HERE + 1];
    look_after_entries(waiting);
    printf("{\"members\":%d,\"here\":%d,\"seconds\":%.3f,\"refused\":%llu,\"again\":%llu,\"first_refusal\":\"%s\","
           "\"waiting\":[%d,%d,%d,%d,%d,%d]}\n",
           count, here, (double)(clock_now() - begun) / 1e9, (unsigned long long)saw.refused,
           (unsigned long long)saw.again, first_refusal, waiting[AWAY], waiting[CONNECTING], waiting[UPGRADING],
           waiting[OPENING], waiting[ENTERING], waiting[JOINING]);
    for (;;) {
        if (!turn(clock_now() + 1000000000))
            continue;
        if (!fgets(line, sizeof line, stdin) || !strncmp(line, "quit", 4))
            return 0;
        line[strcspn(line, "\n")] = 0;
        if (!strncmp(line, "run", 3)) run(line);
        else if (!strncmp(line, "cut", 3)) cut(line);
        else if (!strncmp(line, "lost", 4)) lost();
        else printf("{\"error\":\"no such command\"}\n");
    }
}
