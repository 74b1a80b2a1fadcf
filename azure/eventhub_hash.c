/* Decides which partition a partition key belongs to: Bob Jenkins' lookup3 (hashlittle2, public domain algorithm), both
 * seeds 0, folded as the service folds it. Source: facts/eventhub.md §6. */
#include "azure/eventhub.h"

#include <stdlib.h>
#include <string.h>

struct lanes {
    uint32_t a, b, c;
};

static uint32_t rotate(uint32_t x, int by)
{
    return x << by | x >> (32 - by);
}

static void mix(struct lanes *l)
{
    l->a = (l->a - l->c) ^ rotate(l->c, 4);
    l->c += l->b;
    l->b = (l->b - l->a) ^ rotate(l->a, 6);
    l->a += l->c;
    l->c = (l->c - l->b) ^ rotate(l->b, 8);
    l->b += l->a;
    l->a = (l->a - l->c) ^ rotate(l->c, 16);
    l->c += l->b;
    l->b = (l->b - l->a) ^ rotate(l->a, 19);
    l->a += l->c;
    l->c = (l->c - l->b) ^ rotate(l->b, 4);
    l->b += l->a;
}

static void final_mix(struct lanes *l)
{
    l->c = (l->c ^ l->b) - rotate(l->b, 14);
    l->a = (l->a ^ l->c) - rotate(l->c, 11);
    l->b = (l->b ^ l->a) - rotate(l->a, 25);
    l->c = (l->c ^ l->b) - rotate(l->b, 16);
    l->a = (l->a ^ l->c) - rotate(l->c, 4);
    l->b = (l->b ^ l->a) - rotate(l->a, 14);
    l->c = (l->c ^ l->b) - rotate(l->b, 24);
}

/* Adds up to twelve bytes, little-endian, four a lane. */
static void add_block(struct lanes *l, const char *at, size_t len)
{
    uint32_t words[3] = {0};

    for (size_t i = 0; i < len; i++)
        words[i / 4] |= (uint32_t)(uint8_t)at[i] << (8 * (i % 4));
    l->a += words[0];
    l->b += words[1];
    l->c += words[2];
}

int16_t az_partition_key_hash(const char *key)
{
    size_t len = strlen(key);
    uint32_t seed = 0xdeadbeefu + (uint32_t)len;
    struct lanes l = {seed, seed, seed};

    for (; len > 12; len -= 12, key += 12) {
        add_block(&l, key, 12);
        mix(&l);
    }
    if (len) {
        add_block(&l, key, len);
        final_mix(&l);
    }
    return (int16_t)(l.c ^ l.b);
}

size_t az_partition_of_key(const char *key, size_t count)
{
    return (size_t)abs(az_partition_key_hash(key) % (int)count);
}
