/* Decides the canonical text of a resource quantity ("1500m", "1536Mi"). Source: apimachinery's resource.Quantity:
 * the suffix family of the input stays (decimal, binary, exponent), the mantissa is a whole number with the largest suffix that
 * needs no fraction; what is finer than 1m is rounded up (binary falls back to decimal when there is a fraction of a byte). */
#include "simulators/aks/schema.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct suffix {
    const char *text;
    bool binary;
    long double factor;
} suffixes[] = {
    {"n", false, 1e-9L},
    {"u", false, 1e-6L},
    {"m", false, 1e-3L},
    {"", false, 1},
    {"k", false, 1e3L},
    {"M", false, 1e6L},
    {"G", false, 1e9L},
    {"T", false, 1e12L},
    {"P", false, 1e15L},
    {"E", false, 1e18L},
    {"Ki", true, 1024.0L},
    {"Mi", true, 1048576.0L},
    {"Gi", true, 1073741824.0L},
    {"Ti", true, 1099511627776.0L},
    {"Pi", true, 1125899906842624.0L},
    {"Ei", true, 1152921504606846976.0L},
};
#define SUFFIXES (sizeof suffixes / sizeof *suffixes)

static bool parse(const char *text, long double *value, bool *binary);
static bool parse_suffix(const char *text, long double *factor, bool *binary);
static bool whole(long double value);

bool aks_quantity_canonical(const char *text, char **out)
{
    long double value;
    bool binary;

    *out = NULL;
    if (!parse(text, &value, &binary))
        return false;
    if (binary && (fabsl(value) < 1024 || !whole(value)))
        binary = false;
    for (size_t i = SUFFIXES; i-- > 0 && !*out;) {
        const struct suffix *s = &suffixes[i];
        if (s->binary == binary && value != 0 && whole(value / s->factor) &&
            fabsl(value / s->factor) > 1 - 1e-9L)
            *out = base_asprintf("%.0Lf%s", roundl(value / s->factor), s->text);
    }
    if (!*out)
        *out = value == 0 ? base_strdup("0") : base_asprintf("%.0Lf%s", ceill(value), "");
    return true;
}

int aks_quantity_compare(const char *a, const char *b)
{
    long double left = 0, right = 0;
    bool binary;

    if (!a || !parse(a, &left, &binary))
        left = 0;
    if (!b || !parse(b, &right, &binary))
        right = 0;
    if (fabsl(left - right) <= 1e-12L * fmaxl(1, fabsl(left)))
        return 0;
    return left < right ? -1 : 1;
}

static bool parse(const char *text, long double *value, bool *binary)
{
    size_t digits = strspn(text + (*text == '+' || *text == '-'), "0123456789.") +
                    (*text == '+' || *text == '-');
    char number[64];
    long double factor;

    if (digits == 0 || digits >= sizeof number || !strpbrk(text, "0123456789"))
        return false;
    memcpy(number, text, digits);
    number[digits] = '\0';
    char *dot = strchr(number, '.');
    if ((dot && strchr(dot + 1, '.')) || !parse_suffix(text + digits, &factor, binary))
        return false;
    *value = strtold(number, NULL) * factor;
    return true;
}

static bool parse_suffix(const char *text, long double *factor, bool *binary)
{
    *binary = false;
    for (size_t i = 0; i < SUFFIXES; i++)
        if (base_equal(suffixes[i].text, text)) {
            *factor = suffixes[i].factor;
            *binary = suffixes[i].binary;
            return true;
        }
    if (*text != 'e' && *text != 'E')
        return false;
    char *end;
    long exponent = strtol(text + 1, &end, 10);
    *factor = powl(10, (long double)exponent);
    return *end == '\0' && end != text + 1 && labs(exponent) < 19;
}

/* Whole within the noise of 1/1000 arithmetic. */
static bool whole(long double value)
{
    return fabsl(value - roundl(value)) < 1e-9L * fmaxl(1, fabsl(value) * 1e-6L);
}
