/* Decides how .NET's invariant culture writes an instant in a given format. */
#include "simulators/arm/template/dotnet.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                   "Thursday", "Friday", "Saturday"};
static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

/* Formats of one letter, as custom formats. */
static const struct standard {
    char letter;
    const char *format;
} standards[] = {
    {'d', "MM/dd/yyyy"},
    {'D', "dddd, dd MMMM yyyy"},
    {'f', "dddd, dd MMMM yyyy HH:mm"},
    {'F', "dddd, dd MMMM yyyy HH:mm:ss"},
    {'g', "MM/dd/yyyy HH:mm"},
    {'G', "MM/dd/yyyy HH:mm:ss"},
    {'m', "MMMM dd"},
    {'M', "MMMM dd"},
    {'o', "yyyy-MM-ddTHH:mm:ss.fffffffK"},
    {'O', "yyyy-MM-ddTHH:mm:ss.fffffffK"},
    {'r', "ddd, dd MMM yyyy HH:mm:ss 'GMT'"},
    {'R', "ddd, dd MMM yyyy HH:mm:ss 'GMT'"},
    {'s', "yyyy-MM-ddTHH:mm:ss"},
    {'t', "HH:mm"},
    {'T', "HH:mm:ss"},
    {'u', "yyyy-MM-dd HH:mm:ss'Z'"},
    {'U', "dddd, dd MMMM yyyy HH:mm:ss"},
    {'y', "yyyy MMMM"},
    {'Y', "yyyy MMMM"},
};

struct instant {
    struct tm tm;
    int ms;
};

static void put_number(int value, size_t width, struct base_buf *out)
{
    base_buf_printf(out, "%0*d", (int)width, value);
}

static void put_year(const struct instant *t, size_t len, struct base_buf *out)
{
    int year = t->tm.tm_year + 1900;

    put_number(len < 3 ? year % 100 : year, len, out);
}

static void put_day(const struct instant *t, size_t len, struct base_buf *out)
{
    if (len < 3)
        return put_number(t->tm.tm_mday, len, out);
    base_buf_printf(out, "%.*s", len == 3 ? 3 : 9, days[t->tm.tm_wday]);
}

static void put_month(const struct instant *t, size_t len, struct base_buf *out)
{
    if (len < 3)
        return put_number(t->tm.tm_mon + 1, len, out);
    base_buf_printf(out, "%.*s", len == 3 ? 3 : 9, months[t->tm.tm_mon]);
}

/* f: so many digits; F: without the zeros at the end, and the point in front of nothing goes too. */
static bool put_fraction(const struct instant *t, char letter, size_t len, struct base_buf *out)
{
    char digits[16];

    if (len > 7)
        return false;
    (void)snprintf(digits, sizeof(digits), "%03d0000", t->ms % 1000);
    if (letter == 'F')
        while (len && digits[len - 1] == '0')
            len--;
    if (!len && out->len && out->data[out->len - 1] == '.')
        out->data[--out->len] = '\0';
    base_buf_append(out, digits, len);
    return true;
}

static void put_zone(size_t len, struct base_buf *out)
{
    base_buf_puts(out, len == 1 ? "+0" : len == 2 ? "+00" : "+00:00");
}

static void put_half(const struct instant *t, size_t len, struct base_buf *out)
{
    base_buf_puts(out,
                  len == 1 ? (t->tm.tm_hour < 12 ? "A" : "P") : (t->tm.tm_hour < 12 ? "AM" : "PM"));
}

/* One run of the same letter. False: it is none that a format has. */
static bool put_letter(const struct instant *t, char letter, size_t len, struct base_buf *out)
{
    size_t two = len > 2 ? 2 : len;

    switch (letter) {
    case 'y':
        return put_year(t, len, out), len < 6;
    case 'M':
        return put_month(t, len, out), true;
    case 'd':
        return put_day(t, len, out), true;
    case 'H':
        return put_number(t->tm.tm_hour, two, out), true;
    case 'h':
        return put_number((t->tm.tm_hour + 11) % 12 + 1, two, out), true;
    case 'm':
        return put_number(t->tm.tm_min, two, out), true;
    case 's':
        return put_number(t->tm.tm_sec, two, out), true;
    case 'f':
    case 'F':
        return put_fraction(t, letter, len, out);
    case 't':
        return put_half(t, len, out), true;
    case 'z':
        return put_zone(len, out), true;
    case 'K':
        return base_buf_puts(out, "Z"), true;
    case 'g':
        return base_buf_puts(out, "A.D."), true;
    default:
        return false;
    }
}

/* A quoted part; returns the character behind it, NULL when it does not end. */
static const char *put_quoted(const char *at, struct base_buf *out)
{
    const char *end = strchr(at + 1, *at);

    if (end)
        base_buf_append(out, at + 1, (size_t)(end - at - 1));
    return end ? end + 1 : NULL;
}

static bool custom(const struct instant *t, const char *at, struct base_buf *out)
{
    while (at && *at) {
        if (*at == '\'' || *at == '"') {
            at = put_quoted(at, out);
        } else if (*at == '\\' && at[1]) {
            base_buf_putc(out, at[1]);
            at += 2;
        } else if (*at == '%' && at[1]) {
            at++;
        } else if (strchr("yMdHhmsfFtzKg", *at)) {
            size_t len = *at == 'K' ? 1 : 0;
            while (*at != 'K' && at[len] == *at)
                len++;
            if (!put_letter(t, *at, len, out))
                return false;
            at += len;
        } else if (*at == '\\' || *at == '%') {
            return false;
        } else {
            base_buf_putc(out, *at++); /* T, Z, blanks, - : / . are what they are */
        }
    }
    return at != NULL;
}

bool arm_dotnet_time(int64_t ms, const char *format, struct base_buf *out)
{
    time_t seconds = (time_t)((ms - ((ms % 1000) + 1000) % 1000) / 1000);
    struct instant t = {.ms = (int)(((ms % 1000) + 1000) % 1000)};

    if (!gmtime_r(&seconds, &t.tm) || t.tm.tm_year + 1900 < 1 || t.tm.tm_year + 1900 > 9999)
        return false;
    if (strlen(format) != 1)
        return custom(&t, format, out);
    for (size_t i = 0; i < sizeof(standards) / sizeof(standards[0]); i++)
        if (standards[i].letter == *format)
            return custom(&t, standards[i].format, out);
    return false;
}
