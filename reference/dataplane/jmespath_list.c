/* Decides what JMESPath's functions of arrays and objects answer. */
#include "reference/dataplane/jmespath_parts.h"

#include "reference/dataplane/number.h"
#include "reference/dataplane/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct dp_sort_key { /* what one element is sorted by; one member is used */
    const struct dp_token *item;
    struct dp_text text;
    double number;
    int64_t integer;
    size_t place; /* equal keys keep their order */
};
typedef int (*dp_sort_order)(const void *a, const void *b);

static enum base_status merge_into(struct dp_jmes_run *run, struct dp_token *into,
                                   const struct dp_token *from);

enum base_status dp_jmes_keys(struct dp_jmes_call *call)
{
    const struct dp_children *members = &call->args[0].token->children;
    struct base_arena *arena = call->run->work->arena;
    struct dp_token *made = dp_token_new(arena, DP_ARRAY);
    enum base_status status = BASE_OK;

    for (size_t i = 0; status == BASE_OK && i < members->count; i++) {
        struct dp_token *name = dp_token_new(arena, DP_STRING);
        name->text = members->items[i].name;
        status = dp_jmes_add(call->run, made, name);
    }
    call->out = made;
    return status;
}

enum base_status dp_jmes_values(struct dp_jmes_call *call)
{
    const struct dp_children *members = &call->args[0].token->children;
    struct dp_token *made = dp_token_new(call->run->work->arena, DP_ARRAY);
    enum base_status status = BASE_OK;

    for (size_t i = 0; status == BASE_OK && i < members->count; i++)
        status = dp_jmes_add(call->run, made, members->items[i].value);
    call->out = made;
    return status;
}

enum base_status dp_jmes_to_array(struct dp_jmes_call *call)
{
    const struct dp_token *token = call->args[0].token;
    struct dp_token *made;

    call->out = token;
    if (token->type == DP_ARRAY)
        return BASE_OK;
    made = dp_token_new(call->run->work->arena, DP_ARRAY);
    call->out = made;
    return dp_jmes_add(call->run, made, token);
}

/* One result an element, null where there is none. */
enum base_status dp_jmes_map(struct dp_jmes_call *call)
{
    const struct dp_children *items = &call->args[1].token->children;
    struct dp_token *made = dp_token_new(call->run->work->arena, DP_ARRAY);
    enum base_status status = BASE_OK;

    for (size_t i = 0; status == BASE_OK && i < items->count; i++) {
        const struct dp_token *token = NULL;
        status =
            dp_jmes_eval_token(call->run, call->args[0].expression, items->items[i].value, &token);
        if (status == BASE_OK)
            status = dp_jmes_add(call->run, made, token);
    }
    call->out = made;
    return status;
}

static enum base_status copy_children(struct dp_jmes_run *run, struct dp_token *to,
                                      const struct dp_token *from)
{
    enum base_status status = BASE_OK;

    for (size_t i = 0; status == BASE_OK && i < from->children.count; i++) {
        const struct dp_member *member = &from->children.items[i];
        status = to->type == DP_ARRAY ? dp_jmes_add(run, to, member->value)
                                      : dp_jmes_set(run, to, &member->name, member->value);
    }
    return status;
}

/* Two objects merge, two arrays are put one behind the other; anything else is replaced, but not by a null. */
static enum base_status merge_member(struct dp_jmes_run *run, struct dp_token *into,
                                     const struct dp_member *given)
{
    const struct dp_member *old = dp_object_find(into, given->name.data, given->name.len);
    bool both = old && old->value->type == given->value->type &&
                (given->value->type == DP_OBJECT || given->value->type == DP_ARRAY);
    struct dp_token *made;
    enum base_status status;

    if (old && given->value->type == DP_NULL)
        return BASE_OK;
    if (!both)
        return dp_jmes_set(run, into, &given->name, given->value);
    made = dp_token_new(run->work->arena, given->value->type);
    status = copy_children(run, made, old->value);
    if (status == BASE_OK)
        status = made->type == DP_ARRAY ? copy_children(run, made, given->value)
                                        : merge_into(run, made, given->value);
    return status == BASE_OK ? dp_jmes_set(run, into, &given->name, made) : status;
}

static enum base_status merge_into(struct dp_jmes_run *run, struct dp_token *into,
                                   const struct dp_token *from)
{
    enum base_status status = dp_jmes_spend(run, 1);

    for (size_t i = 0; status == BASE_OK && i < from->children.count; i++)
        status = merge_member(run, into, &from->children.items[i]);
    return status;
}

