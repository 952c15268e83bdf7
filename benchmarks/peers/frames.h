/* WebSocket frames (RFC 6455), as much as the load generator and the C server need. */
#ifndef FRAMES_H
#define FRAMES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };

struct frame {
    int opcode;
    size_t head, size; /* bytes of the header, bytes of the payload */
    const uint8_t *mask; /* NULL when unmasked */
    char *payload;
};

/* 1 with a whole frame, 0 when more bytes are needed, -1 for what neither side may send here. */
static inline int frame_read(char *bytes, size_t have, struct frame *frame)
{
    const uint8_t *b = (const uint8_t *)bytes;
    if (have < 2)
        return 0;
    if (!(b[0] & 0x80) || (b[0] & 0x70))
        return -1; /* fragments and compression are not in use here */
    frame->opcode = b[0] & 15;
    frame->head = 2;
    frame->size = b[1] & 127;
    if (frame->size == 126) {
        if (have < 4)
            return 0;
        frame->size = (size_t)b[2] << 8 | b[3];
        frame->head = 4;
    } else if (frame->size == 127) {
        if (have < 10)
            return 0;
        frame->size = 0;
        for (int i = 2; i < 10; i++)
            frame->size = frame->size << 8 | b[i];
        frame->head = 10;
        if (frame->size > 1 << 24)
            return -1;
    }
    frame->mask = NULL;
    if (b[1] & 0x80) {
        frame->mask = b + frame->head;
        frame->head += 4;
    }
    if (have < frame->head + frame->size)
        return 0;
    frame->payload = bytes + frame->head;
    if (frame->mask)
        for (size_t i = 0; i < frame->size; i++)
            frame->payload[i] ^= (char)frame->mask[i & 3];
    return 1;
}

/* Writes a header for `size` bytes; gives its length (at most 14). `mask` is NULL for a server. */
static inline size_t frame_head(char *to, int opcode, size_t size, const uint8_t *mask)
{
    size_t n = 2;
    uint8_t flag = mask ? 0x80 : 0;
    to[0] = (char)(0x80 | opcode);
    if (size < 126) {
        to[1] = (char)(flag | size);
    } else if (size < 65536) {
        to[1] = (char)(flag | 126);
        to[2] = (char)(size >> 8);
        to[3] = (char)size;
        n = 4;
    } else {
        to[1] = (char)(flag | 127);
        for (int i = 0; i < 8; i++)
            to[2 + i] = (char)(size >> (56 - 8 * i));
        n = 10;
    }
    if (mask) {
        memcpy(to + n, mask, 4);
        n += 4;
    }
    return n;
}

#endif
