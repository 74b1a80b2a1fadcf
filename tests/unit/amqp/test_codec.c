/* Tests amqp/codec.h: what is written reads back; what is malformed is told, never believed. */
#include "amqp/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct amqp_bytes view(const struct base_buf *buf)
{
    return (struct amqp_bytes){buf->data, buf->len};
}

static struct amqp_value read_one(const struct base_buf *buf)
{
    struct amqp_cursor cursor;
    struct amqp_value value;
    const char *fault = NULL;

    amqp_cursor_init(&cursor, view(buf));
    assert_true(amqp_read(&cursor, &value));
    assert_false(amqp_cursor_more(&cursor));
    assert_true(amqp_check(&value, &fault));
    return value;
}

/* Reads `buf`, checks the type, writes it again and compares. */
static struct amqp_value again(const struct base_buf *buf, enum amqp_type type)
{
    struct base_buf copy = {0};
    struct amqp_value value = read_one(buf);

    assert_int_equal(value.type, type);
    amqp_put_value(&copy, &value);
    assert_int_equal(copy.len, buf->len);
    assert_memory_equal(copy.data, buf->data, buf->len);
    base_buf_release(&copy);
    return value;
}

static void test_integers(void **state)
{
    static const int64_t numbers[] = {0,         1,         -1,         127,       128,      255,
                                      256,       -128,      -129,       32767,     -32768,   65535,
                                      INT32_MAX, INT32_MIN, UINT32_MAX, INT64_MAX, INT64_MIN};
    struct base_buf buf = {0};
    (void)state;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int64_t n = numbers[i], back;
#define ROUND(put, type, c_type)                                                                   \
    do {                                                                                           \
        base_buf_clear(&buf);                                                                      \
        put(&buf, (c_type)n);                                                                      \
        struct amqp_value value = again(&buf, type);                                               \
        if ((c_type)n <= INT64_MAX) {                                                              \
            assert_true(amqp_value_int64(&value, &back));                                          \
            assert_int_equal(back, (int64_t)(c_type)n);                                            \
        }                                                                                          \
    } while (0)
        ROUND(amqp_put_ubyte, AMQP_UBYTE, uint8_t);
        ROUND(amqp_put_ushort, AMQP_USHORT, uint16_t);
        ROUND(amqp_put_uint, AMQP_UINT, uint32_t);
        ROUND(amqp_put_byte, AMQP_BYTE, int8_t);
        ROUND(amqp_put_short, AMQP_SHORT, int16_t);
        ROUND(amqp_put_int, AMQP_INT, int32_t);
        ROUND(amqp_put_long, AMQP_LONG, int64_t);
        ROUND(amqp_put_char, AMQP_CHAR, uint32_t);
        ROUND(amqp_put_timestamp, AMQP_TIMESTAMP, int64_t);
#undef ROUND
        base_buf_clear(&buf);
        amqp_put_ulong(&buf, (uint64_t)n);
        assert_true(again(&buf, AMQP_ULONG).as.number == (uint64_t)n);
    }
    base_buf_release(&buf);
}

static void test_reals_and_octets(void **state)
{
    static const uint8_t uuid[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    struct base_buf buf = {0};
    (void)state;

    amqp_put_double(&buf, -1234.5e200);
    assert_true(again(&buf, AMQP_DOUBLE).as.real == -1234.5e200);
    base_buf_clear(&buf);
    amqp_put_float(&buf, 0.5f);
    assert_true(again(&buf, AMQP_FLOAT).as.real == 0.5);
    base_buf_clear(&buf);
    amqp_put_uuid(&buf, uuid);
    assert_memory_equal(again(&buf, AMQP_UUID).as.octets, uuid, 16);
    base_buf_clear(&buf);
    amqp_put_bool(&buf, true);
    assert_true(again(&buf, AMQP_BOOLEAN).as.boolean);
    base_buf_clear(&buf);
    amqp_put_null(&buf);
    again(&buf, AMQP_NULL);
    base_buf_clear(&buf);
    base_buf_append(&buf,
                    "\x94"
                    "0123456789abcdef",
                    17); /* decimal128 */
    again(&buf, AMQP_DECIMAL128);
    base_buf_release(&buf);
}

static void test_texts(void **state)
{
    static const size_t lengths[] = {0, 1, 255, 256, 70000};
    struct base_buf buf = {0};
    char *text = base_alloc(70001);
    (void)state;

    memset(text, 'x', 70000);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        base_buf_clear(&buf);
        amqp_put_string_n(&buf, text, lengths[i]);
        assert_int_equal(again(&buf, AMQP_STRING).bytes.len, lengths[i]);
        base_buf_clear(&buf);
        amqp_put_symbol_n(&buf, text, lengths[i]);
        assert_int_equal(again(&buf, AMQP_SYMBOL).bytes.len, lengths[i]);
        base_buf_clear(&buf);
        amqp_put_binary(&buf, text, lengths[i]);
        assert_int_equal(again(&buf, AMQP_BINARY).bytes.len, lengths[i]);
    }
    free(text);
    base_buf_release(&buf);
}

