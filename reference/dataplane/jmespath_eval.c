/* Decides what a JMESPath expression makes of a token: null, tokens and projections. */
#include "reference/dataplane/jmespath_parts.h"

/* An expression applies to a token. Applied to a projection it applies to each element, and what is missing then drops out;
 * a null that was written stays. A projection lasts until a pipe, a comparison or an argument makes it an array. */

#define MADE_COST 8 /* of a part that makes a token or a projection, against one that only looks */

static enum base_status apply(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                              const struct dp_jmes_value *input, struct dp_jmes_value *out);

typedef enum base_status (*dp_jmes_evaluator)(struct dp_jmes_run *run,
                                              const struct dp_jmes_node *node,
                                              const struct dp_token *input,
                                              struct dp_jmes_value *out);
static const dp_jmes_evaluator evaluators[];

enum base_status dp_jmes_eval(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                              const struct dp_token *input, struct dp_jmes_value *out)
{
    bool makes = node->kind >= DP_JMES_SLICE && node->kind <= DP_JMES_FUNCTION;
    enum base_status status = dp_jmes_spend(run, makes ? MADE_COST : 1);

    *out = (struct dp_jmes_value){.token = &dp_jmes_missing};
    return status == BASE_OK ? evaluators[node->kind](run, node, input, out) : status;
}

enum base_status dp_jmes_eval_token(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                                    const struct dp_token *input, const struct dp_token **out)
{
    struct dp_jmes_value value = {0};
    enum base_status status = dp_jmes_eval(run, node, input, &value);

    *out = &dp_jmes_missing;
    return status == BASE_OK ? dp_jmes_as_token(run, &value, out) : status;
}

static void give_list(struct dp_jmes_value *out, struct dp_jmes_list *list)
{
    *out = (struct dp_jmes_value){.list = list};
}

static enum base_status apply_to_each(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                                      const struct dp_jmes_list *input, struct dp_jmes_value *out)
{
    struct dp_jmes_list *list = dp_jmes_list_new(run);
    enum base_status status = dp_jmes_spend(run, MADE_COST);

    for (size_t i = 0; status == BASE_OK && i < input->count; i++) {
        struct dp_jmes_value item = {0};
        status = apply(run, node, &input->items[i], &item);
        if (status == BASE_OK && item.token != &dp_jmes_missing)
            status = dp_jmes_list_add(run, list, &item);
    }
    give_list(out, list);
    return status;
}

/* Flatten alone takes a projection as the array it would be. */
static enum base_status apply(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                              const struct dp_jmes_value *input, struct dp_jmes_value *out)
{
    const struct dp_token *token = input->token;
    enum base_status status = BASE_OK;

    if (input->list && node->kind != DP_JMES_FLATTEN)
        return apply_to_each(run, node, input->list, out);
    if (input->list)
        status = dp_jmes_as_token(run, input, &token);
    return status == BASE_OK ? dp_jmes_eval(run, node, token, out) : status;
}

static enum base_status eval_current(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                                     const struct dp_token *input, struct dp_jmes_value *out)
{
    (void)run;
    (void)node;
    out->token = input;
    return BASE_OK;
}

static enum base_status eval_identifier(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                                        const struct dp_token *input, struct dp_jmes_value *out)
{
    const struct dp_member *member = dp_object_find(input, node->name.data, node->name.len);

    if (member)
        out->token = member->value;
    return dp_jmes_spend(run, node->name.len / 64);
}

static enum base_status eval_literal(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                                     const struct dp_token *input, struct dp_jmes_value *out)
{
    (void)run;
    (void)input;
    out->token = node->value;
    return BASE_OK;
}

static enum base_status eval_chain(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                                   const struct dp_token *input, struct dp_jmes_value *out)
{
    struct dp_jmes_value left = {0};
    enum base_status status = dp_jmes_eval(run, node->left, input, &left);

    if (status == BASE_OK && (left.list || left.token->type != DP_NULL))
        return apply(run, node->right, &left, out);
    out->token = left.token;
    return status;
}

static enum base_status eval_pipe(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                                  const struct dp_token *input, struct dp_jmes_value *out)
{
    const struct dp_token *left = NULL;
    enum base_status status = dp_jmes_eval_token(run, node->left, input, &left);

