/* Decides what a date, a decimal and a text cover when they are searched for. */
#include "simulators/fhir/value.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 10000000LL /* ticks */
#define FRACTION_DIGITS 7
#define DECIMAL_DIGITS 29

struct stamp { /* a date being read */
    int year, month, day, hour, minute, second;
    int64_t fraction, offset_s;
    int parts; /* 1 year .. 6 second, 7 fraction */
};

static bool take(const char **at, int digits, int low, int high, int *out)
{
    *out = 0;
    for (int i = 0; i < digits; i++, (*at)++) {
        if (!isdigit((unsigned char)**at))
            return false;
        *out = *out * 10 + (**at - '0');
    }
    return *out >= low && *out <= high;
}

static bool take_fraction(const char **at, struct stamp *stamp)
{
    size_t digits = strspn(*at, "0123456789");

    if (digits < 1 || digits > FRACTION_DIGITS)
        return false;
    for (size_t i = 0; i < FRACTION_DIGITS; i++)
        stamp->fraction = stamp->fraction * 10 + (i < digits ? (*at)[i] - '0' : 0);
    *at += digits;
    return true;
}

static bool take_zone(const char **at, struct stamp *stamp)
{
    int hours, minutes, sign = **at == '-' ? -1 : 1;

    if (**at == 'Z') {
        (*at)++;
        return true;
    }
    if (**at != '+' && **at != '-' && **at != ' ') /* '+' of an unescaped query is a blank */
        return **at == '\0';
    (*at)++;
    if (!take(at, 2, 0, 14, &hours) || *(*at)++ != ':' || !take(at, 2, 0, 59, &minutes))
        return false;
    stamp->offset_s = sign * (hours * 3600 + minutes * 60);
    return true;
}

