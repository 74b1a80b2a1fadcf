/* Decides whether a comparison between two tokens holds, with the original's type coercions. */
#include "reference/dataplane/jsonpath_parts.h"

#include "reference/dataplane/number.h"
#include "reference/dataplane/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static enum base_status order_of(const struct dp_token *left, const struct dp_token *right,
                                 int *order, struct base_error *err);
static bool equal(const struct dp_token *left, const struct dp_token *right, bool strict);

enum base_status dp_compare(enum dp_operator op, const struct dp_token *left,
                            const struct dp_token *right, bool *holds, struct base_error *err)
{
    bool strict = op == DP_OP_STRICT_EQUAL || op == DP_OP_STRICT_NOT_EQUAL;
    int order = 0;
    enum base_status status;

    *holds = false;
    if (dp_is_container(left) || dp_is_container(right)) {
        *holds = op == DP_OP_NOT_EQUAL;
        return BASE_OK;
    }
    if (op <= DP_OP_STRICT_NOT_EQUAL) {
        *holds = equal(left, right, strict) == (op == DP_OP_EQUAL || op == DP_OP_STRICT_EQUAL);
        return BASE_OK;
    }
    status = order_of(left, right, &order, err);
    if (status != BASE_OK)
        return status;
    *holds = op == DP_OP_LESS         ? order < 0
             : op == DP_OP_LESS_EQUAL ? order <= 0
             : op == DP_OP_GREATER    ? order > 0
                                      : order >= 0;
    return BASE_OK;
}

static int sign(double difference)
{
    return (difference > 0) - (difference < 0);
}

/* Doubles that differ by a few units in the last place count as equal. */
static int compare_doubles(double a, double b)
{
    double tolerance = (fabs(a) + fabs(b) + 10) * 2.2204460492503131E-16, difference = a - b;

    if (a == b || (-tolerance < difference && tolerance > difference))
        return 0;
    if (isnan(a) || isnan(b))
        return isnan(b) - isnan(a);
    return sign(difference);
}

/* Decimal texts of integers: by sign, length, digits. */
static int compare_big(const char *a, const char *b)
{
    bool a_negative = *a == '-', b_negative = *b == '-';
    size_t a_len = strlen(a), b_len = strlen(b);
    int order;

    if (a_negative != b_negative)
        return a_negative ? -1 : 1;
    order = a_len != b_len ? (a_len < b_len ? -1 : 1) : strcmp(a, b);
    return a_negative ? -order : order;
}

static bool is_integer(const struct dp_token *token)
{
    return token->type == DP_INT || token->type == DP_BIGINT;
}

static double as_double(const struct dp_token *token)
{
    double value = token->type == DP_FLOAT ? token->number : (double)token->integer;

    if (token->type == DP_BIGINT)
        (void)dp_parse_double(token->text.data, &value);
    return value;
}

static int compare_integers(const struct dp_token *a, const struct dp_token *b)
{
    char a_text[24], b_text[24];

    if (a->type == DP_INT && b->type == DP_INT)
        return (a->integer > b->integer) - (a->integer < b->integer);
    (void)snprintf(a_text, sizeof a_text, "%lld", a->type == DP_INT ? (long long)a->integer : 0);
    (void)snprintf(b_text, sizeof b_text, "%lld", b->type == DP_INT ? (long long)b->integer : 0);
    return compare_big(a->type == DP_BIGINT ? a->text.data : a_text,
                       b->type == DP_BIGINT ? b->text.data : b_text);
}

static bool date_equals_text(const struct dp_date *date, const struct dp_text *text)
{
    char iso[DP_DATE_TEXT];

    dp_date_iso(*date, iso);
    return strlen(iso) == text->len && memcmp(iso, text->data, text->len) == 0;
}

static bool equal(const struct dp_token *left, const struct dp_token *right, bool strict)
{
    if (is_integer(left) && is_integer(right))
        return compare_integers(left, right) == 0;
    if ((is_integer(left) && right->type == DP_FLOAT) ||
        (left->type == DP_FLOAT && is_integer(right)))
        return compare_doubles(as_double(left), as_double(right)) == 0;
    if (!strict && left->type == DP_DATE && right->type == DP_STRING)
        return date_equals_text(&left->date, &right->text);
    if (left->type != right->type)
        return false;
    switch (left->type) {
    case DP_NULL:
        return true;
    case DP_BOOL:
        return left->boolean == right->boolean;
    case DP_FLOAT:
        return compare_doubles(left->number, right->number) == 0;
    case DP_STRING:
        return dp_text_same(&left->text, &right->text);
    case DP_DATE:
        return left->date.ticks == right->date.ticks;
    default:
        return false;
    }
}

static enum base_status bad_cast(const struct dp_token *from, const char *to,
                                 struct base_error *err)
{
    return base_error_set(err, BASE_INVALID, "InvalidCastException",
                          "Invalid cast from '%s' to '%s'.", dp_type_name(from->type), to);
}

