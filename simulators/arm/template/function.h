/* simulators/arm/template/function.h: how the standard functions are called, and what they may use. Private to the template
 * language.
 *
 * Values that a function makes are owned and handed over with arm_fn_give(); parts of its arguments are lent. Everything made
 * in an evaluation that nobody took waits in its bin and goes when the call that needed it is over. */
#ifndef SIMULATORS_ARM_TEMPLATE_FUNCTION_H
#define SIMULATORS_ARM_TEMPLATE_FUNCTION_H

#include "simulators/arm/template/syntax.h"

#include "common/text.h"

#define ARM_VALUE_DEPTH 200 /* nesting of a value that a function makes */

/* A value in an evaluation: owned by the bin (slot from 1) or by somebody who outlives the call (slot 0). */
struct arm_arg {
    const cJSON *value; /* NULL: it failed, err says why */
    size_t slot;
};

struct arm_frame { /* the variables of one call of a lambda */
    const char *const *names;
    const cJSON *const *values;
    int count;
    const struct arm_frame *outer;
};

struct arm_eval {
    const struct arm_template_scope *scope;
    struct base_arena *arena;
    struct base_error *err;
    const struct arm_frame *frames;
    int64_t *work; /* steps that are left */
    int depth;
    cJSON **bin;
    size_t count, cap;
};

struct arm_fn { /* one call */
    struct arm_eval *eval;
    const struct arm_node *node;
    const char *name;
    struct arm_arg *args; /* NULL where the function is lazy */
    int count;
    cJSON *made;       /* the result ... */
    const cJSON *lent; /* ... or the part of something that lives on */
};

enum arm_function_flags {
    ARM_FN_LAZY = 1,      /* arguments are evaluated by the function */
    ARM_FN_REFERENCE = 2, /* reference, list*: makes an implicit dependency */
};

struct arm_function {
    const char *name; /* lower case */
    int min, max;     /* arguments; max -1: any number */
    bool (*run)(struct arm_fn *fn);
    unsigned places; /* of enum arm_template_place; 0: everywhere */
    unsigned flags;
};

#define ARM_AT_DEPLOYED (ARM_AT_BODY | ARM_AT_OUTPUT)

/* ---- the tables (functions.c) ---- */
struct arm_function_table {
    const struct arm_function *rows;
    size_t count;
};
extern const struct arm_function_table arm_functions_array, arm_functions_object,
    arm_functions_lambda, arm_functions_logic, arm_functions_number, arm_functions_string,
    arm_functions_search, arm_functions_encoding, arm_functions_hash, arm_functions_format,
    arm_functions_date, arm_functions_cidr, arm_functions_uri, arm_functions_deployment,
    arm_functions_resource, arm_functions_reference, arm_functions_zone;
/* Without case; every name that begins with "list" is one. NULL: none. */
const struct arm_function *arm_function_find(const char *name);
/* The tables by number, for tests; NULL after the last. */
const struct arm_function_table *arm_function_table_at(size_t index);

/* ---- evaluating (evaluate.c) ---- */
struct arm_arg arm_eval_node(struct arm_eval *eval, const struct arm_node *node);
/* Puts a made value into the bin. */
struct arm_arg arm_eval_keep(struct arm_eval *eval, cJSON *made);
/* Takes a value out of the bin, or copies it. NULL + err when there is no work left. */
cJSON *arm_eval_own(struct arm_eval *eval, struct arm_arg arg);
/* Deletes what was put into the bin after it held `count`. */
void arm_eval_empty(struct arm_eval *eval, size_t count);
bool arm_eval_spend(struct arm_eval *eval, int64_t steps);
cJSON *arm_eval_copy(struct arm_eval *eval, const cJSON *value);
/* Sets code and sentence; returns false. */
bool arm_eval_fail(struct arm_eval *eval, const char *fmt, ...) BASE_PRINTF(2, 3);
/* Any JSON with the expressions in it (expression.c). */
cJSON *arm_eval_json(struct arm_eval *eval, const cJSON *value);
/* Whether a function may stand in this place with so many arguments. */
bool arm_eval_allowed(struct arm_eval *eval, const struct arm_node *call);
/* A member or element, for accessors and tryGet: 1 found, 0 absent, -1 refused. */
int arm_eval_select(struct arm_eval *eval, const cJSON *from, const cJSON *key, bool safe,
                    const cJSON **found);
