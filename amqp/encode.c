/* Decides how values are written: always the shortest encoding that the specification offers. */
#include "amqp/codec.h"

#include <string.h>

static void put_code(struct base_buf *out, uint8_t code, uint64_t number, unsigned width)
{
    uint8_t bytes[9] = {code};

    for (unsigned i = 0; i < width; i++)
        bytes[1 + i] = (uint8_t)(number >> (8 * (width - 1 - i)));
    base_buf_append(out, bytes, 1 + width);
}

void amqp_put_null(struct base_buf *out)
{
    put_code(out, 0x40, 0, 0);
}

void amqp_put_bool(struct base_buf *out, bool value)
{
    put_code(out, value ? 0x41 : 0x42, 0, 0);
}

void amqp_put_ubyte(struct base_buf *out, uint8_t value)
{
    put_code(out, 0x50, value, 1);
}

void amqp_put_ushort(struct base_buf *out, uint16_t value)
{
    put_code(out, 0x60, value, 2);
}

void amqp_put_uint(struct base_buf *out, uint32_t value)
{
    if (!value)
        put_code(out, 0x43, 0, 0);
    else if (value < 256)
        put_code(out, 0x52, value, 1);
    else
        put_code(out, 0x70, value, 4);
}

void amqp_put_ulong(struct base_buf *out, uint64_t value)
{
    if (!value)
        put_code(out, 0x44, 0, 0);
    else if (value < 256)
        put_code(out, 0x53, value, 1);
    else
        put_code(out, 0x80, value, 8);
}

void amqp_put_byte(struct base_buf *out, int8_t value)
{
    put_code(out, 0x51, (uint8_t)value, 1);
}

void amqp_put_short(struct base_buf *out, int16_t value)
{
    put_code(out, 0x61, (uint16_t)value, 2);
}

static bool is_small(int64_t value)
{
    return value >= INT8_MIN && value <= INT8_MAX;
}

void amqp_put_int(struct base_buf *out, int32_t value)
{
    put_code(out, is_small(value) ? 0x54 : 0x71, (uint32_t)value, is_small(value) ? 1 : 4);
}

void amqp_put_long(struct base_buf *out, int64_t value)
{
    put_code(out, is_small(value) ? 0x55 : 0x81, (uint64_t)value, is_small(value) ? 1 : 8);
}

void amqp_put_float(struct base_buf *out, float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    put_code(out, 0x72, bits, 4);
}

void amqp_put_double(struct base_buf *out, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    put_code(out, 0x82, bits, 8);
}

void amqp_put_char(struct base_buf *out, uint32_t value)
{
    put_code(out, 0x73, value, 4);
}

void amqp_put_timestamp(struct base_buf *out, int64_t ms)
{
    put_code(out, 0x83, (uint64_t)ms, 8);
}

static void put_octets(struct base_buf *out, uint8_t code, const uint8_t *octets, size_t len)
{
    put_code(out, code, 0, 0);
    base_buf_append(out, octets, len);
}

void amqp_put_uuid(struct base_buf *out, const uint8_t uuid[16])
{
    put_octets(out, 0x98, uuid, 16);
}

/* `code` is the constructor with a one-byte size; the one with four is 0x10 higher. */
static void put_variable(struct base_buf *out, uint8_t code, const void *data, size_t len)
{
    BUG_ON(len > UINT32_MAX);
    put_code(out, len < 256 ? code : code + 0x10, len, len < 256 ? 1 : 4);
    base_buf_append(out, data, len);
}

void amqp_put_binary(struct base_buf *out, const void *data, size_t len)
{
    put_variable(out, 0xa0, data, len);
}

void amqp_put_string_n(struct base_buf *out, const char *text, size_t len)
{
    put_variable(out, 0xa1, text, len);
}

void amqp_put_symbol_n(struct base_buf *out, const char *text, size_t len)
{
    put_variable(out, 0xa3, text, len);
}

void amqp_put_string(struct base_buf *out, const char *text)
{
    if (text)
        amqp_put_string_n(out, text, strlen(text));
    else
        amqp_put_null(out);
}

void amqp_put_symbol(struct base_buf *out, const char *text)
{
    if (text)
        amqp_put_symbol_n(out, text, strlen(text));
    else
        amqp_put_null(out);
}

/* An array of texts with four-byte sizes; `code` is sym32 or str32. */
static void put_texts(struct base_buf *out, uint8_t code, const char *const *texts, size_t count)
{
    uint64_t size = 4 + 1;

    for (size_t i = 0; i < count; i++)
        size += 4 + strlen(texts[i]);
    BUG_ON(size > UINT32_MAX);
    put_code(out, 0xf0, size << 32 | (uint32_t)count, 8);
    put_code(out, code, 0, 0);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(texts[i]);
        uint8_t prefix[4] = {(uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
                             (uint8_t)len};
        base_buf_append(out, prefix, sizeof prefix);
        base_buf_append(out, texts[i], len);
    }
}

void amqp_put_symbols(struct base_buf *out, const char *const *symbols)
{
    size_t count = 0;

    while (symbols[count])
        count++;
    put_texts(out, 0xb3, symbols, count);
}

void amqp_put_strings(struct base_buf *out, const char *const *texts, size_t count)
{
    put_texts(out, 0xb1, texts, count);
}

void amqp_put_descriptor(struct base_buf *out, uint64_t code)
{
    put_code(out, 0x00, 0, 0);
    amqp_put_ulong(out, code);
}

