/* Decides how encoded AMQP bytes are read: one table of constructors, views instead of objects. */
#include "amqp/codec.h"

#include <string.h>

enum shape { BAD, FIXED, ZERO, VARIABLE, COMPOUND, ARRAY, DESCRIBED };

/* Every constructor byte that the specification knows (§1.6). `width`: FIXED bytes of the value,
 * else bytes of the size and count fields; ZERO constructors carry their value in `implied`. */
struct constructor {
    uint8_t shape, type, width, implied;
};
static const struct constructor constructors[256] = {
    [0x00] = {DESCRIBED, AMQP_DESCRIBED, 0, 0}, [0x40] = {ZERO, AMQP_NULL, 0, 0},
    [0x41] = {ZERO, AMQP_BOOLEAN, 0, 1},        [0x42] = {ZERO, AMQP_BOOLEAN, 0, 0},
    [0x43] = {ZERO, AMQP_UINT, 0, 0},           [0x44] = {ZERO, AMQP_ULONG, 0, 0},
    [0x45] = {ZERO, AMQP_LIST, 0, 0},           [0x50] = {FIXED, AMQP_UBYTE, 1, 0},
    [0x51] = {FIXED, AMQP_BYTE, 1, 0},          [0x52] = {FIXED, AMQP_UINT, 1, 0},
    [0x53] = {FIXED, AMQP_ULONG, 1, 0},         [0x54] = {FIXED, AMQP_INT, 1, 0},
    [0x55] = {FIXED, AMQP_LONG, 1, 0},          [0x56] = {FIXED, AMQP_BOOLEAN, 1, 0},
    [0x60] = {FIXED, AMQP_USHORT, 2, 0},        [0x61] = {FIXED, AMQP_SHORT, 2, 0},
    [0x70] = {FIXED, AMQP_UINT, 4, 0},          [0x71] = {FIXED, AMQP_INT, 4, 0},
    [0x72] = {FIXED, AMQP_FLOAT, 4, 0},         [0x73] = {FIXED, AMQP_CHAR, 4, 0},
    [0x74] = {FIXED, AMQP_DECIMAL32, 4, 0},     [0x80] = {FIXED, AMQP_ULONG, 8, 0},
    [0x81] = {FIXED, AMQP_LONG, 8, 0},          [0x82] = {FIXED, AMQP_DOUBLE, 8, 0},
    [0x83] = {FIXED, AMQP_TIMESTAMP, 8, 0},     [0x84] = {FIXED, AMQP_DECIMAL64, 8, 0},
    [0x94] = {FIXED, AMQP_DECIMAL128, 16, 0},   [0x98] = {FIXED, AMQP_UUID, 16, 0},
    [0xa0] = {VARIABLE, AMQP_BINARY, 1, 0},     [0xa1] = {VARIABLE, AMQP_STRING, 1, 0},
    [0xa3] = {VARIABLE, AMQP_SYMBOL, 1, 0},     [0xb0] = {VARIABLE, AMQP_BINARY, 4, 0},
    [0xb1] = {VARIABLE, AMQP_STRING, 4, 0},     [0xb3] = {VARIABLE, AMQP_SYMBOL, 4, 0},
    [0xc0] = {COMPOUND, AMQP_LIST, 1, 0},       [0xc1] = {COMPOUND, AMQP_MAP, 1, 0},
    [0xd0] = {COMPOUND, AMQP_LIST, 4, 0},       [0xd1] = {COMPOUND, AMQP_MAP, 4, 0},
    [0xe0] = {ARRAY, AMQP_ARRAY, 1, 0},         [0xf0] = {ARRAY, AMQP_ARRAY, 4, 0},
};

static bool read_deep(struct amqp_cursor *cursor, struct amqp_value *out, int depth);
static bool read_body(struct amqp_cursor *cursor, uint8_t code, struct amqp_value *out, int depth);

static bool fail(struct amqp_cursor *cursor, const char *fault)
{
    if (!cursor->fault)
        cursor->fault = fault;
    return false;
}

static size_t left(const struct amqp_cursor *cursor)
{
    return (size_t)(cursor->end - cursor->at);
}

void amqp_cursor_init(struct amqp_cursor *cursor, struct amqp_bytes bytes)
{
    static const uint8_t nothing[1];

    cursor->at = bytes.data ? (const uint8_t *)bytes.data : nothing;
    cursor->end = cursor->at + (bytes.data ? bytes.len : 0);
    cursor->fault = NULL;
}

bool amqp_cursor_more(const struct amqp_cursor *cursor)
{
    return !cursor->fault && cursor->at < cursor->end;
}

bool amqp_read(struct amqp_cursor *cursor, struct amqp_value *out)
{
    return read_deep(cursor, out, 0);
}

