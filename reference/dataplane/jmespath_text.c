/* Decides what JMESPath's functions of texts answer; positions and lengths count UTF-16 units. */
#include "reference/dataplane/jmespath_parts.h"

#include "reference/dataplane/text.h"

#include <string.h>

struct dp_units { /* a text as UTF-16 */
    uint16_t *data;
    size_t count;
};

static enum base_status read_units(struct dp_jmes_call *call, const struct dp_text *text,
                                   struct dp_units *out);
static void give_units(struct dp_jmes_call *call, const struct dp_units *units);
static enum base_status charge_tree(struct dp_jmes_run *run, const struct dp_token *token);

static enum base_status null_argument(struct dp_jmes_call *call)
{
    return base_error_set(call->run->err, BASE_INVALID, "ArgumentNullException",
                          "Value cannot be null: the second argument of function %s.",
                          call->function->name);
}

static enum base_status array_contains(struct dp_jmes_call *call)
{
    const struct dp_children *items = &call->args[0].token->children;
    enum base_status status = BASE_OK;
    bool found = false;

    for (size_t i = 0; status == BASE_OK && !found && i < items->count; i++)
        status = dp_jmes_same(call->run, items->items[i].value, call->args[1].token, &found);
    call->out = dp_jmes_bool(found);
    return status;
}

/* A date contains nothing, though its type is "string". */
enum base_status dp_jmes_contains(struct dp_jmes_call *call)
{
    const struct dp_token *subject = call->args[0].token;
    struct dp_text part = {0};
    enum base_status status;
    bool found = false;

    if (subject->type == DP_ARRAY)
        return array_contains(call);
    if (subject->type == DP_STRING) {
        status = dp_jmes_text(call->run, call->args[1].token, &part);
        if (status == BASE_OK)
            status = dp_jmes_spend(call->run, (subject->text.len + part.len) / 8);
        if (status == BASE_OK && !part.data)
            status = null_argument(call);
        if (status != BASE_OK)
            return status;
        found = memmem(subject->text.data, subject->text.len, part.data, part.len) != NULL;
    }
    call->out = dp_jmes_bool(found);
    return BASE_OK;
}

static enum base_status has_at_edge(struct dp_jmes_call *call, bool end)
{
    struct dp_text text = {0}, part = {0};
    enum base_status status = dp_jmes_text(call->run, call->args[0].token, &text);
    bool found;

    if (status == BASE_OK)
        status = dp_jmes_text(call->run, call->args[1].token, &part);
    if (status == BASE_OK && !part.data)
        status = null_argument(call);
    if (status == BASE_OK)
        status = dp_jmes_spend(call->run, part.len / 8);
    if (status != BASE_OK)
        return status;
    found = part.len <= text.len &&
            memcmp(text.data + (end ? text.len - part.len : 0), part.data, part.len) == 0;
    call->out = dp_jmes_bool(found);
    return BASE_OK;
}

enum base_status dp_jmes_ends_with(struct dp_jmes_call *call)
{
    return has_at_edge(call, true);
}

enum base_status dp_jmes_starts_with(struct dp_jmes_call *call)
{
    return has_at_edge(call, false);
}

enum base_status dp_jmes_join(struct dp_jmes_call *call)
{
    const struct dp_children *items = &call->args[1].token->children;
    struct dp_text between = {0}, text = {0};
    struct base_buf out = {0};
    enum base_status status = dp_jmes_text(call->run, call->args[0].token, &between);

    for (size_t i = 0; status == BASE_OK && i < items->count; i++)
        if (!dp_jmes_is_text(items->items[i].value))
            status = dp_jmes_type_error(call, " expects an array of string.");
    for (size_t i = 0; status == BASE_OK && i < items->count; i++) {
        status = dp_jmes_text(call->run, items->items[i].value, &text);
        if (status == BASE_OK)
            status = dp_jmes_spend(call->run, between.len + text.len + 1);
        if (status != BASE_OK)
            break;
        base_buf_append(&out, between.data, i ? between.len : 0);
        base_buf_append(&out, text.data, text.len);
    }
    if (status == BASE_OK)
        call->out = dp_token_text_len(call->run->work->arena, out.len ? out.data : "", out.len);
    base_buf_release(&out);
    return status;
}

enum base_status dp_jmes_length(struct dp_jmes_call *call)
{
    const struct dp_token *token = call->args[0].token;
    struct dp_text text = {0};
    struct dp_units units = {0};
    enum base_status status = BASE_OK;
    size_t length;

    if (dp_is_container(token)) {
        length = token->children.count;
    } else {
        status = dp_jmes_text(call->run, token, &text);
        if (status == BASE_OK)
            status = read_units(call, &text, &units);
        length = units.count;
    }
    if (status == BASE_OK)
        call->out = dp_token_int(call->run->work->arena, (int64_t)length);
    return status;
}

static enum base_status reverse_array(struct dp_jmes_call *call)
{
    const struct dp_children *items = &call->args[0].token->children;
    struct dp_token *made = dp_token_new(call->run->work->arena, DP_ARRAY);
    enum base_status status = BASE_OK;

