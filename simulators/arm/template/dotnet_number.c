/* Decides how .NET's invariant culture writes a number in a given format. */
#include "simulators/arm/template/dotnet.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRECISION_MAX 99

/* ---- standard formats ---- */

static void group(const char *digits, struct base_buf *out)
{
    size_t whole = strcspn(digits, ".");

    for (size_t i = 0; i < whole; i++) {
        if (i && (whole - i) % 3 == 0)
            base_buf_putc(out, ',');
        base_buf_putc(out, digits[i]);
    }
    base_buf_puts(out, digits + whole);
}

/* D: at least so many digits, behind the sign. */
static void padded(int64_t value, int precision, struct base_buf *out)
{
    char digits[32];
    int len = snprintf(digits, sizeof(digits), "%llu",
                       value < 0 ? 0ULL - (unsigned long long)value : (unsigned long long)value);

    if (value < 0)
        base_buf_putc(out, '-');
    for (; len < precision; precision--)
        base_buf_putc(out, '0');
    base_buf_puts(out, digits);
}

static void hexadecimal(int64_t value, char letter, int precision, struct base_buf *out)
{
    uint64_t bits = value < 0 && value >= INT32_MIN ? (uint32_t)value : (uint64_t)value;

    base_buf_printf(out, letter == 'X' ? "%0*llX" : "%0*llx", precision < 0 ? 1 : precision,
                    (unsigned long long)bits);
}

static void fixed(double value, char letter, int precision, struct base_buf *out)
{
    char digits[512];

    if (letter == 'P')
        value *= 100;
    (void)snprintf(digits, sizeof(digits), "%.*f", precision < 0 ? 2 : precision, fabs(value));
    if (value < 0 && strpbrk(digits, "123456789"))
        base_buf_puts(out, letter == 'C' ? "(\xC2\xA4" : "-");
    else if (letter == 'C')
        base_buf_puts(out, "\xC2\xA4");
    if (letter == 'F')
        base_buf_puts(out, digits);
    else
        group(digits, out);
    if (letter == 'P')
        base_buf_puts(out, " %");
    if (letter == 'C' && value < 0)
        base_buf_putc(out, ')');
}

/* E: an exponent of at least three digits. */
static void scientific(double value, char letter, int precision, struct base_buf *out)
{
    char digits[160], *e;

    (void)snprintf(digits, sizeof(digits), "%.*e", precision < 0 ? 6 : precision, value);
    e = strchr(digits, 'e');
    if (!e)
        return base_buf_puts(out, digits);
    base_buf_append(out, digits, (size_t)(e - digits));
    base_buf_printf(out, "%c%c%03d", letter, e[1], atoi(e + 2));
}

static void general(double value, int precision, struct base_buf *out)
{
    char digits[64];

    (void)snprintf(digits, sizeof(digits), "%.*g", precision > 0 && precision < 18 ? precision : 15,
                   value);
    base_buf_puts(out, digits);
}

/* 1 done, 0 not a standard format, -1 one that is refused. */
static int standard(const char *format, bool whole, int64_t number, double value,
                    struct base_buf *out)
{
    int precision = -1;
    char upper = (char)toupper((unsigned char)format[0]);

    if (!isalpha((unsigned char)format[0]) ||
        strspn(format + 1, "0123456789") != strlen(format + 1))
        return 0;
    if (format[1])
        precision = strlen(format) > 3 ? PRECISION_MAX + 1 : atoi(format + 1);
    if (precision > PRECISION_MAX || (!whole && strchr("DX", upper)))
        return -1;
    if (upper == 'D')
        padded(number, precision, out);
    else if (upper == 'X')
        hexadecimal(number, format[0], precision, out);
    else if (upper == 'G' && whole && precision <= 0)
        padded(number, 0, out);
    else if (upper == 'G' || upper == 'R')
        general(value, precision, out);
    else if (upper == 'E')
        scientific(value, format[0], precision, out);
    else if (strchr("FNPC", upper))
        fixed(value, upper, upper == 'F' || upper == 'N' || precision >= 0 ? precision : 2, out);
    else
        return -1;
    return 1;
}

/* ---- custom formats: 0 # , . % and literals ---- */

struct custom {
    int whole_zeros, whole_places, fraction_zeros, fraction_places;
    bool grouped, percent;
};

static void read_custom(const char *format, struct custom *c)
{
    bool fraction = false;

    for (; *format; format++) {
        if (*format == '.')
            fraction = true;
        else if (*format == ',')
            c->grouped = c->grouped || (c->whole_places && !fraction);
        else if (*format == '%')
            c->percent = true;
        else if ((*format == '0' || *format == '#') && fraction) {
            c->fraction_places++;
            c->fraction_zeros = *format == '0' ? c->fraction_places : c->fraction_zeros;
        } else if (*format == '0' || *format == '#') {
            c->whole_places++;
            c->whole_zeros += *format == '0' || c->whole_zeros > 0;
        }
    }
}

static void custom_digits(double value, const struct custom *c, struct base_buf *out)
{
    char digits[512], *point;
    size_t len;
    struct base_buf whole = {0};

    (void)snprintf(digits, sizeof(digits), "%.*f", c->fraction_places, fabs(value));
    point = strchr(digits, '.');
    len = strlen(digits);
    while (point && len > (size_t)(point - digits) + 1 + (size_t)c->fraction_zeros &&
           digits[len - 1] == '0')
        digits[--len] = '\0';
    if (point && !point[1])
        *point = '\0';
    len = strcspn(digits, ".");
    for (size_t i = len; i < (size_t)c->whole_zeros; i++)
        base_buf_putc(&whole, '0');
    base_buf_puts(&whole, digits + (digits[0] == '0' && len == 1 && !c->whole_zeros));
    if (value < 0 && strpbrk(digits, "123456789"))
        base_buf_putc(out, '-');
    if (c->grouped)
        group(whole.data, out);
    else
        base_buf_puts(out, whole.data);
    base_buf_release(&whole);
}

static bool custom(double value, const char *format, struct base_buf *out)
{
    struct custom c = {0};
    bool written = false;

    if (strchr(format, ';'))
        return false; /* sections for negative numbers and zero */
    read_custom(format, &c);
    if (c.fraction_places > 30 || c.whole_zeros > 60)
        return false;
    for (; *format; format++) {
        if (strchr("0#,.", *format)) {
            if (!written)
                custom_digits(c.percent ? value * 100 : value, &c, out);
            written = true;
        } else if (*format == '\'' || *format == '"') {
            const char *end = strchr(format + 1, *format);
            if (!end)
                return false;
            base_buf_append(out, format + 1, (size_t)(end - format - 1));
            format = end;
        } else if (*format == '\\') {
            if (*++format == '\0')
                return false;
            base_buf_putc(out, *format);
        } else {
            base_buf_putc(out, *format);
        }
    }
    return true;
}

bool arm_dotnet_int(int64_t value, const char *format, struct base_buf *out)
{
    int done = *format ? standard(format, true, value, (double)value, out) : 0;

    if (!*format)
        padded(value, 0, out);
    return !*format || done > 0 || (!done && custom((double)value, format, out));
}

bool arm_dotnet_double(double value, const char *format, struct base_buf *out)
{
    int done = *format ? standard(format, false, 0, value, out) : 0;

    if (!*format)
        general(value, 0, out);
    return !*format || done > 0 || (!done && custom(value, format, out));
}