static enum base_status bad_format(const struct dp_token *from, struct base_error *err)
{
    return base_error_set(err, BASE_INVALID, "FormatException",
                          "The input string '%.100s' was not in a correct format.",
                          from->text.data);
}

static enum base_status text_to_long(const struct dp_token *token, int64_t *out,
                                     struct base_error *err)
{
    char *end;

    if (dp_parse_long(token->text.data, out))
        return BASE_OK;
    errno = 0;
    (void)strtoll(token->text.data, &end, 10);
    if (errno != ERANGE || *end)
        return bad_format(token, err);
    return base_error_set(err, BASE_INVALID, "OverflowException",
                          "Value was either too large or too small for an Int64.");
}

static enum base_status to_long(const struct dp_token *token, int64_t *out, struct base_error *err)
{
    switch (token->type) {
    case DP_BOOL:
        *out = token->boolean;
        return BASE_OK;
    case DP_INT:
        *out = token->integer;
        return BASE_OK;
    case DP_STRING:
        return text_to_long(token, out, err);
    default:
        return bad_cast(token, "Int64", err);
    }
}

static enum base_status to_double(const struct dp_token *token, double *out, struct base_error *err)
{
    if (token->type == DP_STRING)
        return dp_parse_double_grouped(token->text.data, out) ? BASE_OK : bad_format(token, err);
    if (token->type == DP_DATE)
        return bad_cast(token, "Double", err);
    *out = token->type == DP_BOOL ? token->boolean : as_double(token);
    return BASE_OK;
}

static enum base_status order_numbers(const struct dp_token *left, const struct dp_token *right,
                                      int *order, struct base_error *err)
{
    bool floats = left->type == DP_FLOAT || right->type == DP_FLOAT;
    int64_t a = 0, b = 0;
    double x = 0, y = 0;
    enum base_status status;

    if (is_integer(left) && is_integer(right)) {
        *order = compare_integers(left, right);
        return BASE_OK;
    }
    if (floats || left->type == DP_BIGINT || right->type == DP_BIGINT) {
        status = to_double(left, &x, err);
        if (status == BASE_OK)
            status = to_double(right, &y, err);
        *order = compare_doubles(x, y);
        return status;
    }
    status = to_long(left, &a, err);
    if (status == BASE_OK)
        status = to_long(right, &b, err);
    *order = (a > b) - (a < b);
    return status;
}

/* "true" or "false" in any case, white space around. */
static enum base_status text_to_bool(const struct dp_token *token, bool *out,
                                     struct base_error *err)
{
    static const char *const words[] = {"false", "true"};
    const char *start = token->text.data + strspn(token->text.data, " \t\n\v\f\r");
    size_t len = strcspn(start, " \t\n\v\f\r");

    for (int i = 0; i < 2; i++)
        if (len == strlen(words[i]) && strncasecmp(start, words[i], len) == 0 &&
            !start[len + strspn(start + len, " \t\n\v\f\r")]) {
            *out = i == 1;
            return BASE_OK;
        }
    return bad_format(token, err);
}

static enum base_status to_bool(const struct dp_token *token, bool *out, struct base_error *err)
{
    double number = 0;

    if (token->type == DP_STRING)
        return text_to_bool(token, out, err);
    if (token->type == DP_BIGINT)
        return bad_cast(token, "Boolean", err);
    if (to_double(token, &number, err) != BASE_OK)
        return BASE_INVALID;
    *out = number != 0;
    return BASE_OK;
}

static enum base_status order_booleans(const struct dp_token *left, const struct dp_token *right,
                                       int *order, struct base_error *err)
{
    bool a = false, b = false;
    enum base_status status = to_bool(left, &a, err);

    if (status == BASE_OK)
        status = to_bool(right, &b, err);
    *order = a - b;
    return status;
}

static enum base_status order_dates(const struct dp_token *left, const struct dp_token *right,
                                    int *order, struct base_error *err)
{
    struct dp_date date = right->date;

    if (left->type != DP_DATE)
        return bad_cast(left, "DateTimeOffset", err);
    if (right->type != DP_DATE && right->type != DP_STRING)
        return bad_cast(right, "DateTime", err);
    if (right->type == DP_STRING && !dp_date_parse(right->text.data, &date))
        return bad_format(right, err);
    *order = (left->date.ticks > date.ticks) - (left->date.ticks < date.ticks);
    return BASE_OK;
}

/* The type that rules is the left one's; a text on the left takes the right one's. */
static enum base_status order_of(const struct dp_token *left, const struct dp_token *right,
                                 int *order, struct base_error *err)
{
    enum dp_type type = left->type == DP_STRING ? right->type : left->type;

    if (left->type == DP_NULL || right->type == DP_NULL) {
        *order = (left->type != DP_NULL) - (right->type != DP_NULL);
        return BASE_OK;
    }
    if (type == DP_BOOL)
        return order_booleans(left, right, order, err);
    if (type == DP_DATE)
        return order_dates(left, right, order, err);
    if (type != DP_STRING)
        return order_numbers(left, right, order, err);
    *order = dp_text_compare(left->text.data, left->text.len, right->text.data, right->text.len);
    return BASE_OK;
}