enum base_status dp_jmes_merge(struct dp_jmes_call *call)
{
    struct dp_token *made = dp_token_new(call->run->work->arena, DP_OBJECT);
    enum base_status status = BASE_OK;

    for (size_t i = 0; status == BASE_OK && i < call->count; i++) {
        if (call->args[i].token->type != DP_OBJECT)
            return base_error_set(call->run->err, BASE_INVALID, "InvalidCastException",
                                  "Function merge expects objects; argument %zu is of type %s.", i,
                                  dp_type_name(call->args[i].token->type));
        status = merge_into(call->run, made, call->args[i].token);
    }
    call->out = made;
    return status;
}

static int by_place(const struct dp_sort_key *x, const struct dp_sort_key *y)
{
    return (x->place > y->place) - (x->place < y->place);
}

static int by_integer(const void *a, const void *b)
{
    const struct dp_sort_key *x = a, *y = b;
    int order = (x->integer > y->integer) - (x->integer < y->integer);

    return order ? order : by_place(x, y);
}

/* Not a number comes first. */
static int by_number(const void *a, const void *b)
{
    const struct dp_sort_key *x = a, *y = b;
    int order = isnan(x->number) || isnan(y->number)
                    ? (isnan(y->number) != 0) - (isnan(x->number) != 0)
                    : (x->number > y->number) - (x->number < y->number);

    return order ? order : by_place(x, y);
}

static int by_words(const void *a, const void *b)
{
    const struct dp_sort_key *x = a, *y = b;
    int order = x->text.data && y->text.data ? dp_jmes_collate(&x->text, &y->text)
                                             : (x->text.data != NULL) - (y->text.data != NULL);

    return order ? order : by_place(x, y);
}

static int by_units(const void *a, const void *b)
{
    const struct dp_sort_key *x = a, *y = b;
    int order = dp_text_compare(x->text.data, x->text.len, y->text.data, y->text.len);

    return order ? order : by_place(x, y);
}

static enum base_status keys_new(struct dp_jmes_call *call, const struct dp_children *items,
                                 struct dp_sort_key **keys)
{
    enum base_status status = dp_jmes_spend(call->run, items->count * 8);

    if (status != BASE_OK)
        return status;
    *keys = base_arena_alloc(call->run->work->arena, (items->count + 1) * sizeof **keys);
    for (size_t i = 0; i < items->count; i++) {
        (*keys)[i].item = items->items[i].value;
        (*keys)[i].place = i;
    }
    return BASE_OK;
}

/* Sorts, pays for it, and gives the elements. */
static enum base_status give_sorted(struct dp_jmes_call *call, struct dp_sort_key *keys,
                                    size_t count, dp_sort_order order)
{
    struct dp_token *made = dp_token_new(call->run->work->arena, DP_ARRAY);
    enum base_status status = BASE_OK;
    unsigned long rounds = 1;

    for (size_t rest = count; rest > 1; rest /= 2)
        rounds++;
    for (size_t i = 0; status == BASE_OK && i < count; i++)
        status = dp_jmes_spend(call->run, (1 + keys[i].text.len / 8) * rounds);
    if (status == BASE_OK && count > 1)
        qsort(keys, count, sizeof *keys, order);
    for (size_t i = 0; status == BASE_OK && i < count; i++)
        status = dp_jmes_add(call->run, made, keys[i].item);
    call->out = made;
    return status;
}

/* The first element decides how all are read: as doubles, as 32-bit integers, or as texts. */
enum base_status dp_jmes_sort(struct dp_jmes_call *call)
{
    const struct dp_children *items = &call->args[0].token->children;
    enum dp_type first = items->count ? items->items[0].value->type : DP_NULL;
    bool floats = first == DP_FLOAT, integers = first == DP_INT || first == DP_BIGINT;
    struct dp_sort_key *keys = NULL;
    enum base_status status = keys_new(call, items, &keys);

    for (size_t i = 0; status == BASE_OK && i < items->count; i++) {
        const char *type = dp_jmes_type(keys[0].item), *other = dp_jmes_type(keys[i].item);
        if (!type || !other || strcmp(type, other) != 0)
            status = dp_jmes_type_error(call, ": all items in the array must have the same type.");
    }
    for (size_t i = 0; status == BASE_OK && i < items->count; i++)
        status = floats ? dp_jmes_double(call->run, keys[i].item, &keys[i].number)
                 : integers
                     ? dp_jmes_long(call->run, keys[i].item, INT32_MIN, INT32_MAX, &keys[i].integer)
                     : dp_jmes_text(call->run, keys[i].item, &keys[i].text);
    if (status != BASE_OK)
        return status;
    return give_sorted(call, keys, items->count,
                       floats     ? by_number
                       : integers ? by_integer
                                  : by_words);
}

