/* amqp/codec.h: AMQP 1.0 types on the wire (OASIS AMQP 1.0 part 1).
 *
 * Reading makes no objects: a struct amqp_value is a view into the encoded bytes; lists, maps,
 * arrays and described values are walked with an iterator. Nothing read here owns memory, and a
 * view dies with the bytes it looks at. Writing appends to a struct base_buf. All functions are
 * pure: any thread, no blocking. */
#ifndef AMQP_CODEC_H
#define AMQP_CODEC_H

#include "common/mem.h"

#define AMQP_DEPTH_MAX                                                                             \
    16 /* nesting of compound and described values that amqp_check lets through */
#define AMQP_EMPTY_ITEMS_MAX 256 /* elements of an array whose elements take no bytes */

/* Bytes owned by somebody else. data == NULL means absent; an empty text has data != NULL. */
struct amqp_bytes {
    const char *data;
    size_t len;
};

enum amqp_type {
    AMQP_NULL, /* also: absent */
    AMQP_BOOLEAN,
    AMQP_UBYTE,
    AMQP_USHORT,
    AMQP_UINT,
    AMQP_ULONG,
    AMQP_BYTE,
    AMQP_SHORT,
    AMQP_INT,
    AMQP_LONG,
    AMQP_FLOAT,
    AMQP_DOUBLE,
    AMQP_DECIMAL32,
    AMQP_DECIMAL64,
    AMQP_DECIMAL128,
    AMQP_CHAR,
    AMQP_TIMESTAMP, /* milliseconds since 1970 UTC, signed */
    AMQP_UUID,
    AMQP_BINARY,
    AMQP_STRING,
    AMQP_SYMBOL,
    AMQP_LIST,
    AMQP_MAP,
    AMQP_ARRAY,
    AMQP_DESCRIBED,
    AMQP_RAW, /* writing only: `bytes` is one complete encoded value, copied as it stands */
};

struct amqp_value {
    enum amqp_type type;
    uint32_t count; /* LIST, ARRAY: items; MAP: keys plus values */
    union {
        bool boolean;
        uint64_t number;    /* UBYTE..ULONG, CHAR */
        int64_t integer;    /* BYTE..LONG, TIMESTAMP */
        double real;        /* FLOAT, DOUBLE */
        uint8_t octets[16]; /* UUID, DECIMAL*: as on the wire */
    } as;
    struct amqp_bytes bytes; /* BINARY, STRING, SYMBOL: the content. LIST, MAP: the encoded items.
                                ARRAY: the element constructor and the elements. DESCRIBED: encoded
                                descriptor, then encoded value */
};

/* -- texts and plain values -- */

struct amqp_bytes amqp_bytes_of(const char *text); /* borrowed; NULL -> absent */
bool amqp_bytes_equal(struct amqp_bytes bytes, const char *text);
bool amqp_bytes_equal_nocase(struct amqp_bytes bytes, const char *text); /* ASCII folded */
/* A NUL-terminated heap copy (NULL when absent); release with free(). */
char *amqp_bytes_dup(struct amqp_bytes bytes) BASE_MUST_USE;

struct amqp_value amqp_null(void);
struct amqp_value amqp_bool(bool value);
struct amqp_value amqp_uint(uint32_t value);
struct amqp_value amqp_ulong(uint64_t value);
struct amqp_value amqp_int(int32_t value);
struct amqp_value amqp_long(int64_t value);
struct amqp_value amqp_double(double value);
struct amqp_value amqp_timestamp(int64_t ms);
struct amqp_value amqp_string(const char *text); /* borrowed; NULL -> AMQP_NULL */
struct amqp_value amqp_symbol(const char *text); /* borrowed; NULL -> AMQP_NULL */
struct amqp_value amqp_binary(const void *data, size_t len);
struct amqp_value amqp_raw(const struct base_buf *encoded); /* borrowed; empty -> AMQP_NULL */

/* Any integer type (char and timestamp too) that fits. False otherwise. */
bool amqp_value_int64(const struct amqp_value *value, int64_t *out);
/* String or symbol. False otherwise. */
bool amqp_value_text(const struct amqp_value *value, struct amqp_bytes *out);
/* True for a string or symbol that equals `text`. */
bool amqp_value_is(const struct amqp_value *value, const char *text);
const char *amqp_type_name(enum amqp_type type); /* "ulong", as the specification spells it */

/* -- reading -- */

struct amqp_cursor {
    const uint8_t *at, *end;
    const char *fault; /* static sentence about the first malformed byte; NULL while all is well */
};
void amqp_cursor_init(struct amqp_cursor *cursor, struct amqp_bytes bytes);
bool amqp_cursor_more(const struct amqp_cursor *cursor); /* bytes are left and there was no fault */
/* Reads one value and moves on. False: malformed (cursor->fault says how), or no byte left (a fault
 * too). Of compound values only the outer sizes are checked: run amqp_check before trusting what is
 * inside. */