static void put_sample_map(struct base_buf *buf)
{
    size_t map = amqp_put_map(buf);

    amqp_put_symbol(buf, "x-opt-sequence-number");
    amqp_put_long(buf, 77);
    amqp_put_string(buf, "ids");
    amqp_put_strings(buf, (const char *const[]){"0", "1", "22"}, 3);
    amqp_put_symbol(buf, "filter");
    amqp_put_descriptor(buf, 0x468C00000004);
    amqp_put_string(buf, "amqp.annotation.x-opt-offset > '-1'");
    amqp_put_symbol(buf, "nested");
    size_t list = amqp_put_list(buf);
    amqp_put_null(buf);
    size_t inner = amqp_put_list(buf);
    amqp_put_end(buf, inner, 0);
    amqp_put_bool(buf, true);
    amqp_put_end(buf, list, 3);
    amqp_put_end(buf, map, 8);
}

static void test_compounds(void **state)
{
    struct base_buf buf = {0}, copy = {0};
    struct amqp_value value, item, descriptor, inner;
    struct amqp_items items;
    (void)state;

    put_sample_map(&buf);
    struct amqp_value map = read_one(&buf);
    assert_int_equal(map.type, AMQP_MAP);
    assert_true(amqp_map_get(&map, "x-opt-sequence-number", &value));
    assert_int_equal(value.as.integer, 77);
    assert_false(amqp_map_get(&map, "absent", &value));
    assert_true(amqp_map_get(&map, "ids", &value));
    amqp_items_init(&items, &value);
    assert_true(amqp_items_next(&items, &item) && amqp_value_is(&item, "0"));
    assert_true(amqp_items_next(&items, &item) && amqp_value_is(&item, "1"));
    assert_true(amqp_items_next(&items, &item) && amqp_value_is(&item, "22"));
    assert_false(amqp_items_next(&items, &item));
    assert_true(amqp_map_get(&map, "filter", &value));
    assert_true(amqp_described(&value, &descriptor, &inner));
    assert_true(descriptor.as.number == 0x468C00000004);
    assert_true(amqp_value_is(&inner, "amqp.annotation.x-opt-offset > '-1'"));

    amqp_put_value(&copy, &map); /* written again it is the same map */
    struct amqp_value map2 = read_one(&copy);
    assert_int_equal(map2.count, map.count);
    assert_memory_equal(map2.bytes.data, map.bytes.data, map.bytes.len);
    base_buf_release(&buf);
    base_buf_release(&copy);
}

static void test_large_compound_keeps_wide_form(void **state)
{
    struct base_buf buf = {0};
    size_t list = amqp_put_list(&buf);
    (void)state;

    for (int i = 0; i < 300; i++)
        amqp_put_null(&buf);
    amqp_put_end(&buf, list, 300);
    assert_int_equal(again(&buf, AMQP_LIST).count, 300);
    base_buf_release(&buf);
}

static void test_symbols(void **state)
{
    struct base_buf buf = {0};
    (void)state;

    amqp_put_symbols(&buf, (const char *const[]){"a", "bb", NULL});
    struct amqp_value many = read_one(&buf), one = amqp_symbol("a"), none = amqp_null();
    assert_true(amqp_symbols_have(&many, "a") && amqp_symbols_have(&many, "bb"));
    assert_false(amqp_symbols_have(&many, "b"));
    assert_true(amqp_symbols_have(&one, "a"));
    assert_false(amqp_symbols_have(&none, "a"));
    base_buf_release(&buf);
}

