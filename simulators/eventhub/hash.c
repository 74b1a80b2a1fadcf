/* Says which partition a partition key belongs to: lookup3, byte by byte, so that alignment and byte order do not matter. */
#include "simulators/eventhub/hash.h"

#include <stdlib.h>

struct state {
    uint32_t a, b, c;
};

static uint32_t rotate(uint32_t word, int bits)
{
    return (word << bits) | (word >> (32 - bits));
}

/* Up to four bytes, least significant first. */
static uint32_t word_at(const unsigned char *at, size_t left)
{
    uint32_t word = 0;
    for (size_t i = 0; i < 4 && i < left; i++)
        word |= (uint32_t)at[i] << (8 * i);
    return word;
}

static void add_block(struct state *s, const unsigned char *at, size_t left)
{
    s->a += word_at(at, left);
    s->b += left > 4 ? word_at(at + 4, left - 4) : 0;
    s->c += left > 8 ? word_at(at + 8, left - 8) : 0;
}

static void mix(struct state *s)
{
    static const int turns[] = {4, 6, 8, 16, 19, 4};
    uint32_t *words[] = {&s->a, &s->b, &s->c};
    for (int i = 0; i < 6; i++) {
        uint32_t *first = words[i % 3], *second = words[(i + 1) % 3], *third = words[(i + 2) % 3];
        *first -= *third;
        *first ^= rotate(*third, turns[i]);
        *third += *second;
    }
}

static void finish(struct state *s)
{
    static const int turns[] = {14, 11, 25, 16, 4, 14, 24};
    uint32_t *words[] = {&s->c, &s->a, &s->b};
    for (int i = 0; i < 7; i++) {
        uint32_t *target = words[i % 3], *other = words[(i + 2) % 3];
        *target ^= *other;
        *target -= rotate(*other, turns[i]);
    }
}

int16_t eh_key_hash(const void *key, size_t len)
{
    const unsigned char *at = key;
    uint32_t start = 0xdeadbeefu + (uint32_t)len;
    struct state s = {start, start, start};
    for (; len > 12; len -= 12, at += 12) {
        add_block(&s, at, 12);
        mix(&s);
    }
    if (len > 0) {
        add_block(&s, at, len);
        finish(&s);
    }
    return (int16_t)(s.c ^ s.b);
}

int eh_key_partition(const void *key, size_t len, int count)
{
    return abs(eh_key_hash(key, len) % count);
}
