/* Decides which tokens are equal, which comes first, and which count as false, in JMESPath. */
#include "reference/dataplane/jmespath_parts.h"

#include "reference/dataplane/jsonpath_parts.h"
#include "reference/dataplane/number.h"
#include "reference/dataplane/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static enum base_status same_children(struct dp_jmes_run *run, const struct dp_token *a,
                                      const struct dp_token *b, bool *same);
static enum base_status bad_cast(struct dp_jmes_run *run, const struct dp_token *token,
                                 const char *to);

bool dp_jmes_false(const struct dp_token *token)
{
    switch (token->type) {
    case DP_NULL:
        return true;
    case DP_BOOL:
        return !token->boolean;
    case DP_STRING:
        return token->text.len == 0;
    case DP_ARRAY:
    case DP_OBJECT:
        return token->children.count == 0;
    default:
        return false;
    }
}

bool dp_jmes_is_text(const struct dp_token *token)
{
    return token->type == DP_STRING || token->type == DP_DATE;
}

bool dp_jmes_is_number(const struct dp_token *token)
{
    return token->type == DP_INT || token->type == DP_BIGINT || token->type == DP_FLOAT;
}

/* Deep, and by type: 1 is not 1.0, and a date is not the text it was read from. Names may come in any order. */
enum base_status dp_jmes_same(struct dp_jmes_run *run, const struct dp_token *a,
                              const struct dp_token *b, bool *same)
{
    enum base_status status = dp_jmes_spend(run, 1);
    bool integers =
        (a->type == DP_INT || a->type == DP_BIGINT) && (b->type == DP_INT || b->type == DP_BIGINT);

    *same = false;
    if (status != BASE_OK || (a->type != b->type && !integers))
        return status;
    if (dp_is_container(a))
        return same_children(run, a, b, same);
    if (a->type == DP_STRING)
        status = dp_jmes_spend(run, (a->text.len + b->text.len) / 64);
    return status == BASE_OK ? dp_compare(DP_OP_STRICT_EQUAL, a, b, same, run->err) : status;
}

static enum base_status same_children(struct dp_jmes_run *run, const struct dp_token *a,
                                      const struct dp_token *b, bool *same)
{
    enum base_status status = BASE_OK;

    *same = a->children.count == b->children.count;
    for (size_t i = 0; status == BASE_OK && *same && i < a->children.count; i++) {
        const struct dp_member *left = &a->children.items[i], *right = &b->children.items[i];
        if (a->type == DP_OBJECT)
            right = dp_object_find(b, left->name.data, left->name.len);
        *same = right != NULL;
        if (right)
            status = dp_jmes_same(run, left->value, right->value, same);
    }
    return status;
}

static bool holds(enum dp_jmes_word op, int order)
{
    switch (op) {
    case DP_WORD_LESS:
        return order < 0;
    case DP_WORD_LESS_EQUAL:
        return order <= 0;
    case DP_WORD_GREATER:
        return order > 0;
    default:
        return order >= 0;
    }
}

/* Numbers by value; not a number is neither less, nor equal, nor greater. */
static enum base_status compare_numbers(struct dp_jmes_run *run, enum dp_jmes_word op,
                                        const struct dp_token *a, const struct dp_token *b,
                                        bool *result)
{
    double x = 0, y = 0;
    enum base_status status = dp_jmes_double(run, a, &x);

    if (status == BASE_OK)
        status = dp_jmes_double(run, b, &y);
    *result = !isnan(x) && !isnan(y) && holds(op, (x > y) - (x < y));
    return status;
}

/* Texts by UTF-16 unit, null before all texts, dates as the text they render to. */
static enum base_status compare_texts(struct dp_jmes_run *run, enum dp_jmes_word op,
                                      const struct dp_token *a, const struct dp_token *b,
                                      bool *result)
{
    struct dp_text x = {0}, y = {0};
    enum base_status status = dp_jmes_text(run, a, &x);
    int order;

    if (status == BASE_OK)
        status = dp_jmes_text(run, b, &y);
    if (status == BASE_OK)
        status = dp_jmes_spend(run, (x.len + y.len) / 64);
    if (status != BASE_OK)
        return status;
    order = x.data && y.data ? dp_text_compare(x.data, x.len, y.data, y.len)
                             : (x.data != NULL) - (y.data != NULL);
    *result = holds(op, order);
    return BASE_OK;
}