static bool take_time(const char **at, struct stamp *stamp)
{
    (*at)++;
    if (!take(at, 2, 0, 23, &stamp->hour) || *(*at)++ != ':' || !take(at, 2, 0, 59, &stamp->minute))
        return false;
    stamp->parts = 5;
    if (**at == ':') {
        (*at)++;
        if (!take(at, 2, 0, 59, &stamp->second))
            return false;
        stamp->parts = 6;
    }
    if (**at == '.' && stamp->parts == 6) {
        (*at)++;
        if (!take_fraction(at, stamp))
            return false;
        stamp->parts = 7;
    }
    return take_zone(at, stamp);
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

static bool take_stamp(const char *at, struct stamp *stamp)
{
    *stamp = (struct stamp){.month = 1, .day = 1, .parts = 1};
    if (!take(&at, 4, 1, 9999, &stamp->year))
        return false;
    if (*at == '-') {
        at++;
        if (!take(&at, 2, 1, 12, &stamp->month))
            return false;
        stamp->parts = 2;
    }
    if (*at == '-' && stamp->parts == 2) {
        at++;
        if (!take(&at, 2, 1, month_days(stamp->year, stamp->month), &stamp->day))
            return false;
        stamp->parts = 3;
    }
    if (*at == 'T' && stamp->parts == 3 && !take_time(&at, stamp))
        return false;
    return *at == '\0';
}

/* Days since 1970 of a date of the Gregorian calendar, counted from March. */
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = year / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t ticks_of(const struct stamp *s)
{
    int64_t seconds =
        days_of(s->year, s->month, s->day) * 86400 + s->hour * 3600 + s->minute * 60 + s->second;

    return (seconds - s->offset_s) * SECOND + s->fraction;
}

bool fhir_date_range(const char *text, int64_t *low, int64_t *high)
{
    static const int64_t spans[] = {[3] = 86400 * SECOND, [5] = 60 * SECOND, [6] = SECOND, [7] = 1};
    struct stamp stamp;

    if (!take_stamp(text, &stamp))
        return false;
    *low = ticks_of(&stamp);
    if (stamp.parts == 1)
        *high = *low + (days_of(stamp.year + 1, 1, 1) - days_of(stamp.year, 1, 1)) * 86400 * SECOND;
    else if (stamp.parts == 2)
        *high = *low + month_days(stamp.year, stamp.month) * 86400 * SECOND;
    else
        *high = *low + spans[stamp.parts];
    --*high;
    return true;
}

struct decimal { /* digits * 10^exponent */
    __int128 digits;
    int exponent;
};

static bool take_decimal(const char *at, struct decimal *out)
{
    bool negative = *at == '-';
    size_t count = 0;
    char *end;

    at += *at == '-' || *at == '+';
    for (bool point = false; isdigit((unsigned char)*at) || (*at == '.' && !point); at++) {
        if (*at == '.') {
            point = true;
            continue;
        }
        out->digits = out->digits * 10 + (*at - '0');
        out->exponent -= point;
        if (++count > DECIMAL_DIGITS)
            return false;
    }
    if (*at == 'e' || *at == 'E') {
        long power = strtol(at + 1, &end, 10);
        if (end == at + 1 || power > 28 || power < -28)
            return false;
        out->exponent += (int)power;
        at = end;
    }
    if (negative)
        out->digits = -out->digits;
    return count && !*at;
}

/* By way of its text, so that equal decimals become the same double. */
static double double_of(struct decimal decimal)
{
    char text[80];
    long long high = (long long)(decimal.digits / 1000000000000000LL);
    long long low = (long long)(decimal.digits % 1000000000000000LL);

    snprintf(text, sizeof text, "%s%lld%015llde%d", decimal.digits < 0 ? "-" : "",
             high < 0 ? -high : high, low < 0 ? -low : low, decimal.exponent);
    return strtod(text, NULL);
}

bool fhir_decimal_range(const char *text, double *value, double *low, double *high)
{
    struct decimal decimal = {0};

    if (!take_decimal(text, &decimal))
        return false;
    *value = double_of(decimal);
    *low = double_of((struct decimal){decimal.digits * 10 - 5, decimal.exponent - 1});
    *high = double_of((struct decimal){decimal.digits * 10 + 5, decimal.exponent - 1});
    return *value < 7.9e28 && *value > -7.9e28;
}

/* Base letters of U+00C0 .. U+017F; '.' keeps the letter. */
static const char bases[] = "aaaaaa.ceeeeiiii.nooooo..uuuuy..aaaaaa.ceeeeiiii.nooooo..uuuuy.y"
                            "aaaaaaccccccccdd..eeeeeeeeeegggggggghh..iiiiiiiii...jjkk.llllll."
                            "...nnnnnn...oooooo..rrrrrrsssssssstttt..uuuuuuuuuuuuwwyyyzzzzzz.";

static size_t fold_letter(unsigned code, char *out)
{
    if (code >= 0x300 && code < 0x370) /* a combining accent */
        return 0;
    if (code >= 0xc0 && code < 0xc0 + sizeof bases - 1 && bases[code - 0xc0] != '.') {
        *out = bases[code - 0xc0];
        return 1;
    }
    if ((code >= 0xc0 && code < 0xdf && code != 0xd7) || (code >= 0x391 && code < 0x3aa) ||
        (code >= 0x410 && code < 0x430))
        code += 0x20;
    out[0] = (char)(0xc0 | code >> 6);
    out[1] = (char)(0x80 | (code & 0x3f));
    return 2;
}

char *fhir_fold(struct base_arena *arena, const char *text)
{
    char *folded = base_arena_alloc(arena, strlen(text) + 1), *out = folded;

    while (*text) {
        unsigned char lead = (unsigned char)*text;
        if ((lead & 0xe0) == 0xc0 && text[1]) {
            out += fold_letter((lead & 0x1fu) << 6 | ((unsigned char)text[1] & 0x3f), out);
            text += 2;
        } else {
            *out++ = (char)tolower(lead);
            text++;
        }
    }
    *out = '\0';
    return folded;
}