BASE_MUST_USE bool amqp_read(struct amqp_cursor *cursor, struct amqp_value *out);
/* A descriptor with a numeric (ulong) code and its value. Symbolic descriptors of part 3 are not
 * mapped: use amqp_read + amqp_described. False: malformed or not described by a ulong. */
BASE_MUST_USE bool amqp_read_described(struct amqp_cursor *cursor, uint64_t *code,
                                       struct amqp_value *out);
/* Walks everything inside: sizes, counts, map pairs, UTF-8 of strings, ASCII of symbols, depth <=
 * AMQP_DEPTH_MAX. False + *fault (static sentence; fault may be NULL). */
BASE_MUST_USE bool amqp_check(const struct amqp_value *value, const char **fault);

/* Items of a LIST, MAP (key, value, key, ...) or ARRAY, in order. An array of described elements
 * yields the bare elements; the descriptor is at `descriptor`. Any other type has no items. */
struct amqp_items {
    struct amqp_cursor cursor;
    uint32_t left;
    uint8_t constructor; /* arrays: of every element; 0 otherwise */
    struct amqp_value descriptor;
};
void amqp_items_init(struct amqp_items *items, const struct amqp_value *compound);
bool amqp_items_next(struct amqp_items *items,
                     struct amqp_value *out); /* false: the end, or cursor.fault */
bool amqp_map_next(struct amqp_items *items, struct amqp_value *key, struct amqp_value *value);
/* Value of a string or symbol key. False when absent, or when `map` is not a map. */
bool amqp_map_get(const struct amqp_value *map, const char *key, struct amqp_value *out);
/* Parts of a DESCRIBED value. False when it is not one or malformed. */
bool amqp_described(const struct amqp_value *value, struct amqp_value *descriptor,
                    struct amqp_value *inner);
/* Does a "multiple symbol" field (null, one symbol, or an array of symbols) hold `symbol`?
 * Case-sensitive. */
bool amqp_symbols_have(const struct amqp_value *symbols, const char *symbol);

/* -- writing: appends to `out` in the shortest encoding -- */

void amqp_put_null(struct base_buf *out);
void amqp_put_bool(struct base_buf *out, bool value);
void amqp_put_ubyte(struct base_buf *out, uint8_t value);
void amqp_put_ushort(struct base_buf *out, uint16_t value);
void amqp_put_uint(struct base_buf *out, uint32_t value);
void amqp_put_ulong(struct base_buf *out, uint64_t value);
void amqp_put_byte(struct base_buf *out, int8_t value);
void amqp_put_short(struct base_buf *out, int16_t value);
void amqp_put_int(struct base_buf *out, int32_t value);
void amqp_put_long(struct base_buf *out, int64_t value);
void amqp_put_float(struct base_buf *out, float value);
void amqp_put_double(struct base_buf *out, double value);
void amqp_put_char(struct base_buf *out, uint32_t value);
void amqp_put_timestamp(struct base_buf *out, int64_t ms);
void amqp_put_uuid(struct base_buf *out, const uint8_t uuid[16]);
void amqp_put_binary(struct base_buf *out, const void *data, size_t len);
void amqp_put_string(struct base_buf *out, const char *text); /* NULL -> null */
void amqp_put_string_n(struct base_buf *out, const char *text, size_t len);
void amqp_put_symbol(struct base_buf *out, const char *text); /* NULL -> null */
void amqp_put_symbol_n(struct base_buf *out, const char *text, size_t len);
/* An array of symbols; `symbols` is NULL-terminated. */
void amqp_put_symbols(struct base_buf *out, const char *const *symbols);
/* An array of strings (partition names and the like). */
void amqp_put_strings(struct base_buf *out, const char *const *texts, size_t count);
/* Writes a value of any type again as it was read (compound contents are copied). */
void amqp_put_value(struct base_buf *out, const struct amqp_value *value);
/* Starts a described value: write exactly one value after it. */
void amqp_put_descriptor(struct base_buf *out, uint64_t code);
void amqp_put_descriptor_symbol(struct base_buf *out, const char *symbol);

/* Compounds: size_t mark = amqp_put_map(out); amqp_put_symbol(..); amqp_put_..; amqp_put_end(out,
 * mark, items). `items` counts keys and values both in a map. Nest freely, close in reverse order.
 */
size_t amqp_put_list(struct base_buf *out) BASE_MUST_USE;
size_t amqp_put_map(struct base_buf *out) BASE_MUST_USE;
void amqp_put_end(struct base_buf *out, size_t mark, uint32_t items);

#endif
