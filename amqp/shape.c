/* Decides how a composite type is read from its list, by its table of fields. */
#include "amqp/wire.h"

#include <string.h>

static enum base_status read_field(const struct amqp_shape *shape, const struct amqp_field *field,
                                   const struct amqp_value *value, void *to,
                                   struct base_error *err);
static void default_field(const struct amqp_field *field, void *to);

void amqp_shape_defaults(const struct amqp_shape *shape, void *out)
{
    for (size_t i = 0; i < shape->count; i++)
        default_field(&shape->fields[i], (char *)out + shape->fields[i].offset);
}

static enum base_status read_fields(const struct amqp_shape *shape, const struct amqp_value *list,
                                    void *out, struct base_error *err)
{
    struct amqp_items items;
    struct amqp_value value;

    amqp_items_init(&items, list);
    for (size_t i = 0; i < shape->count; i++) {
        const struct amqp_field *field = &shape->fields[i];
        void *to = (char *)out + field->offset;
        if (!amqp_items_next(&items, &value))
            value.type = AMQP_NULL;
        if (items.cursor.fault)
            return base_error_set(err, BASE_PROTOCOL, AMQP_E_DECODE, "%s: field '%s': %s",
                                  shape->name, field->name, items.cursor.fault);
        if (value.type == AMQP_NULL && field->mandatory)
            return base_error_set(err, BASE_PROTOCOL, AMQP_E_INVALID_FIELD,
                                  "%s: mandatory field '%s' is missing", shape->name, field->name);
        if (value.type == AMQP_NULL)
            default_field(field, to);
        else if (read_field(shape, field, &value, to, err))
            return BASE_PROTOCOL;
    }
    return BASE_OK;
}

enum base_status amqp_shape_read(const struct amqp_shape *shape, const struct amqp_value *list,
                                 void *out, struct base_error *err)
{
    if (list->type != AMQP_LIST)
        return base_error_set(err, BASE_PROTOCOL, AMQP_E_DECODE, "%s is of type %s, list expected",
                              shape->name, amqp_type_name(list->type));
    if (list->count > shape->count)
        return base_error_set(err, BASE_PROTOCOL, AMQP_E_DECODE,
                              "%s has %u fields, at most %zu expected", shape->name, list->count,
                              shape->count);
    return read_fields(shape, list, out, err);
}

bool amqp_shape_is(const struct amqp_shape *shape, const struct amqp_value *descriptor)
{
    if (descriptor->type == AMQP_ULONG)
        return descriptor->as.number == shape->code;
    return descriptor->type == AMQP_SYMBOL && amqp_value_is(descriptor, shape->symbol);
}

enum base_status amqp_outcome_read(const struct amqp_value *state, struct amqp_outcome *out,
                                   struct base_error *err)
{
    struct amqp_value descriptor, list;

    memset(out, 0, sizeof *out);
    if (state->type == AMQP_NULL)
        return BASE_OK;
    if (!amqp_described(state, &descriptor, &list))
        return base_error_set(err, BASE_PROTOCOL, AMQP_E_DECODE,
                              "a delivery state is of type %s, described list expected",
                              amqp_type_name(state->type));
    out->kind = AMQP_UNKNOWN_OUTCOME;
    for (int kind = AMQP_RECEIVED; kind <= AMQP_MODIFIED; kind++) {
        const struct amqp_shape *shape = &amqp_outcome_shapes[kind];
        if (!amqp_shape_is(shape, &descriptor))
            continue;
        out->kind = (enum amqp_outcome_kind)kind;
        return shape->fields ? amqp_shape_read(shape, &list, out, err) : BASE_OK;
    }
    return BASE_OK;
}

/* -- fields -- */

static void default_field(const struct amqp_field *field, void *to)
{
    switch (field->kind) {
    case AMQP_F_BOOL:
        *(bool *)to = field->fallback != 0;
        break;
    case AMQP_F_ROLE:
        *(enum amqp_role *)to = AMQP_SENDER;
        break;
    case AMQP_F_UBYTE:
        *(uint8_t *)to = (uint8_t)field->fallback;
        break;
    case AMQP_F_USHORT:
        *(uint16_t *)to = (uint16_t)field->fallback;
        break;
    case AMQP_F_UINT:
        *(uint32_t *)to = (uint32_t)field->fallback;
        break;
    case AMQP_F_ULONG:
        *(uint64_t *)to = (uint64_t)field->fallback;
        break;
    case AMQP_F_OPTIONAL_USHORT:
    case AMQP_F_OPTIONAL_UINT:
    case AMQP_F_OPTIONAL_UBYTE:
        *(int64_t *)to = -1;
        break;
    case AMQP_F_STRING:
    case AMQP_F_SYMBOL:
    case AMQP_F_BINARY:
        *(struct amqp_bytes *)to = (struct amqp_bytes){0};
        break;
    case AMQP_F_ERROR:
        *(struct amqp_error *)to = (struct amqp_error){0};
        break;
    case AMQP_F_SOURCE:
        *(struct amqp_source *)to = (struct amqp_source){0};
        break;
    case AMQP_F_TARGET:
        *(struct amqp_target *)to = (struct amqp_target){0};
        break;
    default:
        *(struct amqp_value *)to = amqp_null();
        break;
    }
}