bool amqp_read_described(struct amqp_cursor *cursor, uint64_t *code, struct amqp_value *out)
{
    struct amqp_value descriptor;

    if (cursor->fault)
        return false;
    if (!left(cursor) || *cursor->at != 0x00)
        return fail(cursor, "a described value was expected");
    cursor->at++;
    if (!read_deep(cursor, &descriptor, 1))
        return false;
    if (descriptor.type != AMQP_ULONG)
        return fail(cursor, "a descriptor of type ulong was expected");
    *code = descriptor.as.number;
    return read_deep(cursor, out, 1);
}

void amqp_items_init(struct amqp_items *items, const struct amqp_value *compound)
{
    bool has_items =
        compound->type == AMQP_LIST || compound->type == AMQP_MAP || compound->type == AMQP_ARRAY;

    memset(items, 0, sizeof *items);
    amqp_cursor_init(&items->cursor, has_items ? compound->bytes : (struct amqp_bytes){0});
    items->left = has_items ? compound->count : 0;
    if (compound->type != AMQP_ARRAY || !items->left)
        return;
    items->constructor = *items->cursor.at++; /* amqp_read saw to it that it is there */
    if (items->constructor == 0x00) {
        if (!read_deep(&items->cursor, &items->descriptor, 1))
            return;
        if (!left(&items->cursor) || !(items->constructor = *items->cursor.at++))
            fail(&items->cursor, "an array has no plain element constructor");
    }
}

bool amqp_items_next(struct amqp_items *items, struct amqp_value *out)
{
    if (!items->left || items->cursor.fault)
        return false;
    items->left--;
    if (items->constructor)
        return read_body(&items->cursor, items->constructor, out, 1);
    return read_deep(&items->cursor, out, 1);
}

bool amqp_map_next(struct amqp_items *items, struct amqp_value *key, struct amqp_value *value)
{
    return amqp_items_next(items, key) && amqp_items_next(items, value);
}

bool amqp_map_get(const struct amqp_value *map, const char *key, struct amqp_value *out)
{
    struct amqp_items items;
    struct amqp_value at;

    if (map->type != AMQP_MAP)
        return false;
    amqp_items_init(&items, map);
    while (amqp_map_next(&items, &at, out)) {
        if (amqp_value_is(&at, key))
            return true;
    }
    return false;
}

bool amqp_described(const struct amqp_value *value, struct amqp_value *descriptor,
                    struct amqp_value *inner)
{
    struct amqp_cursor cursor;

    if (value->type != AMQP_DESCRIBED)
        return false;
    amqp_cursor_init(&cursor, value->bytes);
    return amqp_read(&cursor, descriptor) && amqp_read(&cursor, inner);
}

bool amqp_symbols_have(const struct amqp_value *symbols, const char *symbol)
{
    struct amqp_items items;
    struct amqp_value at;

    if (symbols->type != AMQP_ARRAY)
        return amqp_value_is(symbols, symbol);
    amqp_items_init(&items, symbols);
    while (amqp_items_next(&items, &at)) {
        if (amqp_value_is(&at, symbol))
            return true;
    }
    return false;
}

/* -- one value -- */

static uint64_t big_endian(const uint8_t *at, unsigned width)
{
    uint64_t number = 0;

    for (unsigned i = 0; i < width; i++)
        number = number << 8 | at[i];
    return number;
}

static int64_t sign_extend(uint64_t number, unsigned width)
{
    switch (width) {
    case 1:
        return (int8_t)number;
    case 2:
        return (int16_t)number;
    case 4:
        return (int32_t)number;
    default:
        return (int64_t)number;
    }
}

static void load_real(struct amqp_value *out, uint64_t number, unsigned width)
{
    if (width == 4) {
        uint32_t bits = (uint32_t)number;
        float real;
        memcpy(&real, &bits, sizeof real);
        out->as.real = (double)real;
    } else {
        memcpy(&out->as.real, &number, sizeof out->as.real);
    }
}

static bool load_fixed(struct amqp_cursor *cursor, const struct constructor *by,
                       struct amqp_value *out)
{
    if (left(cursor) < by->width)
        return fail(cursor, "a value runs past the end");
    const uint8_t *at = cursor->at;
    uint64_t number = big_endian(at, by->width > 8 ? 8 : by->width);

