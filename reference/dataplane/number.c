/* Decides how numbers are spelled, and which texts are numbers. */
#include "reference/dataplane/number.h"

#include "common/mem.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DECIMAL_MAX ((((unsigned __int128)1) << 96) - 1)
#define DECIMAL_SCALE_MAX 28

struct dp_decimal { /* digits of a decimal while it is read */
    unsigned __int128 mantissa;
    int scale;
    int round;     /* first digit that did not fit; -1: none yet */
    bool sticky;   /* a later digit that did not fit was not 0 */
    bool overflow; /* an integer digit did not fit */
};

static int shortest_digits(double value, char digits[24], int *exponent);
static void write_plain(const char *digits, int count, int exponent, char *out);
static void add_digit(struct dp_decimal *d, int digit, bool fraction);
static bool finish(struct dp_decimal *d);
static void write_decimal(const struct dp_decimal *d, bool negative, char out[DP_NUMBER_TEXT]);

void dp_double_text(double value, char out[DP_NUMBER_TEXT])
{
    char digits[24], *to = out;
    int exponent, count;

    if (isnan(value) || isinf(value)) {
        (void)strcpy(out, isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        return;
    }
    if (signbit(value))
        *to++ = '-';
    if (value == 0) {
        (void)strcpy(to, "0");
        return;
    }
    count = shortest_digits(fabs(value), digits, &exponent);
    if (exponent >= -5 + 1 && exponent < 15) {
        write_plain(digits, count, exponent, to);
        return;
    }
    (void)snprintf(to, DP_NUMBER_TEXT - 1, "%c%s%sE%c%02d", digits[0], count > 1 ? "." : "",
                   digits + 1, exponent < 0 ? '-' : '+', abs(exponent));
}

size_t dp_long_text(int64_t value, char out[DP_NUMBER_TEXT])
{
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    char digits[24];
    size_t count = 0, len = 0;

    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        out[len++] = '-';
    while (count)
        out[len++] = digits[--count];
    out[len] = '\0';
    return len;
}

bool dp_decimal_parse(const char *text, char out[DP_NUMBER_TEXT])
{
    struct dp_decimal d = {.round = -1};
    bool negative = false, sign = false, point = false, any = false;

    while (isspace((unsigned char)*text))
        text++;
    if (*text == '-' || *text == '+') {
        sign = true; /* no blanks after it */
        negative = *text++ == '-';
    }
    for (; isdigit((unsigned char)*text) || (*text == ',' && any && !point) ||
           (*text == '.' && !point);
         text++) {
        if (*text == '.') {
            point = true;
        } else if (*text != ',') {
            any = true;
            add_digit(&d, *text - '0', point);
        }
    }
    while (isspace((unsigned char)*text))
        text++;
    if (!sign && (*text == '-' || *text == '+'))
        negative = *text++ == '-';
    while (isspace((unsigned char)*text))
        text++;
    if (!any || *text || !finish(&d))
        return false;
    write_decimal(&d, negative, out);
    return true;
}

/* As DateTime.AddMilliseconds: whole milliseconds, and what is left cut to ticks. */
bool dp_decimal_ticks(const char *decimal_ms, int64_t *ticks)
{
    double value = strtod(decimal_ms, NULL), whole = trunc(value);

    if (!(value > -9e14 && value < 9e14))
        return false;
    *ticks = (int64_t)whole * 10000 + (int64_t)((value - whole) * 10000);
    return true;
}

bool dp_parse_double(const char *text, double *out)
{
    char *end;

    while (isspace((unsigned char)*text))
        text++;
    if (strcmp(text, "NaN") == 0 || strcmp(text, "Infinity") == 0 ||
        strcmp(text, "-Infinity") == 0) {
        *out = strtod(text, NULL);
        return true;
    }
    if (!*text || strspn(text, "0123456789+-.eE \t\r\n") != strlen(text))
        return false;
    *out = strtod(text, &end);
    while (isspace((unsigned char)*end))
        end++;
    return *end == '\0';
}

/* Commas may stand anywhere behind the first digit and before point and exponent. */
bool dp_parse_double_grouped(const char *text, double *out)
{
    struct base_buf plain = {0};
    bool digits = false, tail = false, good;

    if (!strchr(text, ','))
        return dp_parse_double(text, out);
    for (; *text; text++) {
        if (*text == ',' && digits && !tail)
            continue;
        digits = digits || isdigit((unsigned char)*text);
        tail = tail || (digits && !isdigit((unsigned char)*text)) || *text == '.';
        base_buf_putc(&plain, *text);
    }
    good = dp_parse_double(plain.len ? plain.data : "", out);
    base_buf_release(&plain);
    return good;
}

bool dp_parse_long(const char *text, int64_t *out)
{
    char *end;

    while (isspace((unsigned char)*text))
        text++;
    if (!isdigit((unsigned char)text[*text == '-' || *text == '+']))
        return false;
    errno = 0;
    *out = strtoll(text, &end, 10);
    while (isspace((unsigned char)*end))
        end++;
    return *end == '\0' && errno == 0;
}

/* The fewest significant digits that read back as the same double. Correct because %.*e rounds correctly and some
 * count up to 17 always reads back; the first that does is the shortest. Returns the count, no trailing zeros. */
static int shortest_digits(double value, char digits[24], int *exponent)
{
    char text[40];
    int count = 1;

    for (int precision = 0; precision < 17; precision++) {
        (void)snprintf(text, sizeof text, "%.*e", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    digits[0] = text[0];
    if (text[1] == '.')
        for (const char *p = text + 2; isdigit((unsigned char)*p); p++)
            digits[count++] = *p;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    digits[count] = '\0';
    *exponent = atoi(strchr(text, 'e') + 1);
    return count;
}

static void write_plain(const char *digits, int count, int exponent, char *out)
{
    if (exponent < 0) {
        *out++ = '0';
        *out++ = '.';
        for (int i = -1; i > exponent; i--)
            *out++ = '0';
    }
    for (int i = 0; i < count || i <= exponent; i++) {
        *out++ = i < count ? digits[i] : '0';
        if (i == exponent && i + 1 < count)
            *out++ = '.';
    }
    *out = '\0';
}

static void add_digit(struct dp_decimal *d, int digit, bool fraction)
{
    bool fits = d->round < 0 && d->mantissa <= (DECIMAL_MAX - (unsigned)digit) / 10 &&
                (!fraction || d->scale < DECIMAL_SCALE_MAX);

    if (fits) {
        d->mantissa = d->mantissa * 10 + (unsigned)digit;
        d->scale += fraction;
    } else if (!fraction) {
        d->overflow = true;
    } else if (d->round < 0) {
        d->round = digit;
    } else {
        d->sticky |= digit != 0;
    }
}

/* Rounds half to even what did not fit; false on overflow. */
static bool finish(struct dp_decimal *d)
{
    bool up = d->round > 5 || (d->round == 5 && (d->sticky || (d->mantissa & 1)));

    if (d->overflow || (up && d->mantissa == DECIMAL_MAX))
        return false;
    d->mantissa += up;
    return true;
}

static void write_decimal(const struct dp_decimal *d, bool negative, char out[DP_NUMBER_TEXT])
{
    char digits[40];
    unsigned __int128 rest = d->mantissa;
    int count = 0;

    do {
        digits[count++] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest || count <= d->scale);
    if (negative && d->mantissa)
        *out++ = '-';
    while (count > 0) {
        *out++ = digits[--count];
        if (count == d->scale && count > 0)
            *out++ = '.';
    }
    *out = '\0';
}
