/* amqp/wire.h (this room only): composite types as tables: one reader and one writer for all of
 * them. */
#ifndef AMQP_WIRE_H
#define AMQP_WIRE_H

#include "amqp/performative.h"

/* How a field is kept in its struct. */
enum amqp_field_kind {
    AMQP_F_BOOL,            /* bool */
    AMQP_F_ROLE,            /* boolean on the wire, enum amqp_role */
    AMQP_F_UBYTE,           /* uint8_t */
    AMQP_F_USHORT,          /* uint16_t */
    AMQP_F_UINT,            /* uint32_t */
    AMQP_F_ULONG,           /* uint64_t */
    AMQP_F_OPTIONAL_USHORT, /* int64_t, -1 when absent */
    AMQP_F_OPTIONAL_UINT,   /* int64_t, -1 when absent */
    AMQP_F_OPTIONAL_UBYTE,  /* int64_t, -1 when absent */
    AMQP_F_STRING,          /* struct amqp_bytes */
    AMQP_F_SYMBOL,
    AMQP_F_BINARY,
    AMQP_F_ANY,      /* struct amqp_value */
    AMQP_F_MAP,      /* struct amqp_value: MAP or NULL */
    AMQP_F_MULTIPLE, /* struct amqp_value: a symbol, an array of symbols, or NULL */
    AMQP_F_ERROR,    /* struct amqp_error */
    AMQP_F_SOURCE,   /* struct amqp_source */
    AMQP_F_TARGET,   /* struct amqp_target */
};

struct amqp_field {
    const char *name;
    uint8_t kind;
    bool mandatory;
    uint16_t offset;
    int64_t fallback; /* numbers and booleans: the specification's default; not written when equal
                         and not mandatory */
};

struct amqp_shape {
    const char *name, *symbol; /* "attach", "amqp:attach:list" */
    uint64_t code;
    const struct amqp_field *fields;
    size_t count;
};

extern const struct amqp_shape amqp_shape_open, amqp_shape_begin, amqp_shape_attach,
    amqp_shape_flow, amqp_shape_transfer, amqp_shape_disposition, amqp_shape_detach, amqp_shape_end,
    amqp_shape_close;
extern const struct amqp_shape amqp_shape_sasl_mechanisms, amqp_shape_sasl_init,
    amqp_shape_sasl_outcome;

/* Types nested in them. */
extern const struct amqp_shape amqp_shape_error, amqp_shape_source, amqp_shape_target,
    amqp_shape_coordinator;
extern const struct amqp_shape
    amqp_outcome_shapes[]; /* by enum amqp_outcome_kind, RECEIVED to MODIFIED */
extern const enum amqp_type
    amqp_field_types[]; /* by enum amqp_field_kind; AMQP_NULL: decided by code */

struct amqp_sasl_mechanisms {
    struct amqp_value mechanisms;
};
struct amqp_sasl_init {
    struct amqp_bytes mechanism, response, hostname;
};
struct amqp_sasl_outcome {
    uint8_t code;
    struct amqp_bytes additional_data;
};

/* Sets every field of `out` to its default. */
void amqp_shape_defaults(const struct amqp_shape *shape, void *out);
/* Reads the list of a composite. Fails: BASE_PROTOCOL with code AMQP_E_DECODE or
 * AMQP_E_INVALID_FIELD. */
BASE_MUST_USE enum base_status amqp_shape_read(const struct amqp_shape *shape,
                                               const struct amqp_value *list, void *out,
                                               struct base_error *err);
/* Writes descriptor and list, leaving out trailing absent fields. */
void amqp_shape_write(struct base_buf *out, const struct amqp_shape *shape, const void *from);
bool amqp_shape_is(const struct amqp_shape *shape, const struct amqp_value *descriptor);

/* Delivery states. An absent state is AMQP_NO_OUTCOME. */
BASE_MUST_USE enum base_status amqp_outcome_read(const struct amqp_value *state,
                                                 struct amqp_outcome *out, struct base_error *err);
void amqp_outcome_write(struct base_buf *out, const struct amqp_outcome *outcome);

#endif