    cursor->at += by->width;
    switch (out->type) {
    case AMQP_BOOLEAN:
        if (number > 1)
            return fail(cursor, "a boolean is neither 0 nor 1");
        out->as.boolean = number != 0;
        return true;
    case AMQP_BYTE:
    case AMQP_SHORT:
    case AMQP_INT:
    case AMQP_LONG:
    case AMQP_TIMESTAMP:
        out->as.integer = sign_extend(number, by->width);
        return true;
    case AMQP_FLOAT:
    case AMQP_DOUBLE:
        load_real(out, number, by->width);
        return true;
    case AMQP_UUID:
    case AMQP_DECIMAL32:
    case AMQP_DECIMAL64:
    case AMQP_DECIMAL128:
        memset(out->as.octets, 0, sizeof out->as.octets);
        memcpy(out->as.octets, at, by->width);
        return true;
    default:
        out->as.number = number;
        return true;
    }
}

static void load_implied(const struct constructor *by, struct amqp_value *out)
{
    out->as.number = 0;
    if (out->type == AMQP_BOOLEAN)
        out->as.boolean = by->implied != 0;
    if (out->type == AMQP_LIST)
        out->bytes = (struct amqp_bytes){"", 0};
}

/* Reads the size field and sets out->bytes to what it covers. */
static bool load_span(struct amqp_cursor *cursor, unsigned width, struct amqp_value *out)
{
    if (left(cursor) < width)
        return fail(cursor, "a size field runs past the end");
    uint64_t size = big_endian(cursor->at, width);

    cursor->at += width;
    if (size > left(cursor))
        return fail(cursor, "a value is longer than the bytes that are left");
    out->bytes = (struct amqp_bytes){(const char *)cursor->at, (size_t)size};
    cursor->at += size;
    return true;
}

/* Compounds and arrays: size, count, then items. */
static bool load_counted(struct amqp_cursor *cursor, const struct constructor *by,
                         struct amqp_value *out)
{
    if (!load_span(cursor, by->width, out))
        return false;
    if (out->bytes.len < by->width)
        return fail(cursor, "a compound value is too short for its count");
    out->count = (uint32_t)big_endian((const uint8_t *)out->bytes.data, by->width);
    out->bytes.data += by->width;
    out->bytes.len -= by->width;
    if (out->type == AMQP_MAP && out->count % 2)
        return fail(cursor, "a map has a key without a value");
    if (out->type != AMQP_ARRAY && out->count > out->bytes.len)
        return fail(cursor, "a compound value counts more items than it has bytes");
    return true;
}

/* The element constructor must be there, and the count must fit the bytes (a described array is
 * measured when walked). */
static bool check_array(struct amqp_cursor *cursor, const struct amqp_value *out)
{
    if (!out->bytes.len)
        return out->count ? fail(cursor, "an array has no element constructor") : true;
    const struct constructor *by = &constructors[(uint8_t)out->bytes.data[0]];
    size_t room = out->bytes.len - 1;

    if (by->shape == BAD)
        return fail(cursor, "an array has an unknown element constructor");
    if (by->shape == DESCRIBED)
        return out->count <= room + AMQP_EMPTY_ITEMS_MAX
                   ? true
                   : fail(cursor, "an array counts too many elements");
    size_t most = by->shape == ZERO ? AMQP_EMPTY_ITEMS_MAX : room / by->width;
    if (out->count > most)
        return fail(cursor, "an array counts more elements than it has bytes");
    return true;
}

static bool load_described(struct amqp_cursor *cursor, struct amqp_value *out, int depth)
{
    const uint8_t *start = cursor->at;
    struct amqp_value part;

    if (!read_deep(cursor, &part, depth + 1) || !read_deep(cursor, &part, depth + 1))
        return false;
    out->bytes = (struct amqp_bytes){(const char *)start, (size_t)(cursor->at - start)};
    return true;
}

static bool read_body(struct amqp_cursor *cursor, uint8_t code, struct amqp_value *out, int depth)
{
    const struct constructor *by = &constructors[code];

    out->type = by->type;
    out->count = 0;
    out->bytes = (struct amqp_bytes){0};
    switch (by->shape) {
    case FIXED:
        return load_fixed(cursor, by, out);
    case ZERO:
        load_implied(by, out);
        return true;
    case VARIABLE:
        return load_span(cursor, by->width, out);
    case COMPOUND:
        return load_counted(cursor, by, out);
    case ARRAY:
        return load_counted(cursor, by, out) && check_array(cursor, out);
    case DESCRIBED:
        return load_described(cursor, out, depth);
    default:
        return fail(cursor, "an unknown constructor byte");
    }
}

static bool read_deep(struct amqp_cursor *cursor, struct amqp_value *out, int depth)
{
    if (cursor->fault)
        return false;
    if (depth > AMQP_DEPTH_MAX)
        return fail(cursor, "values are nested too deeply");
    if (!left(cursor))
        return fail(cursor, "a value is missing at the end");
    return read_body(cursor, *cursor->at++, out, depth);
}
