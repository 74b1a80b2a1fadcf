/* Decides how results are kept, grown and handed out: tokens, projections, arrays under construction. */
#include "reference/dataplane/jmespath_parts.h"

#include <string.h>

#define ITEM_COST 4 /* of an element that is made, against a token that is only visited */

const struct dp_token dp_jmes_missing = {.type = DP_NULL};
static const struct dp_token plain_null = {.type = DP_NULL};
static const struct dp_token plain_true = {.type = DP_BOOL, .boolean = true};
static const struct dp_token plain_false = {.type = DP_BOOL};

/* Pays for a result as whoever prints or walks it will: tokens share their parts, so a small result may be an endless one to print. */
static enum base_status charge_result(struct dp_jmes_run *run, const struct dp_token *token)
{
    bool text = token->type == DP_STRING || token->type == DP_BIGINT;
    enum base_status status = dp_jmes_spend(run, text ? token->text.len / 64 : 1);

    for (size_t i = 0; status == BASE_OK && dp_is_container(token) && i < token->children.count;
         i++)
        status = charge_result(run, token->children.items[i].value);
    return status;
}

enum base_status dp_jmes_evaluate(const dp_jmes_t *expression, const struct dp_token *root,
                                  struct dp_work *work, const struct dp_token **out,
                                  struct base_error *err)
{
    struct dp_jmes_run run = {work, err};
    enum base_status status = dp_jmes_eval_token(&run, expression->root, root, out);

    return status == BASE_OK ? charge_result(&run, *out) : status;
}

enum base_status dp_jmes_each(const dp_jmes_t *expression, const struct dp_token *root,
                              struct dp_work *work, dp_path_emit emit, void *context,
                              struct base_error *err)
{
    struct dp_jmes_run run = {work, err};
    struct dp_jmes_value value = {0};
    const struct dp_token *token = NULL;
    enum base_status status = dp_jmes_eval(&run, expression->root, root, &value);

    if (status == BASE_OK && !value.list && value.token->type != DP_NULL) {
        status = charge_result(&run, value.token);
        return status == BASE_OK ? emit(context, value.token) : status;
    }
    for (size_t i = 0; status == BASE_OK && value.list && i < value.list->count; i++) {
        status = dp_jmes_as_token(&run, &value.list->items[i], &token);
        if (status == BASE_OK)
            status = charge_result(&run, token);
        if (status == BASE_OK)
            status = emit(context, token);
    }
    return status;
}

enum base_status dp_jmes_one(const dp_jmes_t *expression, const struct dp_token *root,
                             struct dp_work *work, const struct dp_token **out,
                             struct base_error *err)
{
    struct dp_jmes_run run = {work, err};
    struct dp_jmes_value value = {0};
    enum base_status status = dp_jmes_eval(&run, expression->root, root, &value);

    if (status == BASE_OK && value.list && value.list->count > 1)
        return base_error_set(err, BASE_INVALID, "TemplateExpressionException",
                              "%zu tokens were returned where one is expected.", value.list->count);
    if (status == BASE_OK)
        status = dp_jmes_as_token(&run, &value, out);
    if (status == BASE_OK)
        status = charge_result(&run, *out);
    if (status == BASE_OK && (*out)->type == DP_NULL)
        *out = NULL;
    return status;
}

const struct dp_token *dp_jmes_bool(bool value)
{
    return value ? &plain_true : &plain_false;
}

enum base_status dp_jmes_spend(struct dp_jmes_run *run, unsigned long amount)
{
    if (run->work->left < amount)
        return base_error_set(run->err, BASE_TOO_LARGE, "WorkLimitExceeded",
                              "The expression does more work on this event than allowed (%lu).",
                              DP_WORK_DEFAULT);
    run->work->left -= amount;
    return BASE_OK;
}

enum base_status dp_jmes_add(struct dp_jmes_run *run, struct dp_token *array,
                             const struct dp_token *token)
{
    enum base_status status = dp_jmes_spend(run, ITEM_COST);

    if (status == BASE_OK) /* tokens are immutable: an array only borrows its elements */
        dp_array_add(run->work->arena, array,
                     (struct dp_token *)(token == &dp_jmes_missing ? &plain_null : token));
    return status;
}

enum base_status dp_jmes_set(struct dp_jmes_run *run, struct dp_token *object,
                             const struct dp_text *name, const struct dp_token *token)
{
    enum base_status status = dp_jmes_spend(run, ITEM_COST + name->len / 8);

    if (status == BASE_OK)
        (void)dp_object_set(run->work->arena, object, name->data, name->len,
                            (struct dp_token *)(token == &dp_jmes_missing ? &plain_null : token));
    return status;
}

enum base_status dp_jmes_as_token(struct dp_jmes_run *run, const struct dp_jmes_value *value,
                                  const struct dp_token **out)
{
    struct dp_token *array;
    enum base_status status = BASE_OK;

    if (!value->list) {
        *out = value->token;
        return BASE_OK;
    }
    array = dp_token_new(run->work->arena, DP_ARRAY);
    for (size_t i = 0; status == BASE_OK && i < value->list->count; i++) {
        const struct dp_token *item = NULL;
        status = dp_jmes_as_token(run, &value->list->items[i], &item);
        if (status == BASE_OK)
            status = dp_jmes_add(run, array, item);
    }
    *out = array;
    return status;
}

struct dp_jmes_list *dp_jmes_list_new(struct dp_jmes_run *run)
{
    return base_arena_alloc(run->work->arena, sizeof(struct dp_jmes_list));
}

enum base_status dp_jmes_list_add(struct dp_jmes_run *run, struct dp_jmes_list *list,
                                  const struct dp_jmes_value *value)
{
    enum base_status status = dp_jmes_spend(run, ITEM_COST);

    if (status != BASE_OK)
        return status;
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 4;
        struct dp_jmes_value *items = base_arena_alloc(run->work->arena, capacity * sizeof *items);
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = *value;
    return BASE_OK;
}

enum base_status dp_jmes_list_add_token(struct dp_jmes_run *run, struct dp_jmes_list *list,
                                        const struct dp_token *token)
{
    struct dp_jmes_value value = {.token = token};

    return dp_jmes_list_add(run, list, &value);
}