/* What the expression makes of one element: all numbers, or all texts. */
static enum base_status sort_key(struct dp_jmes_call *call, struct dp_sort_key *key,
                                 const struct dp_token **value)
{
    enum base_status status =
        dp_jmes_eval_token(call->run, call->args[1].expression, key->item, value);

    if (status == BASE_OK && !dp_jmes_is_number(*value) && !dp_jmes_is_text(*value))
        return dp_jmes_type_error(call,
                                  ": the expression argument should return a number or a string.");
    return status;
}

static enum base_status read_sort_key(struct dp_jmes_call *call, struct dp_sort_key *key,
                                      const struct dp_token *value, bool integers, bool dates)
{
    if (integers || dates) {
        key->integer = dates ? value->date.ticks : value->integer;
        return BASE_OK;
    }
    if (dp_jmes_is_number(value))
        return dp_jmes_double(call->run, value, &key->number);
    return dp_jmes_text(call->run, value, &key->text);
}

enum base_status dp_jmes_sort_by(struct dp_jmes_call *call)
{
    const struct dp_children *items = &call->args[0].token->children;
    const struct dp_token **values;
    struct dp_sort_key *keys = NULL;
    bool integers = true, dates = true;
    enum base_status status = keys_new(call, items, &keys);

    if (status != BASE_OK)
        return status;
    values = base_arena_alloc(call->run->work->arena, (items->count + 1) * sizeof *values);
    for (size_t i = 0; status == BASE_OK && i < items->count; i++) {
        status = sort_key(call, &keys[i], &values[i]);
        if (status == BASE_OK && dp_jmes_is_number(values[i]) != dp_jmes_is_number(values[0]))
            status = dp_jmes_type_error(call, ": all items resulting from the expression argument "
                                              "should have the same type.");
        integers = integers && status == BASE_OK && values[i]->type == DP_INT;
        dates = dates && status == BASE_OK && values[i]->type == DP_DATE;
    }
    for (size_t i = 0; status == BASE_OK && i < items->count; i++)
        status = read_sort_key(call, &keys[i], values[i], integers, dates);
    if (status != BASE_OK)
        return status;
    return give_sorted(call, keys, items->count,
                       integers || dates                              ? by_integer
                       : items->count && dp_jmes_is_number(values[0]) ? by_number
                                                                      : by_units);
}

/* A number, or a text that is one, with or without commas between thousands. */
static enum base_status number_of(struct dp_jmes_call *call, const struct dp_token *item,
                                  double *out)
{
    struct dp_sort_key key = {.item = item};
    const struct dp_token *value = NULL;
    struct base_buf plain = {0};
    enum base_status status = sort_key(call, &key, &value);

    if (status != BASE_OK || dp_jmes_is_number(value))
        return status == BASE_OK ? dp_jmes_double(call->run, value, out) : status;
    status = dp_jmes_text(call->run, value, &key.text);
    if (status == BASE_OK)
        status = dp_jmes_spend(call->run, key.text.len / 8);
    for (size_t i = 0; status == BASE_OK && i < key.text.len; i++)
        if (key.text.data[i] != ',' || i == 0)
            base_buf_putc(&plain, key.text.data[i]);
    if (status == BASE_OK &&
        (!plain.data || strlen(plain.data) != plain.len || !dp_parse_double(plain.data, out)))
        status = dp_jmes_type_error(call, ": some items could not be cast to a number when "
                                          "evaluating the expression argument.");
    base_buf_release(&plain);
    return status;
}

/* Of equals the last. A single element is not looked at. */
static enum base_status extreme_by(struct dp_jmes_call *call, int sign)
{
    const struct dp_children *items = &call->args[0].token->children;
    double best = 0, value = 0;
    enum base_status status = BASE_OK;

    if (items->count == 0)
        return base_error_set(call->run->err, BASE_INVALID, "InvalidOperationException",
                              "Sequence contains no elements: the array of function %s is empty.",
                              call->function->name);
    call->out = items->items[0].value;
    for (size_t i = 0; status == BASE_OK && items->count > 1 && i < items->count; i++) {
        status = number_of(call, items->items[i].value, &value);
        if (i > 0 && (sign > 0 ? best > value : best < value))
            continue;
        best = value;
        call->out = items->items[i].value;
    }
    return status;
}

enum base_status dp_jmes_max_by(struct dp_jmes_call *call)
{
    return extreme_by(call, 1);
}

enum base_status dp_jmes_min_by(struct dp_jmes_call *call)
{
    return extreme_by(call, -1);
}