    return status == BASE_OK ? dp_jmes_eval(run, node->right, left, out) : status;
}

static enum base_status eval_index(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                                   const struct dp_token *input, struct dp_jmes_value *out)
{
    int64_t count = input->type == DP_ARRAY ? (int64_t)input->children.count : 0;
    int64_t at = node->index < 0 ? count + node->index : node->index;

    (void)run;
    if (at >= 0 && at < count)
        out->token = input->children.items[at].value;
    return BASE_OK;
}

/* Walks from start by step, and takes what lies in the array; steps outside of it are made at once. */
static enum base_status eval_slice(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                                   const struct dp_token *input, struct dp_jmes_value *out)
{
    int64_t count, step = node->has[2] ? node->part[2] : 1, at, stop;
    struct dp_jmes_list *list;
    enum base_status status = BASE_OK;

    if (input->type != DP_ARRAY)
        return BASE_OK;
    count = (int64_t)input->children.count;
    at = node->has[0] ? node->part[0] + (node->part[0] < 0 ? count : 0) : step > 0 ? 0 : count - 1;
    stop = node->has[1] ? node->part[1] + (node->part[1] < 0 ? count : 0) : step > 0 ? count : -1;
    if (step > 0 && at < 0)
        at += (-at + step - 1) / step * step;
    if (step < 0 && at >= count)
        at -= (at - count - step) / -step * -step;
    list = dp_jmes_list_new(run);
    for (; status == BASE_OK && at >= 0 && at < count && (step > 0 ? at < stop : at > stop);
         at += step)
        status = dp_jmes_list_add_token(run, list, input->children.items[at].value);
    give_list(out, list);
    return status;
}

/* Elements of an array that are not null. */
static enum base_status eval_list_wildcard(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                                           const struct dp_token *input, struct dp_jmes_value *out)
{
    struct dp_jmes_list *list;
    enum base_status status = BASE_OK;

    (void)node;
    if (input->type != DP_ARRAY)
        return BASE_OK;
    list = dp_jmes_list_new(run);
    for (size_t i = 0; status == BASE_OK && i < input->children.count; i++)
        if (input->children.items[i].value->type != DP_NULL)
            status = dp_jmes_list_add_token(run, list, input->children.items[i].value);
    give_list(out, list);
    return status;
}

/* Values of an object, nulls too. */
static enum base_status eval_hash_wildcard(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                                           const struct dp_token *input, struct dp_jmes_value *out)
{
    struct dp_jmes_list *list;
    enum base_status status = BASE_OK;

    (void)node;
    if (input->type != DP_OBJECT)
        return BASE_OK;
    list = dp_jmes_list_new(run);
    for (size_t i = 0; status == BASE_OK && i < input->children.count; i++)
        status = dp_jmes_list_add_token(run, list, input->children.items[i].value);
    give_list(out, list);
    return status;
}

static enum base_status eval_filter(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                                    const struct dp_token *input, struct dp_jmes_value *out)
{
    struct dp_jmes_list *list;
    enum base_status status = BASE_OK;

    if (input->type != DP_ARRAY)
        return BASE_OK;
    list = dp_jmes_list_new(run);
    for (size_t i = 0; status == BASE_OK && i < input->children.count; i++) {
        const struct dp_token *item = input->children.items[i].value, *holds = NULL;
        status = dp_jmes_eval_token(run, node->left, item, &holds);
        if (status == BASE_OK && !dp_jmes_false(holds))
            status = dp_jmes_list_add_token(run, list, item);
    }
    give_list(out, list);
    return status;
}

static enum base_status flatten_into(struct dp_jmes_run *run, struct dp_jmes_list *list,
                                     const struct dp_token *array, bool nested)
{
    enum base_status status = BASE_OK;

    for (size_t i = 0; status == BASE_OK && i < array->children.count; i++) {
        const struct dp_token *item = array->children.items[i].value;
        if (item->type == DP_ARRAY && !nested)
            status = flatten_into(run, list, item, true);
        else if (item->type != DP_NULL)
            status = dp_jmes_list_add_token(run, list, item);
    }
    return status;
}

static enum base_status eval_flatten(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                                     const struct dp_token *input, struct dp_jmes_value *out)
{
    struct dp_jmes_list *list;

