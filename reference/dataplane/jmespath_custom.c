/* Decides what the connector's own eight functions answer in JMESPath. */
#include "reference/dataplane/jmespath_parts.h"

#include "reference/dataplane/date.h"

#include <math.h>

/* Two integers stay integers, one double makes both doubles. */
struct dp_jmes_operation {
    enum base_status (*integers)(struct dp_jmes_call *call, int64_t a, int64_t b, int64_t *out);
    double (*doubles)(double a, double b);
};

static enum base_status operate(struct dp_jmes_call *call, const struct dp_jmes_operation *op)
{
    const struct dp_token *left = call->args[0].token, *right = call->args[1].token;
    struct dp_jmes_run *run = call->run;
    int64_t a = 0, b = 0, result = 0;
    double x = 0, y = 0;
    enum base_status status = dp_jmes_spend(run, 4);

    if (status != BASE_OK)
        return status;
    if (left->type == DP_FLOAT || right->type == DP_FLOAT) {
        status = dp_jmes_double(run, left, &x);
        if (status == BASE_OK)
            status = dp_jmes_double(run, right, &y);
        if (status == BASE_OK)
            call->out = dp_token_float(run->work->arena, op->doubles(x, y));
        return status;
    }
    status = dp_jmes_long(run, left, INT64_MIN, INT64_MAX, &a);
    if (status == BASE_OK)
        status = dp_jmes_long(run, right, INT64_MIN, INT64_MAX, &b);
    if (status == BASE_OK)
        status = op->integers(call, a, b, &result);
    if (status == BASE_OK)
        call->out = dp_token_int(run->work->arena, result);
    return status;
}

/* Integers wrap on overflow. */
static enum base_status add_integers(struct dp_jmes_call *call, int64_t a, int64_t b, int64_t *out)
{
    (void)call;
    *out = (int64_t)((uint64_t)a + (uint64_t)b);
    return BASE_OK;
}

static enum base_status subtract_integers(struct dp_jmes_call *call, int64_t a, int64_t b,
                                          int64_t *out)
{
    (void)call;
    *out = (int64_t)((uint64_t)a - (uint64_t)b);
    return BASE_OK;
}

static enum base_status multiply_integers(struct dp_jmes_call *call, int64_t a, int64_t b,
                                          int64_t *out)
{
    (void)call;
    *out = (int64_t)((uint64_t)a * (uint64_t)b);
    return BASE_OK;
}

static enum base_status divide_integers(struct dp_jmes_call *call, int64_t a, int64_t b,
                                        int64_t *out)
{
    if (b == 0)
        return base_error_set(call->run->err, BASE_INVALID, "DivideByZeroException",
                              "Attempted to divide by zero.");
    if (a == INT64_MIN && b == -1)
        return dp_jmes_overflow(call->run);
    *out = a / b;
    return BASE_OK;
}

/* A power of doubles, rounded half to even. */
static enum base_status pow_integers(struct dp_jmes_call *call, int64_t a, int64_t b, int64_t *out)
{
    double value = nearbyint(pow((double)a, (double)b));

    if (!(value >= -9223372036854775808.0 && value < 9223372036854775808.0))
        return dp_jmes_overflow(call->run);
    *out = (int64_t)value;
    return BASE_OK;
}

static double add_doubles(double a, double b)
{
    return a + b;
}

static double subtract_doubles(double a, double b)
{
    return a - b;
}

static double multiply_doubles(double a, double b)
{
    return a * b;
}

/* By zero: infinity, or not a number, as IEEE 754 has it. */
static double divide_doubles(double a, double b)
{
    return a / b;
}

enum base_status dp_jmes_math_add(struct dp_jmes_call *call)
{
    return operate(call, &(const struct dp_jmes_operation){add_integers, add_doubles});
}

enum base_status dp_jmes_math_subtract(struct dp_jmes_call *call)
{
    return operate(call, &(const struct dp_jmes_operation){subtract_integers, subtract_doubles});
}

enum base_status dp_jmes_math_multiply(struct dp_jmes_call *call)
{
    return operate(call, &(const struct dp_jmes_operation){multiply_integers, multiply_doubles});
}

enum base_status dp_jmes_math_divide(struct dp_jmes_call *call)
{
    return operate(call, &(const struct dp_jmes_operation){divide_integers, divide_doubles});
}

enum base_status dp_jmes_math_pow(struct dp_jmes_call *call)
{
    return operate(call, &(const struct dp_jmes_operation){pow_integers, pow});
}

/* An instant as so many units of `ticks` since 1970; the range is .NET's. */
static enum base_status from_unix(struct dp_jmes_call *call, int64_t ticks)
{
    int64_t least = -DP_TICKS_UNIX / ticks, most = (DP_TICKS_MAX - DP_TICKS_UNIX) / ticks,
            value = 0;
    struct dp_date date = {0, DP_DATE_UTC};
    enum base_status status =
        dp_jmes_long(call->run, call->args[0].token, INT64_MIN, INT64_MAX, &value);

    if (status != BASE_OK)
        return status;
    if (value < least || value > most)
        return base_error_set(call->run->err, BASE_INVALID, "ArgumentOutOfRangeException",
                              "Valid values are between %lld and %lld, inclusive.",
                              (long long)least, (long long)most);
    date.ticks = DP_TICKS_UNIX + value * ticks;
    call->out = dp_token_date(call->run->work->arena, date);
    return dp_jmes_spend(call->run, 4);
}

enum base_status dp_jmes_from_seconds(struct dp_jmes_call *call)
{
    return from_unix(call, DP_TICKS_SECOND);
}

enum base_status dp_jmes_from_ms(struct dp_jmes_call *call)
{
    return from_unix(call, DP_TICKS_MS);
}