static enum base_status wrong_type(const struct amqp_shape *shape, const struct amqp_field *field,
                                   const struct amqp_value *value, struct base_error *err)
{
    const char *expected = field->kind == AMQP_F_MULTIPLE
                               ? "symbol or array"
                               : amqp_type_name(amqp_field_types[field->kind]);

    return base_error_set(err, BASE_PROTOCOL, AMQP_E_DECODE,
                          "%s: field '%s' is of type %s, %s expected", shape->name, field->name,
                          amqp_type_name(value->type), expected);
}

static enum base_status read_nested(const struct amqp_shape *nested, const struct amqp_value *value,
                                    void *to, struct base_error *err)
{
    struct amqp_value descriptor, list;

    if (!amqp_described(value, &descriptor, &list) || !amqp_shape_is(nested, &descriptor))
        return base_error_set(err, BASE_PROTOCOL, AMQP_E_DECODE, "a described %s was expected",
                              nested->name);
    return amqp_shape_read(nested, &list, to, err);
}

static enum base_status read_target(const struct amqp_value *value, struct amqp_target *to,
                                    struct base_error *err)
{
    struct amqp_value descriptor, list;

    *to = (struct amqp_target){.present = true};
    if (amqp_described(value, &descriptor, &list) &&
        amqp_shape_is(&amqp_shape_coordinator, &descriptor)) {
        to->coordinator = true;
        return amqp_shape_read(&amqp_shape_coordinator, &list, to, err);
    }
    return read_nested(&amqp_shape_target, value, to, err);
}

static enum base_status read_composite(const struct amqp_field *field,
                                       const struct amqp_value *value, void *to,
                                       struct base_error *err)
{
    if (field->kind == AMQP_F_ERROR)
        return read_nested(&amqp_shape_error, value, to, err);
    if (field->kind == AMQP_F_TARGET)
        return read_target(value, to, err);
    ((struct amqp_source *)to)->present = true;
    return read_nested(&amqp_shape_source, value, to, err);
}

static enum base_status read_value(const struct amqp_shape *shape, const struct amqp_field *field,
                                   const struct amqp_value *value, void *to, struct base_error *err)
{
    const char *fault;

    if (field->kind == AMQP_F_MULTIPLE && value->type != AMQP_SYMBOL && value->type != AMQP_ARRAY)
        return wrong_type(shape, field, value, err);
    if (!amqp_check(value, &fault))
        return base_error_set(err, BASE_PROTOCOL, AMQP_E_DECODE, "%s: field '%s': %s", shape->name,
                              field->name, fault);
    *(struct amqp_value *)to = *value;
    return BASE_OK;
}

static enum base_status read_text(const struct amqp_shape *shape, const struct amqp_field *field,
                                  const struct amqp_value *value, void *to, struct base_error *err)
{
    const char *fault;

    if (!amqp_check(value, &fault))
        return base_error_set(err, BASE_PROTOCOL, AMQP_E_DECODE, "%s: field '%s': %s", shape->name,
                              field->name, fault);
    *(struct amqp_bytes *)to = value->bytes;
    return BASE_OK;
}

static enum base_status read_field(const struct amqp_shape *shape, const struct amqp_field *field,
                                   const struct amqp_value *value, void *to, struct base_error *err)
{
    enum amqp_type expected = amqp_field_types[field->kind];

    if (expected != AMQP_NULL && value->type != expected)
        return wrong_type(shape, field, value, err);
    switch (field->kind) {
    case AMQP_F_BOOL:
        *(bool *)to = value->as.boolean;
        return BASE_OK;
    case AMQP_F_ROLE:
        *(enum amqp_role *)to = value->as.boolean ? AMQP_RECEIVER : AMQP_SENDER;
        return BASE_OK;
    case AMQP_F_UBYTE:
        *(uint8_t *)to = (uint8_t)value->as.number;
        return BASE_OK;
    case AMQP_F_USHORT:
        *(uint16_t *)to = (uint16_t)value->as.number;
        return BASE_OK;
    case AMQP_F_UINT:
        *(uint32_t *)to = (uint32_t)value->as.number;
        return BASE_OK;
    case AMQP_F_ULONG:
        *(uint64_t *)to = value->as.number;
        return BASE_OK;
    case AMQP_F_OPTIONAL_USHORT:
    case AMQP_F_OPTIONAL_UINT:
    case AMQP_F_OPTIONAL_UBYTE:
        *(int64_t *)to = (int64_t)value->as.number;
        return BASE_OK;
    case AMQP_F_STRING:
    case AMQP_F_SYMBOL:
    case AMQP_F_BINARY:
        return read_text(shape, field, value, to, err);
    case AMQP_F_ERROR:
    case AMQP_F_SOURCE:
    case AMQP_F_TARGET:
        return read_composite(field, value, to, err);
    default:
        return read_value(shape, field, value, to, err);
    }
}