#define BYTES(...)                                                                                 \
    {                                                                                              \
        sizeof((const uint8_t[]){__VA_ARGS__}),                                                    \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static void test_malformed(void **state)
{
    static const struct {
        size_t len;
        uint8_t bytes[16];
    } cases[] = {
        BYTES(0x3f),                                           /* unknown constructor */
        BYTES(0x70, 0, 0, 0),                                  /* short uint */
        BYTES(0x56, 2),                                        /* boolean 2 */
        BYTES(0xa1, 5, 'a'),                                   /* string past the end */
        BYTES(0xb1, 0xff, 0xff, 0xff, 0xff, 'a'),              /* huge string */
        BYTES(0xc0, 1, 5),                                     /* five items in no bytes */
        BYTES(0xc0, 0),                                        /* no room for the count */
        BYTES(0xd0, 0, 0, 0, 3, 0, 0, 0, 0),                   /* list32 too short for its count */
        BYTES(0xc1, 2, 1, 0x40),                               /* map with one item */
        BYTES(0xc0, 3, 1, 0x40, 0x40),                         /* bytes after the last item */
        BYTES(0xe0, 1, 1),                                     /* array without constructor */
        BYTES(0xe0, 2, 9, 0x50),                               /* nine elements, no bytes */
        BYTES(0xf0, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0x40), /* four thousand million nulls */
        BYTES(0xe0, 3, 1, 0x3f, 0x40),                         /* array of an unknown constructor */
        BYTES(0xe0, 4, 1, 0x00, 0x40, 0x00), /* array constructor described twice */
        BYTES(0x00),                         /* described nothing */
        BYTES(0x00, 0x53, 0x10),             /* descriptor without value */
        BYTES(0xa1, 1, 0xff),                /* not UTF-8 */
        BYTES(0xa1, 2, 0xc0, 0x80),          /* overlong */
        BYTES(0xa1, 3, 0xed, 0xa0, 0x80),    /* surrogate */
        BYTES(0xa3, 1, 0x80),                /* symbol not ASCII */
        BYTES(0xc0, 4, 1, 0xa1, 9, 'a'),     /* item longer than its list */
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        /* A heap copy of the exact size, so that the sanitizer sees every byte read too far. */
        char *exact = malloc(cases[i].len);
        memcpy(exact, cases[i].bytes, cases[i].len);
        struct amqp_cursor cursor;
        struct amqp_value value;
        const char *fault = NULL;
        amqp_cursor_init(&cursor, (struct amqp_bytes){exact, cases[i].len});
        bool good = amqp_read(&cursor, &value) && amqp_check(&value, &fault);
        if (good)
            fail_msg("case %zu was believed", i);
        assert_true(cursor.fault || fault);
        free(exact);
    }
}

static void test_depth_is_bounded(void **state)
{
    struct base_buf buf = {0};
    struct amqp_cursor cursor;
    struct amqp_value value;
    (void)state;

    for (int i = 0; i < 100000; i++)
        base_buf_putc(&buf, 0); /* described described described ... */
    amqp_cursor_init(&cursor, view(&buf));
    assert_false(amqp_read(&cursor, &value));
    base_buf_clear(&buf);
    size_t marks[40];
    for (int i = 0; i < 40; i++)
        marks[i] = amqp_put_list(&buf);
    for (int i = 39; i >= 0; i--)
        amqp_put_end(&buf, marks[i], i == 39 ? 0 : 1);
    amqp_cursor_init(&cursor, view(&buf));
    assert_true(amqp_read(&cursor, &value));
    assert_false(amqp_check(&value, NULL));
    base_buf_release(&buf);
}

/* Every truncation and many mutations of a good value: no crash, and the walk ends. */
static void test_mutations(void **state)
{
    struct base_buf buf = {0};
    uint32_t random = 12345;
    (void)state;

    put_sample_map(&buf);
    for (int round = 0; round < 20000; round++) {
        size_t len = round < (int)buf.len ? (size_t)round : buf.len;
        char *copy = malloc(len ? len : 1);
        struct amqp_cursor cursor;
        struct amqp_value value, found;
        memcpy(copy, buf.data, len);
        for (int flips = round < (int)buf.len ? 0 : 1 + round % 3; flips && len; flips--) {
            random = random * 1664525u + 1013904223u;
            copy[(random >> 8) % len] = (char)(random >> 24);
        }
        amqp_cursor_init(&cursor, (struct amqp_bytes){copy, len});
        while (amqp_cursor_more(&cursor) && amqp_read(&cursor, &value)) {
            (void)!amqp_check(&value, NULL);
            (void)amqp_map_get(&value, "filter", &found);
        }
        free(copy);
    }
    base_buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_reals_and_octets),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_compounds),
        cmocka_unit_test(test_large_compound_keeps_wide_form),
        cmocka_unit_test(test_symbols),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_mutations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
