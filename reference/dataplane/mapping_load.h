/* reference/dataplane/mapping_load.h: what both kinds of mapping share when they are loaded; for *_mapping.c and
 * *_template.c only. Tables of members stand for the classes that the original deserialises into. */
#ifndef REFERENCE_DATAPLANE_MAPPING_LOAD_H
#define REFERENCE_DATAPLANE_MAPPING_LOAD_H

#include "reference/dataplane/mapping_errors.h"
#include "reference/dataplane/token.h"

struct dp_load { /* one mapping while it is loaded */
    struct dp_mapping_errors *errors;
    struct base_arena *arena; /* of the mapping */
    int index;                /* of the template */
    char path[160];           /* of the member at hand */
    void *mapping;            /* the loader's own */
    int language;             /* default expression language of the template */
};

struct dp_field;
/* Reads `value` into `target` (the structure that dp_populate fills). */
typedef void (*dp_field_read)(struct dp_load *load, const struct dp_field *field,
                              const struct dp_token *value, void *target);
struct dp_field {
    const char *name;   /* as written in a mapping: "typeName" */
    bool required;      /* absent or null is an error */
    bool reads_null;    /* null goes to `read` (which refuses it) instead of meaning "absent" */
    dp_field_read read; /* NULL: known, not used */
    size_t offset;      /* of the member in the target, for the common readers */
};
struct dp_class {
    const char *name; /* the original's class name: "CalculatedFunctionContentTemplate" */
    const struct dp_field *fields;
    size_t count;
    bool tolerant; /* unknown members are ignored */
};

/* Parses the text and checks the root; NULL after an error. `root` is the canonical root type. */
const struct dp_token *dp_load_root(struct dp_load *load, const char *text, size_t len,
                                    const char *root);
/* templateType of an element as text; "Not Found" when absent. NULL + error when the element is no object. */
const char *dp_load_type(struct dp_load *load, const struct dp_token *element);
/* The template object of an element; NULL + error when it is none. */
const struct dp_token *dp_load_template(struct dp_load *load, const struct dp_token *element,
                                        const char *canonical);
/* "given" or "given" + "Template" equals the canonical type, without case. */
bool dp_type_is(const char *given, const char *canonical);

/* Reads an object's members by the class's table; unknown, missing and null ones become errors. */
void dp_populate(struct dp_load *load, const struct dp_class *class, const struct dp_token *object,
                 void *target);
/* For each element of a list member: enters "name[i]", checks that it is an object, populates targets[i] of `size` bytes.
 * Returns the new array in the mapping's arena; *count its length; NULL + error when `value` is no array. */
void *dp_populate_list(struct dp_load *load, const struct dp_field *field,
                       const struct dp_token *value, const struct dp_class *class, size_t size,
                       size_t *count);

/* Common readers: a const char * at field->offset (numbers and booleans become text), a bool. */
void dp_read_text(struct dp_load *load, const struct dp_field *field, const struct dp_token *value,
                  void *target);
void dp_read_bool(struct dp_load *load, const struct dp_field *field, const struct dp_token *value,
                  void *target);
/* The text that a scalar token becomes in a string member; NULL for a container or null. */
const char *dp_scalar_text(struct base_arena *arena, const struct dp_token *value);

/* Records an error at `place` (NULL: no position). */
void dp_load_error(struct dp_load *load, const struct dp_token *place, const char *fmt, ...)
    BASE_PRINTF(3, 4);
/* "Error converting value <json> to type '<type>'." */
void dp_load_bad_value(struct dp_load *load, const struct dp_token *value, const char *type);

#endif
