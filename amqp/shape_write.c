/* Decides how a composite type is written as a list, by its table of fields. */
#include "amqp/wire.h"

static bool is_absent(const struct amqp_field *field, const void *from);
static void write_field(struct base_buf *out, const struct amqp_field *field, const void *from);

void amqp_shape_write(struct base_buf *out, const struct amqp_shape *shape, const void *from)
{
    uint32_t written = 0;

    amqp_put_descriptor(out, shape->code);
    size_t mark = amqp_put_list(out);
    for (size_t i = 0; i < shape->count; i++) {
        const struct amqp_field *field = &shape->fields[i];
        const void *at = (const char *)from + field->offset;
        if (is_absent(field, at))
            continue;
        for (; written < i; written++)
            amqp_put_null(out);
        write_field(out, field, at);
        written++;
    }
    amqp_put_end(out, mark, written);
}

void amqp_outcome_write(struct base_buf *out, const struct amqp_outcome *outcome)
{
    if (outcome->kind ==
        AMQP_RECEIVED) { /* section-number and section-offset are mandatory: nothing was kept */
        amqp_put_descriptor(out, amqp_outcome_shapes[AMQP_RECEIVED].code);
        size_t mark = amqp_put_list(out);
        amqp_put_uint(out, 0);
        amqp_put_ulong(out, 0);
        amqp_put_end(out, mark, 2);
    } else if (outcome->kind >= AMQP_ACCEPTED && outcome->kind <= AMQP_MODIFIED) {
        amqp_shape_write(out, &amqp_outcome_shapes[outcome->kind], outcome);
    } else {
        amqp_put_null(out);
    }
}

/* The number or boolean behind a field; false for kinds that hold neither. */
static bool load_number(const struct amqp_field *field, const void *from, int64_t *out)
{
    switch (field->kind) {
    case AMQP_F_BOOL:
        *out = *(const bool *)from;
        return true;
    case AMQP_F_ROLE:
        *out = *(const enum amqp_role *)from == AMQP_RECEIVER;
        return true;
    case AMQP_F_UBYTE:
        *out = *(const uint8_t *)from;
        return true;
    case AMQP_F_USHORT:
        *out = *(const uint16_t *)from;
        return true;
    case AMQP_F_UINT:
        *out = *(const uint32_t *)from;
        return true;
    case AMQP_F_ULONG:
        *out = (int64_t) * (const uint64_t *)from;
        return true;
    case AMQP_F_OPTIONAL_USHORT:
    case AMQP_F_OPTIONAL_UINT:
    case AMQP_F_OPTIONAL_UBYTE:
        *out = *(const int64_t *)from;
        return true;
    default:
        return false;
    }
}

static bool is_absent(const struct amqp_field *field, const void *from)
{
    int64_t number;

    if (field->mandatory)
        return false;
    if (load_number(field, from, &number))
        return number == field->fallback;
    switch (field->kind) {
    case AMQP_F_STRING:
    case AMQP_F_SYMBOL:
    case AMQP_F_BINARY:
        return !((const struct amqp_bytes *)from)->data;
    case AMQP_F_ERROR:
        return !((const struct amqp_error *)from)->condition.data;
    case AMQP_F_SOURCE:
        return !((const struct amqp_source *)from)->present;
    case AMQP_F_TARGET:
        return !((const struct amqp_target *)from)->present;
    default:
        return ((const struct amqp_value *)from)->type == AMQP_NULL;
    }
}

static void write_text(struct base_buf *out, const struct amqp_field *field, const void *from)
{
    struct amqp_bytes text = *(const struct amqp_bytes *)from;

    if (field->kind == AMQP_F_STRING)
        amqp_put_string_n(out, text.data, text.len);
    else if (field->kind == AMQP_F_SYMBOL)
        amqp_put_symbol_n(out, text.data, text.len);
    else
        amqp_put_binary(out, text.data, text.len);
}

static void write_number(struct base_buf *out, const struct amqp_field *field, int64_t number)
{
    switch (amqp_field_types[field->kind]) {
    case AMQP_BOOLEAN:
        amqp_put_bool(out, number != 0);
        break;
    case AMQP_UBYTE:
        amqp_put_ubyte(out, (uint8_t)number);
        break;
    case AMQP_USHORT:
        amqp_put_ushort(out, (uint16_t)number);
        break;
    case AMQP_UINT:
        amqp_put_uint(out, (uint32_t)number);
        break;
    default:
        amqp_put_ulong(out, (uint64_t)number);
        break;
    }
}

static void write_field(struct base_buf *out, const struct amqp_field *field, const void *from)
{
    int64_t number;

    if (load_number(field, from, &number)) {
        write_number(out, field, number);
        return;
    }
    switch (field->kind) {
    case AMQP_F_STRING:
    case AMQP_F_SYMBOL:
    case AMQP_F_BINARY:
        write_text(out, field, from);
        break;
    case AMQP_F_ERROR:
        amqp_shape_write(out, &amqp_shape_error, from);
        break;
    case AMQP_F_SOURCE:
        amqp_shape_write(out, &amqp_shape_source, from);
        break;
    case AMQP_F_TARGET:
        if (((const struct amqp_target *)from)->coordinator)
            amqp_shape_write(out, &amqp_shape_coordinator, from);
        else
            amqp_shape_write(out, &amqp_shape_target, from);
        break;
    default:
        amqp_put_value(out, from);
        break;
    }
}
