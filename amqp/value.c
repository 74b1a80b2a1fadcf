/* Decides what plain values and texts are: how they are made, compared and converted. */
#include "amqp/codec.h"

#include <string.h>
#include <strings.h>

struct amqp_bytes amqp_bytes_of(const char *text)
{
    return (struct amqp_bytes){text, text ? strlen(text) : 0};
}

bool amqp_bytes_equal(struct amqp_bytes bytes, const char *text)
{
    return bytes.data && bytes.len == strlen(text) && memcmp(bytes.data, text, bytes.len) == 0;
}

bool amqp_bytes_equal_nocase(struct amqp_bytes bytes, const char *text)
{
    return bytes.data && bytes.len == strlen(text) && strncasecmp(bytes.data, text, bytes.len) == 0;
}

char *amqp_bytes_dup(struct amqp_bytes bytes)
{
    return bytes.data ? base_strndup(bytes.data, bytes.len) : NULL;
}

struct amqp_value amqp_null(void)
{
    return (struct amqp_value){.type = AMQP_NULL};
}

struct amqp_value amqp_bool(bool value)
{
    return (struct amqp_value){.type = AMQP_BOOLEAN, .as.boolean = value};
}

struct amqp_value amqp_uint(uint32_t value)
{
    return (struct amqp_value){.type = AMQP_UINT, .as.number = value};
}

struct amqp_value amqp_ulong(uint64_t value)
{
    return (struct amqp_value){.type = AMQP_ULONG, .as.number = value};
}

struct amqp_value amqp_int(int32_t value)
{
    return (struct amqp_value){.type = AMQP_INT, .as.integer = value};
}

struct amqp_value amqp_long(int64_t value)
{
    return (struct amqp_value){.type = AMQP_LONG, .as.integer = value};
}

struct amqp_value amqp_double(double value)
{
    return (struct amqp_value){.type = AMQP_DOUBLE, .as.real = value};
}

struct amqp_value amqp_timestamp(int64_t ms)
{
    return (struct amqp_value){.type = AMQP_TIMESTAMP, .as.integer = ms};
}

static struct amqp_value text_value(enum amqp_type type, const char *text)
{
    if (!text)
        return amqp_null();
    return (struct amqp_value){.type = type, .bytes = amqp_bytes_of(text)};
}

struct amqp_value amqp_string(const char *text)
{
    return text_value(AMQP_STRING, text);
}

struct amqp_value amqp_symbol(const char *text)
{
    return text_value(AMQP_SYMBOL, text);
}

struct amqp_value amqp_binary(const void *data, size_t len)
{
    return (struct amqp_value){.type = AMQP_BINARY, .bytes = {data ? data : "", data ? len : 0}};
}

struct amqp_value amqp_raw(const struct base_buf *encoded)
{
    if (!encoded->len)
        return amqp_null();
    return (struct amqp_value){.type = AMQP_RAW, .bytes = {encoded->data, encoded->len}};
}

bool amqp_value_int64(const struct amqp_value *value, int64_t *out)
{
    switch (value->type) {
    case AMQP_UBYTE:
    case AMQP_USHORT:
    case AMQP_UINT:
    case AMQP_ULONG:
    case AMQP_CHAR:
        *out = (int64_t)value->as.number;
        return value->as.number <= INT64_MAX;
    case AMQP_BYTE:
    case AMQP_SHORT:
    case AMQP_INT:
    case AMQP_LONG:
    case AMQP_TIMESTAMP:
        *out = value->as.integer;
        return true;
    default:
        return false;
    }
}

bool amqp_value_text(const struct amqp_value *value, struct amqp_bytes *out)
{
    if (value->type != AMQP_STRING && value->type != AMQP_SYMBOL)
        return false;
    *out = value->bytes;
    return true;
}

bool amqp_value_is(const struct amqp_value *value, const char *text)
{
    struct amqp_bytes bytes;

    return amqp_value_text(value, &bytes) && amqp_bytes_equal(bytes, text);
}

const char *amqp_type_name(enum amqp_type type)
{
    static const char *const names[] = {
        "null",       "boolean", "ubyte",     "ushort",    "uint",   "ulong",     "byte",
        "short",      "int",     "long",      "float",     "double", "decimal32", "decimal64",
        "decimal128", "char",    "timestamp", "uuid",      "binary", "string",    "symbol",
        "list",       "map",     "array",     "described", "raw",
    };

    return (size_t)type < sizeof names / sizeof *names ? names[type] : "unknown";
}