    (void)node;
    if (input->type != DP_ARRAY)
        return BASE_OK;
    list = dp_jmes_list_new(run);
    give_list(out, list);
    return flatten_into(run, list, input, false);
}

static enum base_status eval_multi(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                                   const struct dp_token *input, struct dp_jmes_value *out)
{
    bool hash = node->kind == DP_JMES_MULTI_HASH;
    struct dp_token *made = dp_token_new(run->work->arena, hash ? DP_OBJECT : DP_ARRAY);
    enum base_status status = BASE_OK;

    for (size_t i = 0; status == BASE_OK && i < node->count; i++) {
        const struct dp_jmes_item *item = &node->items[i];
        const struct dp_token *token = NULL;
        status = dp_jmes_eval_token(run, item->node, input, &token);
        if (status == BASE_OK && !hash)
            status = dp_jmes_add(run, made, token);
        else if (status == BASE_OK)
            status = dp_jmes_set(run, made, &item->key, token);
    }
    out->token = made;
    return status;
}

static enum base_status eval_function(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                                      const struct dp_token *input, struct dp_jmes_value *out)
{
    struct dp_jmes_arg *args;
    enum base_status status = dp_jmes_spend(run, node->count);

    if (status != BASE_OK)
        return status;
    args = base_arena_alloc(run->work->arena, (node->count + 1) * sizeof *args);
    for (size_t i = 0; status == BASE_OK && i < node->count; i++) {
        if (node->items[i].node->reference)
            args[i].expression = node->items[i].node;
        else
            status = dp_jmes_eval_token(run, node->items[i].node, input, &args[i].token);
    }
    return status == BASE_OK ? dp_jmes_call(run, node->function, args, node->count, &out->token)
                             : status;
}

/* The side that decides is the result, as it is: a projection stays one. */
static enum base_status eval_logic(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                                   const struct dp_token *input, struct dp_jmes_value *out)
{
    enum base_status status = dp_jmes_eval(run, node->left, input, out);
    bool holds;

    if (status != BASE_OK)
        return status;
    holds = out->list ? out->list->count > 0 : !dp_jmes_false(out->token);
    return holds == (node->kind == DP_JMES_AND) ? dp_jmes_eval(run, node->right, input, out)
                                                : BASE_OK;
}

static enum base_status eval_not(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                                 const struct dp_token *input, struct dp_jmes_value *out)
{
    struct dp_jmes_value value = {0};
    enum base_status status = dp_jmes_eval(run, node->left, input, &value);

    if (status == BASE_OK)
        out->token = dp_jmes_bool(value.list ? value.list->count == 0 : dp_jmes_false(value.token));
    return status;
}

static enum base_status eval_compare(struct dp_jmes_run *run, const struct dp_jmes_node *node,
                                     const struct dp_token *input, struct dp_jmes_value *out)
{
    const struct dp_token *left = NULL, *right = NULL;
    enum base_status status = dp_jmes_eval_token(run, node->left, input, &left);

    if (status == BASE_OK)
        status = dp_jmes_eval_token(run, node->right, input, &right);
    return status == BASE_OK ? dp_jmes_compare(run, node->compare, left, right, &out->token)
                             : status;
}

static const dp_jmes_evaluator evaluators[] = {
    [DP_JMES_CURRENT] = eval_current,
    [DP_JMES_IDENTIFIER] = eval_identifier,
    [DP_JMES_LITERAL] = eval_literal,
    [DP_JMES_CHAIN] = eval_chain,
    [DP_JMES_PIPE] = eval_pipe,
    [DP_JMES_INDEX] = eval_index,
    [DP_JMES_SLICE] = eval_slice,
    [DP_JMES_LIST_WILDCARD] = eval_list_wildcard,
    [DP_JMES_HASH_WILDCARD] = eval_hash_wildcard,
    [DP_JMES_FILTER] = eval_filter,
    [DP_JMES_FLATTEN] = eval_flatten,
    [DP_JMES_MULTI_LIST] = eval_multi,
    [DP_JMES_MULTI_HASH] = eval_multi,
    [DP_JMES_FUNCTION] = eval_function,
    [DP_JMES_AND] = eval_logic,
    [DP_JMES_OR] = eval_logic,
    [DP_JMES_NOT] = eval_not,
    [DP_JMES_COMPARE] = eval_compare,
};
