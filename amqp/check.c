/* Decides whether a value is sound all the way down: sizes, counts, depth, UTF-8 and ASCII. */
#include "amqp/codec.h"

static bool check_deep(const struct amqp_value *value, const char **fault, int depth);

bool amqp_check(const struct amqp_value *value, const char **fault)
{
    const char *ignored;

    return check_deep(value, fault ? fault : &ignored, 0);
}

/* Length of the UTF-8 sequence that starts with `lead`, and the least code point it may encode; 0
 * when it cannot start one. */
static unsigned utf8_length(uint8_t lead, uint32_t *least)
{
    static const uint32_t leasts[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned len = lead < 0x80         ? 1
                   : lead >> 5 == 0x06 ? 2
                   : lead >> 4 == 0x0e ? 3
                   : lead >> 3 == 0x1e ? 4
                                       : 0;

    *least = leasts[len];
    return len;
}

static bool is_utf8(struct amqp_bytes text)
{
    const uint8_t *at = (const uint8_t *)text.data, *end = at + text.len;

    while (at < end) {
        uint32_t least, point;
        unsigned len = utf8_length(*at, &least);
        if (!len || (size_t)(end - at) < len)
            return false;
        point = len == 1 ? *at : *at & (0x7fu >> len);
        for (unsigned i = 1; i < len; i++) {
            if (at[i] >> 6 != 2)
                return false;
            point = point << 6 | (at[i] & 0x3fu);
        }
        if (point < least || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
            return false;
        at += len;
    }
    return true;
}

static bool is_ascii(struct amqp_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((uint8_t)text.data[i] > 0x7f)
            return false;
    }
    return true;
}

static bool refuse(const char **fault, const char *sentence)
{
    *fault = sentence;
    return false;
}

static bool check_items(const struct amqp_value *value, const char **fault, int depth)
{
    struct amqp_items items;
    struct amqp_value item;

    amqp_items_init(&items, value);
    while (amqp_items_next(&items, &item)) {
        if (!check_deep(&item, fault, depth + 1))
            return false;
    }
    if (items.cursor.fault)
        return refuse(fault, items.cursor.fault);
    bool empty_array = value->type == AMQP_ARRAY && !value->count; /* may carry a constructor */
    if (!empty_array && amqp_cursor_more(&items.cursor))
        return refuse(fault, "a compound value has bytes after its last item");
    return true;
}

static bool check_described(const struct amqp_value *value, const char **fault, int depth)
{
    struct amqp_cursor cursor;
    struct amqp_value part;

    amqp_cursor_init(&cursor, value->bytes);
    for (int i = 0; i < 2; i++) {
        if (!amqp_read(&cursor, &part))
            return refuse(fault, cursor.fault);
        if (!check_deep(&part, fault, depth + 1))
            return false;
    }
    return true;
}

static bool check_deep(const struct amqp_value *value, const char **fault, int depth)
{
    if (depth > AMQP_DEPTH_MAX)
        return refuse(fault, "values are nested too deeply");
    switch (value->type) {
    case AMQP_STRING:
        return is_utf8(value->bytes) ? true : refuse(fault, "a string is not UTF-8");
    case AMQP_SYMBOL:
        return is_ascii(value->bytes) ? true : refuse(fault, "a symbol is not ASCII");
    case AMQP_LIST:
    case AMQP_MAP:
    case AMQP_ARRAY:
        return check_items(value, fault, depth);
    case AMQP_DESCRIBED:
        return check_described(value, fault, depth);
    default:
        return true;
    }
}