void amqp_put_descriptor_symbol(struct base_buf *out, const char *symbol)
{
    put_code(out, 0x00, 0, 0);
    amqp_put_symbol(out, symbol);
}

static size_t put_compound(struct base_buf *out, uint8_t code)
{
    put_code(out, code, 0, 8);
    return out->len - 8;
}

size_t amqp_put_list(struct base_buf *out)
{
    return put_compound(out, 0xd0);
}

size_t amqp_put_map(struct base_buf *out)
{
    return put_compound(out, 0xd1);
}

static void store32(char *at, uint64_t number)
{
    for (int i = 0; i < 4; i++)
        at[i] = (char)(number >> (24 - 8 * i));
}

/* The four-byte form was reserved; what turns out small is moved down to the one-byte form. */
void amqp_put_end(struct base_buf *out, size_t mark, uint32_t items)
{
    char *at = out->data + mark; /* size field; the constructor stands before it */
    size_t body = out->len - mark - 8;

    BUG_ON(body + 4 > UINT32_MAX);
    if (body + 1 > 255 || items > 255) {
        store32(at, body + 4);
        store32(at + 4, items);
        return;
    }
    at[-1] = (char)((uint8_t)at[-1] - 0x10);
    at[0] = (char)(body + 1);
    at[1] = (char)items;
    memmove(at + 2, at + 8, body);
    out->len -= 6;
    out->data[out->len] = '\0';
}

/* Contents as they were read, under a header with four-byte sizes. */
static void put_contents(struct base_buf *out, uint8_t code, const struct amqp_value *value)
{
    size_t mark = put_compound(out, code);

    base_buf_append(out, value->bytes.data, value->bytes.len);
    if (value->type == AMQP_ARRAY) {
        store32(out->data + mark, value->bytes.len + 4);
        store32(out->data + mark + 4, value->count);
    } else {
        amqp_put_end(out, mark, value->count);
    }
}

static void put_signed(struct base_buf *out, const struct amqp_value *value)
{
    switch (value->type) {
    case AMQP_BYTE:
        amqp_put_byte(out, (int8_t)value->as.integer);
        break;
    case AMQP_SHORT:
        amqp_put_short(out, (int16_t)value->as.integer);
        break;
    case AMQP_INT:
        amqp_put_int(out, (int32_t)value->as.integer);
        break;
    case AMQP_LONG:
        amqp_put_long(out, value->as.integer);
        break;
    default:
        amqp_put_timestamp(out, value->as.integer);
        break;
    }
}

static void put_unsigned(struct base_buf *out, const struct amqp_value *value)
{
    switch (value->type) {
    case AMQP_UBYTE:
        amqp_put_ubyte(out, (uint8_t)value->as.number);
        break;
    case AMQP_USHORT:
        amqp_put_ushort(out, (uint16_t)value->as.number);
        break;
    case AMQP_UINT:
        amqp_put_uint(out, (uint32_t)value->as.number);
        break;
    case AMQP_ULONG:
        amqp_put_ulong(out, value->as.number);
        break;
    default:
        amqp_put_char(out, (uint32_t)value->as.number);
        break;
    }
}

static void put_text_or_octets(struct base_buf *out, const struct amqp_value *value)
{
    switch (value->type) {
    case AMQP_DECIMAL32:
        put_octets(out, 0x74, value->as.octets, 4);
        break;
    case AMQP_DECIMAL64:
        put_octets(out, 0x84, value->as.octets, 8);
        break;
    case AMQP_DECIMAL128:
        put_octets(out, 0x94, value->as.octets, 16);
        break;
    case AMQP_UUID:
        put_octets(out, 0x98, value->as.octets, 16);
        break;
    case AMQP_BINARY:
        amqp_put_binary(out, value->bytes.data, value->bytes.len);
        break;
    case AMQP_STRING:
        amqp_put_string_n(out, value->bytes.data, value->bytes.len);
        break;
    default:
        amqp_put_symbol_n(out, value->bytes.data, value->bytes.len);
        break;
    }
}

static void put_structured(struct base_buf *out, const struct amqp_value *value)
{
    switch (value->type) {
    case AMQP_LIST:
        if (value->count)
            put_contents(out, 0xd0, value);
        else
            put_code(out, 0x45, 0, 0);
        break;
    case AMQP_MAP:
        put_contents(out, 0xd1, value);
        break;
    case AMQP_ARRAY:
        put_contents(out, 0xf0, value);
        break;
    case AMQP_DESCRIBED:
        put_code(out, 0x00, 0, 0);
        /* fallthrough */
    default: /* AMQP_RAW */
        base_buf_append(out, value->bytes.data, value->bytes.len);
        break;
    }
}

void amqp_put_value(struct base_buf *out, const struct amqp_value *value)
{
    switch (value->type) {
    case AMQP_NULL:
        amqp_put_null(out);
        break;
    case AMQP_BOOLEAN:
        amqp_put_bool(out, value->as.boolean);
        break;
    case AMQP_FLOAT:
        amqp_put_float(out, (float)value->as.real);
        break;
    case AMQP_DOUBLE:
        amqp_put_double(out, value->as.real);
        break;
    default:
        if (value->type >= AMQP_LIST)
            put_structured(out, value);
        else if (value->type == AMQP_CHAR || value->type < AMQP_BYTE)
            put_unsigned(out, value);
        else if (value->type <= AMQP_LONG || value->type == AMQP_TIMESTAMP)
            put_signed(out, value);
        else
            put_text_or_octets(out, value);
        break;
    }
}