/* name.function(...) (user.c) */
struct arm_arg arm_eval_user(struct arm_eval *eval, const struct arm_node *call);
/* The declaration; NULL + err. */
const cJSON *arm_user_find(struct arm_eval *eval, const struct arm_node *call);
bool arm_user_count(struct arm_eval *eval, const struct arm_node *call, const cJSON *function);

/* ---- what functions use ---- */
bool arm_fn_give(struct arm_fn *fn, cJSON *made); /* takes it over; true unless NULL */
bool arm_fn_give_text(struct arm_fn *fn, const char *text);
bool arm_fn_give_buf(struct arm_fn *fn, struct base_buf *buf); /* releases it */
bool arm_fn_give_int(struct arm_fn *fn, int64_t value);
bool arm_fn_give_bool(struct arm_fn *fn, bool value);
bool arm_fn_lend(struct arm_fn *fn, const cJSON *value); /* NULL: null */
/* Hands over what an argument of a lazy function was worth; false when that failed. */
bool arm_fn_pass(struct arm_fn *fn, struct arm_arg arg);
/* "Unable to evaluate template language function 'x': <sentence>. Please see ...". Returns false. */
bool arm_fn_fail(struct arm_fn *fn, const char *fmt, ...) BASE_PRINTF(2, 3);
/* "The template function 'x' is not expected at this location.": the scope has nothing for it. Returns false. */
bool arm_fn_unexpected(struct arm_fn *fn);
/* "... expects its second parameter to be of type 'Integer'. The provided value is of type 'Boolean'." types: "Integer, String".
 * Returns false. */
bool arm_fn_mistyped(struct arm_fn *fn, int index, const char *types);
/* Arguments of one type; false + err. */
bool arm_fn_text(struct arm_fn *fn, int index, const char **out);
bool arm_fn_int(struct arm_fn *fn, int index, int64_t *out);
bool arm_fn_bool(struct arm_fn *fn, int index, bool *out);
const cJSON *arm_fn_array(struct arm_fn *fn, int index);
const cJSON *arm_fn_object(struct arm_fn *fn, int index);
static inline const cJSON *arm_fn_value(const struct arm_fn *fn, int index)
{
    return fn->args[index].value;
}
cJSON *arm_fn_own(struct arm_fn *fn, int index);
/* Evaluates one argument of a lazy function. */
struct arm_arg arm_fn_eval(struct arm_fn *fn, int index);
const struct arm_node *arm_fn_node(const struct arm_fn *fn, int index);

/* ---- values (value.c) ---- */
bool arm_value_number(const cJSON *value); /* of either kind */
bool arm_value_float(const cJSON *value);  /* a number that is not whole */
double arm_value_double(const cJSON *value);
cJSON *arm_value_new_double(double value);
cJSON *arm_value_of_digits(const char *digits); /* NULL: more than 64 bits */
/* Deep, case-sensitive in texts, member names without case. */
bool arm_value_equal(const cJSON *a, const cJSON *b);
uint64_t arm_value_hash(const cJSON *value); /* equal values, equal hashes */
/* As string() has it: texts as they are, True, 5, JSON without blanks. */
void arm_value_text(const cJSON *value, struct base_buf *out);
/* As .NET orders texts: letters without case first, then small before capital. */
int arm_text_compare(const char *a, const char *b);
/* Nodes plus text; *depth the nesting. */
int64_t arm_value_weight(const cJSON *value, int *depth);

/* A set of values or of names, to stay linear. */
struct arm_index {
    struct arm_index_slot {
        uint64_t hash;
        cJSON *node;
    } * slots;
    size_t count, cap;
};
void arm_index_release(struct arm_index *index);
/* The node that equals, or NULL after adding this one. */
cJSON *arm_index_put(struct arm_index *index, cJSON *node);
cJSON *arm_index_find(const struct arm_index *index, const cJSON *like);
/* The same by member name (node->string). */
cJSON *arm_index_put_name(struct arm_index *index, cJSON *node);
cJSON *arm_index_find_name(const struct arm_index *index, const char *name);
/* Forgets the old node of that name for the new one. */
void arm_index_replace_name(struct arm_index *index, cJSON *node);

/* ---- texts in UTF-16 units, as .NET counts (unicode.c) ---- */
size_t arm_units(const char *text);
/* The byte where a unit begins; the end when there are fewer. */
size_t arm_units_offset(const char *text, size_t unit);
size_t arm_units_before(const char *text, size_t byte); /* units in front of a byte */
void arm_unicode_case(const char *text, bool upper, struct base_buf *out);

#endif
