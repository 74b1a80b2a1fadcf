/* Decides the names that guid and uniqueString make of texts. */
#include "simulators/arm/template/function.h"

#include "common/crypto.h"

#include <stdio.h>
#include <string.h>

/* The arguments joined with '-': so guid('a','b') is guid('a-b'). False + err when one is no text. */
static bool join(struct arm_fn *fn, struct base_buf *out)
{
    for (int i = 0; i < fn->count; i++) {
        const char *text;
        if (!arm_fn_text(fn, i, &text)) {
            base_buf_release(out);
            return false;
        }
        if (i)
            base_buf_putc(out, '-');
        base_buf_puts(out, text);
    }
    return true;
}

/* A version 5 UUID (RFC 4122) in the namespace 11fb06fb-712d-4ddd-98c7-e71bbd588830. */
static bool run_guid(struct arm_fn *fn)
{
    static const unsigned char space[16] = {0x11, 0xfb, 0x06, 0xfb, 0x71, 0x2d, 0x4d, 0xdd,
                                            0x98, 0xc7, 0xe7, 0x1b, 0xbd, 0x58, 0x88, 0x30};
    struct base_buf text = {0}, joined = {0};
    unsigned char id[20];
    char out[BASE_UUID_TEXT];
    int at = 0;

    if (!join(fn, &joined))
        return false;
    base_buf_append(&text, space, sizeof(space));
    base_buf_append(&text, joined.data, joined.len);
    base_sha1(text.data, text.len, id);
    base_buf_release(&text);
    base_buf_release(&joined);
    id[6] = (unsigned char)((id[6] & 0x0F) | 0x50);
    id[8] = (unsigned char)((id[8] & 0x3F) | 0x80);
    for (int i = 0; i < 16; i++)
        at += snprintf(out + at, sizeof(out) - (size_t)at, "%s%02x",
                       i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", id[i]);
    return arm_fn_give_text(fn, out);
}

/* ---- a two-lane 64-bit variant of Murmur3 ---- */

#define LANE_A 597399067u
#define LANE_B 2869860233u

static uint32_t rotate(uint32_t x, int bits)
{
    return x << bits | x >> (32 - bits);
}

static uint32_t little_endian(const unsigned char *at, size_t count)
{
    uint32_t value = 0;

    for (size_t i = 0; i < count && i < 4; i++)
        value |= (uint32_t)at[i] << (8 * i);
    return value;
}

static uint32_t finish(uint32_t x)
{
    x = (x ^ x >> 16) * 2246822507u;
    x = (x ^ x >> 13) * 3266489909u;
    return x ^ x >> 16;
}

static uint64_t murmur(const unsigned char *at, size_t len)
{
    uint32_t h1 = 0, h2 = 0;
    size_t tail = len % 8;

    for (const unsigned char *end = at + (len - tail); at < end; at += 8) {
        h1 ^= rotate(little_endian(at, 4) * LANE_A, 15) * LANE_B;
        h1 = (rotate(h1, 19) + h2) * 5 + 1444728091u;
        h2 ^= rotate(little_endian(at + 4, 4) * LANE_B, 17) * LANE_A;
        h2 = (rotate(h2, 13) + h1) * 5 + 197830471u;
    }
    if (tail > 0)
        h1 ^= rotate(little_endian(at, tail) * LANE_A, 15) * LANE_B;
    if (tail > 4)
        h2 ^= rotate(little_endian(at + 4, tail - 4) * LANE_B, 17) * LANE_A;
    h1 ^= (uint32_t)len;
    h2 ^= (uint32_t)len;
    h1 += h2;
    h2 += h1;
    h1 = finish(h1);
    h2 = finish(h2);
    h1 += h2;
    h2 += h1;
    return (uint64_t)h2 << 32 | h1;
}

static bool run_unique_string(struct arm_fn *fn)
{
    struct base_buf joined = {0};
    char out[14] = "";
    uint64_t hash;

    if (!join(fn, &joined))
        return false;
    hash = murmur((const unsigned char *)(joined.data ? joined.data : ""), joined.len);
    base_buf_release(&joined);
    for (int i = 0; i < 13; i++, hash <<= 5)
        out[i] = "abcdefghijklmnopqrstuvwxyz234567"[hash >> 59];
    return arm_fn_give_text(fn, out);
}

static bool run_new_guid(struct arm_fn *fn)
{
    const struct arm_template_scope *scope = fn->eval->scope;
    char out[BASE_UUID_TEXT];

    if (!scope->host || !scope->host->new_guid)
        return arm_fn_fail(fn, "there is no source of new identifiers at this location");
    scope->host->new_guid(scope->context, out);
    return arm_fn_give_text(fn, out);
}

static const struct arm_function rows[] = {
    {"guid", 1, -1, run_guid, 0, 0},
    {"newguid", 0, 0, run_new_guid, ARM_AT_PARAMETER, 0},
    {"uniquestring", 1, -1, run_unique_string, 0, 0},
};

const struct arm_function_table arm_functions_hash = {rows, sizeof(rows) / sizeof(rows[0])};