enum base_status dp_jmes_compare(struct dp_jmes_run *run, enum dp_jmes_word op,
                                 const struct dp_token *a, const struct dp_token *b,
                                 const struct dp_token **out)
{
    bool result = false;
    enum base_status status;

    if (op == DP_WORD_EQUAL || op == DP_WORD_NOT_EQUAL) {
        status = dp_jmes_same(run, a, b, &result);
        result = result == (op == DP_WORD_EQUAL);
    } else if (dp_jmes_is_number(a) && dp_jmes_is_number(b)) {
        status = compare_numbers(run, op, a, b, &result);
    } else if ((dp_jmes_is_text(a) || a->type == DP_NULL) &&
               (dp_jmes_is_text(b) || b->type == DP_NULL)) {
        status = compare_texts(run, op, a, b, &result);
    } else {
        *out = &dp_jmes_missing;
        return BASE_OK;
    }
    if (status == BASE_OK)
        *out = dp_jmes_bool(result);
    return status;
}

static enum base_status bad_cast(struct dp_jmes_run *run, const struct dp_token *token,
                                 const char *to)
{
    const char *size = token->type == DP_BIGINT ? " beyond 64 bits" : "";

    return base_error_set(run->err, BASE_INVALID, "InvalidCastException",
                          "Cannot cast a token of type %s%s to %s.", dp_type_name(token->type),
                          size, to);
}

enum base_status dp_jmes_text(struct dp_jmes_run *run, const struct dp_token *token,
                              struct dp_text *out)
{
    struct base_arena *arena = run->work->arena;
    char text[DP_NUMBER_TEXT > DP_DATE_TEXT ? DP_NUMBER_TEXT : DP_DATE_TEXT];

    switch (token->type) {
    case DP_NULL:
        *out = (struct dp_text){0};
        return BASE_OK;
    case DP_STRING:
        *out = token->text;
        return BASE_OK;
    case DP_DATE:
        dp_date_us(token->date, text);
        break;
    case DP_BOOL:
        (void)snprintf(text, sizeof text, "%s", token->boolean ? "True" : "False");
        break;
    case DP_INT:
        (void)snprintf(text, sizeof text, "%lld", (long long)token->integer);
        break;
    case DP_FLOAT:
        dp_double_text(token->number, text);
        break;
    default:
        return bad_cast(run, token, "String");
    }
    *out = (struct dp_text){base_arena_strdup(arena, text), strlen(text)};
    return dp_jmes_spend(run, 8);
}

enum base_status dp_jmes_double(struct dp_jmes_run *run, const struct dp_token *token, double *out)
{
    if (token->type != DP_INT && token->type != DP_FLOAT)
        return bad_cast(run, token, "Double");
    *out = token->type == DP_INT ? (double)token->integer : token->number;
    return BASE_OK;
}

enum base_status dp_jmes_overflow(struct dp_jmes_run *run)
{
    return base_error_set(run->err, BASE_INVALID, "OverflowException",
                          "Arithmetic operation resulted in an overflow.");
}

/* A double is rounded, halves to the even neighbour. */
enum base_status dp_jmes_long(struct dp_jmes_run *run, const struct dp_token *token, int64_t least,
                              int64_t most, int64_t *out)
{
    double number;

    if (token->type == DP_INT) {
        *out = token->integer;
    } else if (token->type == DP_FLOAT) {
        number = nearbyint(token->number);
        if (!(number >= -9223372036854775808.0 && number < 9223372036854775808.0))
            return dp_jmes_overflow(run);
        *out = (int64_t)number;
    } else {
        return bad_cast(run, token, "Int64");
    }
    return *out < least || *out > most ? dp_jmes_overflow(run) : BASE_OK;
}

/* Rank of a character in the root collation, case aside. */
static unsigned rank(uint32_t code)
{
    static const char marks[] = "\t\n\v\f\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789";
    const char *found = code && code < 0x80 ? strchr(marks, (int)code) : NULL;

    if (found)
        return (unsigned)(found - marks);
    return code < 0x80 ? 0x80 + dp_code_lower(code) : 0x200 + dp_code_lower(code);
}

int dp_jmes_collate(const struct dp_text *a, const struct dp_text *b)
{
    const char *p = a->data, *q = b->data, *p_end = p + a->len, *q_end = q + b->len;
    int tie = 0;

    while (p < p_end && q < q_end) {
        uint32_t x = dp_utf8_next(&p, p_end), y = dp_utf8_next(&q, q_end);
        if (rank(x) != rank(y))
            return rank(x) < rank(y) ? -1 : 1;
        if (!tie && x != y) /* lower case first */
            tie = x == dp_code_lower(x) ? -1 : 1;
    }
    if (p < p_end || q < q_end)
        return p < p_end ? 1 : -1;
    return tie;
}