    for (size_t i = items->count; status == BASE_OK && i > 0; i--)
        status = dp_jmes_add(call->run, made, items->items[i - 1].value);
    call->out = made;
    return status;
}

/* Units, not characters: a pair of surrogates comes apart. */
enum base_status dp_jmes_reverse(struct dp_jmes_call *call)
{
    struct dp_text text = {0};
    struct dp_units units = {0};
    enum base_status status;

    if (call->args[0].token->type == DP_ARRAY)
        return reverse_array(call);
    status = dp_jmes_text(call->run, call->args[0].token, &text);
    if (status == BASE_OK)
        status = read_units(call, &text, &units);
    for (size_t i = 0; status == BASE_OK && i < units.count / 2; i++) {
        uint16_t unit = units.data[i];
        units.data[i] = units.data[units.count - 1 - i];
        units.data[units.count - 1 - i] = unit;
    }
    if (status == BASE_OK)
        give_units(call, &units);
    return status;
}

enum base_status dp_jmes_insert_string(struct dp_jmes_call *call)
{
    int64_t position = 0;
    struct dp_units into = {0}, what = {0}, all = {0};
    enum base_status status = read_units(call, &call->args[0].token->text, &into);
    size_t at;

    if (status == BASE_OK)
        status = read_units(call, &call->args[1].token->text, &what);
    if (status == BASE_OK)
        status = dp_jmes_spend(call->run, into.count + what.count);
    if (status == BASE_OK)
        status = dp_jmes_long(call->run, call->args[2].token, INT32_MIN, INT32_MAX, &position);
    if (status != BASE_OK)
        return status;
    if (position < 0 || (uint64_t)position > into.count)
        return base_error_set(call->run->err, BASE_INVALID, "ArgumentOutOfRangeException",
                              "Index was out of range. Must be non-negative and less than the size "
                              "of the collection.");
    at = (size_t)position;
    all.count = into.count + what.count;
    all.data = base_arena_alloc(call->run->work->arena, all.count * sizeof *all.data + 1);
    memcpy(all.data, into.data, at * sizeof *all.data);
    memcpy(all.data + at, what.data, what.count * sizeof *all.data);
    memcpy(all.data + at + what.count, into.data + at, (into.count - at) * sizeof *all.data);
    give_units(call, &all);
    return BASE_OK;
}

/* Texts and dates stay what they are; everything else becomes its JSON. */
enum base_status dp_jmes_to_string(struct dp_jmes_call *call)
{
    const struct dp_token *token = call->args[0].token;
    struct base_buf json = {0};
    enum base_status status;

    call->out = token;
    if (dp_jmes_is_text(token))
        return BASE_OK;
    status = charge_tree(call->run, token);
    if (status != BASE_OK)
        return status;
    dp_token_write(&json, token);
    call->out = dp_token_text_len(call->run->work->arena, json.data, json.len);
    base_buf_release(&json);
    return BASE_OK;
}

/* Pays for a text before it is written: results share tokens, so a small one may be long to write. */
static enum base_status charge_tree(struct dp_jmes_run *run, const struct dp_token *token)
{
    size_t own = token->type == DP_STRING || token->type == DP_BIGINT ? token->text.len : 16;
    enum base_status status = dp_jmes_spend(run, own + 1);

    for (size_t i = 0; status == BASE_OK && dp_is_container(token) && i < token->children.count;
         i++) {
        status = dp_jmes_spend(run, token->children.items[i].name.len + 1);
        if (status == BASE_OK)
            status = charge_tree(run, token->children.items[i].value);
    }
    return status;
}

static enum base_status read_units(struct dp_jmes_call *call, const struct dp_text *text,
                                   struct dp_units *out)
{
    const char *at = text->data, *end = at + text->len;
    enum base_status status = dp_jmes_spend(call->run, text->len + 1);

    if (status != BASE_OK)
        return status;
    out->data = base_arena_alloc(call->run->work->arena, (text->len + 1) * sizeof *out->data);
    while (at < end) {
        uint32_t code = dp_utf8_next(&at, end);
        if (code >= 0x10000)
            out->data[out->count++] = (uint16_t)(0xD800 + ((code - 0x10000) >> 10));
        out->data[out->count++] =
            (uint16_t)(code >= 0x10000 ? 0xDC00 + ((code - 0x10000) & 0x3FF) : code);
    }
    return BASE_OK;
}

static void give_units(struct dp_jmes_call *call, const struct dp_units *units)
{
    struct base_buf out = {0};

    for (size_t i = 0; i < units->count; i++) {
        uint32_t code = units->data[i];
        if (code >= 0xD800 && code < 0xDC00 && i + 1 < units->count &&
            units->data[i + 1] >= 0xDC00 && units->data[i + 1] < 0xE000)
            code = 0x10000 + ((code - 0xD800) << 10) + (units->data[++i] - 0xDC00u);
        dp_utf8_put(&out, code);
    }
    call->out = dp_token_text_len(call->run->work->arena, out.len ? out.data : "", out.len);
    base_buf_release(&out);
}
