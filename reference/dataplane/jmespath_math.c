/* Decides what JMESPath's own functions of numbers answer. */
#include "reference/dataplane/jmespath_parts.h"

#include "reference/dataplane/number.h"

#include <math.h>
#include <string.h>

/* Beyond these a double is no 64-bit integer. */
#define LONG_LEAST (-9223372036854775808.0)
#define LONG_END 9223372036854775808.0

static enum base_status give_long(struct dp_jmes_call *call, double value)
{
    if (!(value >= LONG_LEAST && value < LONG_END))
        return dp_jmes_overflow(call->run);
    call->out = dp_token_int(call->run->work->arena, (int64_t)value);
    return dp_jmes_spend(call->run, 4);
}

static enum base_status give_double(struct dp_jmes_call *call, double value)
{
    call->out = dp_token_float(call->run->work->arena, value);
    return dp_jmes_spend(call->run, 4);
}

/* Integers are read as 32-bit. */
enum base_status dp_jmes_abs(struct dp_jmes_call *call)
{
    const struct dp_token *token = call->args[0].token;
    int64_t value = 0;
    enum base_status status;

    if (token->type == DP_FLOAT)
        return give_double(call, fabs(token->number));
    status = dp_jmes_long(call->run, token, INT32_MIN, INT32_MAX, &value);
    if (status == BASE_OK && value == INT32_MIN)
        return dp_jmes_overflow(call->run);
    return status == BASE_OK ? give_long(call, fabs((double)value)) : status;
}

enum base_status dp_jmes_ceil(struct dp_jmes_call *call)
{
    double value = 0;
    enum base_status status = dp_jmes_double(call->run, call->args[0].token, &value);

    return status == BASE_OK ? give_long(call, ceil(value)) : status;
}

enum base_status dp_jmes_floor(struct dp_jmes_call *call)
{
    double value = 0;
    enum base_status status = dp_jmes_double(call->run, call->args[0].token, &value);

    return status == BASE_OK ? give_long(call, floor(value)) : status;
}

/* Sums an array of numbers. All are checked before the first is read. */
static enum base_status total(struct dp_jmes_call *call, double *sum)
{
    const struct dp_children *items = &call->args[0].token->children;
    enum base_status status = dp_jmes_spend(call->run, items->count);

    for (size_t i = 0; status == BASE_OK && i < items->count; i++)
        if (!dp_jmes_is_number(items->items[i].value))
            status = dp_jmes_type_error(call, " expects an array of number.");
    *sum = 0;
    for (size_t i = 0; status == BASE_OK && i < items->count; i++) {
        double value = 0;
        status = dp_jmes_double(call->run, items->items[i].value, &value);
        *sum += value;
    }
    return status;
}

/* Nothing for an empty array; else always a double. */
enum base_status dp_jmes_avg(struct dp_jmes_call *call)
{
    size_t count = call->args[0].token->children.count;
    double sum = 0;
    enum base_status status = total(call, &sum);

    if (status != BASE_OK || count == 0)
        return status;
    return give_double(call, sum / (double)count);
}

/* An integer when the sum is a whole number. */
enum base_status dp_jmes_sum(struct dp_jmes_call *call)
{
    double sum = 0;
    enum base_status status = total(call, &sum);

    if (status != BASE_OK)
        return status;
    return isfinite(sum) && fmod(sum, 1) == 0 ? give_long(call, sum) : give_double(call, sum);
}

static enum base_status check_comparable(struct dp_jmes_call *call)
{
    const struct dp_children *items = &call->args[0].token->children;
    enum base_status status = dp_jmes_spend(call->run, items->count);

    for (size_t i = 1; status == BASE_OK && i < items->count; i++) {
        const char *first = dp_jmes_type(items->items[0].value),
                   *type = dp_jmes_type(items->items[i].value);
        if (!first || !type || strcmp(first, type) != 0)
            status = dp_jmes_type_error(call, ": all items in the array must have the same type.");
    }
    if (status == BASE_OK && items->count && !dp_jmes_is_number(items->items[0].value) &&
        !dp_jmes_is_text(items->items[0].value))
        status = dp_jmes_type_error(call, " expects an array of number or string.");
    return status;
}

/* Not a number comes before all numbers. */
static int order_doubles(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (isnan(b) != 0) - (isnan(a) != 0);
    return (a > b) - (a < b);
}

static enum base_status extreme_text(struct dp_jmes_call *call, int sign)
{
    const struct dp_children *items = &call->args[0].token->children;
    struct dp_text best = {0}, text = {0};
    enum base_status status = BASE_OK;

    for (size_t i = 0; status == BASE_OK && i < items->count; i++) {
        status = dp_jmes_text(call->run, items->items[i].value, &text);
        if (status == BASE_OK)
            status = dp_jmes_spend(call->run, text.len / 8);
        if (status == BASE_OK && (i == 0 || dp_jmes_collate(&text, &best) * sign > 0))
            best = text;
    }
    if (status == BASE_OK)
        call->out = dp_token_text_len(call->run->work->arena, best.data, best.len);
    return status;
}

/* One double among integers makes all of them doubles. */
static enum base_status extreme_number(struct dp_jmes_call *call, int sign)
{
    const struct dp_children *items = &call->args[0].token->children;
    bool integers = true;
    double best = 0, value = 0;
    int64_t best_long = 0, value_long = 0;
    enum base_status status = BASE_OK;

    for (size_t i = 0; i < items->count; i++)
        integers = integers && items->items[i].value->type != DP_FLOAT;
    for (size_t i = 0; status == BASE_OK && i < items->count; i++) {
        const struct dp_token *item = items->items[i].value;
        status = integers ? dp_jmes_long(call->run, item, INT64_MIN, INT64_MAX, &value_long)
                          : dp_jmes_double(call->run, item, &value);
        if (i == 0 || (sign > 0 ? value_long > best_long : value_long < best_long))
            best_long = value_long;
        if (i == 0 || order_doubles(value, best) * sign > 0)
            best = value;
    }
    if (status != BASE_OK)
        return status;
    call->out = integers ? dp_token_int(call->run->work->arena, best_long)
                         : dp_token_float(call->run->work->arena, best);
    return BASE_OK;
}

static enum base_status extreme(struct dp_jmes_call *call, int sign)
{
    const struct dp_children *items = &call->args[0].token->children;
    enum base_status status = check_comparable(call);

    if (status != BASE_OK || items->count == 0)
        return status;
    return dp_jmes_is_number(items->items[0].value) ? extreme_number(call, sign)
                                                    : extreme_text(call, sign);
}

enum base_status dp_jmes_max(struct dp_jmes_call *call)
{
    return extreme(call, 1);
}

enum base_status dp_jmes_min(struct dp_jmes_call *call)
{
    return extreme(call, -1);
}

/* Texts that are no number, and all other tokens, give nothing. */
enum base_status dp_jmes_to_number(struct dp_jmes_call *call)
{
    const struct dp_token *token = call->args[0].token;
    const char *text;
    int64_t integer;
    double number;

    if (dp_jmes_is_number(token))
        call->out = token;
    if (token->type != DP_STRING || strlen(token->text.data) != token->text.len)
        return BASE_OK;
    text = token->text.data + strspn(token->text.data, " \t\n\v\f\r");
    text += *text == '+' && text[1] >= '0' && text[1] <= '9';
    if (dp_parse_long(text, &integer))
        call->out = dp_token_int(call->run->work->arena, integer);
    else if (dp_parse_double(text, &number))
        call->out = dp_token_float(call->run->work->arena, number);
    return dp_jmes_spend(call->run, 4 + token->text.len / 8);
}
