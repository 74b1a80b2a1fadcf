/* Decides which JSON strings are dates, and how a date is written out again. */
#include "reference/dataplane/date.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dp_cursor { /* walks over an ISO date */
    const char *at, *end;
};

struct dp_parts {
    int year, month, day, hour, minute, second;
    int fraction; /* in ticks */
};

static bool sniff_iso(const char *text, size_t len, struct dp_date *out);
static bool sniff_microsoft(const char *text, size_t len, struct dp_date *out);
static bool is_offset(const char *text);
static bool take_digits(struct dp_cursor *in, int count, int *value);
static bool take_char(struct dp_cursor *in, char c);
static bool take_fraction(struct dp_cursor *in, int *ticks);
static bool take_zone(struct dp_cursor *in, enum dp_date_kind *kind, int *minutes);
static struct dp_parts parts_of(int64_t ticks);
static int64_t days_from_civil(int year, int month, int day);

bool dp_date_sniff(const char *text, size_t len, struct dp_date *out)
{
    if (len >= 19 && len <= 40 && text[0] >= '0' && text[0] <= '9' && text[10] == 'T')
        return sniff_iso(text, len, out);
    return len >= 9 && memcmp(text, "/Date(", 6) == 0 && sniff_microsoft(text, len, out);
}

/* `count` decimal digits; returns the place behind them. */
static char *put_digits(char *out, int value, int count)
{
    for (int i = count; i--; value /= 10)
        out[i] = (char)('0' + value % 10);
    return out + count;
}

/* yyyy-MM-ddTHH:mm:ss; returns the place behind it. */
static char *put_seconds(char *out, const struct dp_parts *p)
{
    static const char separators[] = "--T::";
    const int values[] = {p->year, p->month, p->day, p->hour, p->minute, p->second};

    for (size_t i = 0; i < 6; i++) {
        out = put_digits(out, values[i], i ? 2 : 4);
        if (i < 5)
            *out++ = separators[i];
    }
    return out;
}

void dp_date_iso(struct dp_date date, char out[DP_DATE_TEXT])
{
    static const char *const zones[] = {"", "Z", "+00:00"};
    struct dp_parts p = parts_of(date.ticks);
    char *at = put_seconds(out, &p);

    if (p.fraction) {
        *at++ = '.';
        at = put_digits(at, p.fraction, 7);
        while (at[-1] == '0')
            at--;
    }
    strcpy(at, zones[date.kind]);
}

void dp_date_fhir(int64_t ticks, char out[DP_DATE_TEXT])
{
    struct dp_parts p = parts_of(ticks);
    char *at = put_seconds(out, &p);

    *at++ = '.';
    at = put_digits(at, p.fraction, 7);
    strcpy(at, "Z");
}

void dp_date_us(struct dp_date date, char out[DP_DATE_TEXT])
{
    struct dp_parts p = parts_of(date.ticks);

    (void)snprintf(out, DP_DATE_TEXT, "%02d/%02d/%04d %02d:%02d:%02d", p.month, p.day, p.year,
                   p.hour, p.minute, p.second);
}

void dp_date_compact(int64_t ticks, char out[DP_DATE_TEXT])
{
    struct dp_parts p = parts_of(ticks);

    (void)snprintf(out, DP_DATE_TEXT, "%04d%02d%02d%02d%02d%02dZ", p.year, p.month, p.day, p.hour,
                   p.minute, p.second);
}

struct dp_date dp_date_from_ms(int64_t epoch_ms)
{
    const int64_t least = -INT64_C(62135596800000), most = INT64_C(253402300799999);

    epoch_ms = epoch_ms < least ? least : epoch_ms > most ? most : epoch_ms;
    return (struct dp_date){DP_TICKS_UNIX + epoch_ms * DP_TICKS_MS, DP_DATE_UTC};
}

int64_t dp_date_to_ms(struct dp_date date)
{
    return (date.ticks - DP_TICKS_UNIX) / DP_TICKS_MS;
}

bool dp_date_of_parts(int year, int month, int day, int64_t *ticks)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
        return false;
    if (day > days[month - 1] + (month == 2 && leap))
        return false;
    *ticks = days_from_civil(year, month, day) * DP_TICKS_DAY;
    return true;
}

static bool sniff_iso(const char *text, size_t len, struct dp_date *out)
{
    struct dp_cursor in = {text, text + len};
    struct dp_parts p = {0};
    int offset = 0;
    int64_t ticks;

    if (!take_digits(&in, 4, &p.year) || !take_char(&in, '-') || !take_digits(&in, 2, &p.month) ||
        !take_char(&in, '-') || !take_digits(&in, 2, &p.day) || !take_char(&in, 'T') ||
        !take_digits(&in, 2, &p.hour) || !take_char(&in, ':') || !take_digits(&in, 2, &p.minute) ||
        !take_char(&in, ':') || !take_digits(&in, 2, &p.second))
        return false;
    if (p.hour > 24 || p.minute > 59 || p.second > 59 || (p.hour == 24 && (p.minute || p.second)) ||
        !dp_date_of_parts(p.year, p.month, p.day, &ticks))
        return false;
    if (!take_fraction(&in, &p.fraction) || (p.hour == 24 && p.fraction) ||
        !take_zone(&in, &out->kind, &offset))
        return false;
    ticks += p.hour * DP_TICKS_HOUR + p.minute * 60 * DP_TICKS_SECOND + p.second * DP_TICKS_SECOND +
             p.fraction - offset * 60 * DP_TICKS_SECOND;
    if (p.hour == 24 && ticks + offset * 60 * DP_TICKS_SECOND > DP_TICKS_MAX)
        return false;
    out->ticks = ticks < 0 ? 0 : ticks > DP_TICKS_MAX ? DP_TICKS_MAX : ticks;
    return true;
}

/* "/Date(1709625600000)/" and "/Date(1709625600000+0100)/": the offset names a zone, not another instant. */
static bool sniff_microsoft(const char *text, size_t len, struct dp_date *out)
{
    char digits[32], *end;
    long long ms;
    size_t count;

    if (text[len - 1] != '/' || text[len - 2] != ')' || len - 8 >= sizeof digits)
        return false;
    memcpy(digits, text + 6, len - 8);
    digits[len - 8] = '\0';
    count = strspn(digits + (digits[0] == '-'), "0123456789");
    errno = 0;
    ms = strtoll(digits, &end, 10);
    if (count == 0 || errno || end != digits + count + (digits[0] == '-'))
        return false;
    out->kind = *end ? DP_DATE_LOCAL : DP_DATE_UTC;
    if (*end && !is_offset(end))
        return false;
    if (ms < -INT64_C(62135596800000) || ms > INT64_C(253402300799999))
        return false;
    out->ticks = DP_TICKS_UNIX + ms * DP_TICKS_MS;
    return true;
}

/* "+hh" or "+hhmm", and whatever may follow that. */
static bool is_offset(const char *text)
{
    size_t digits = strspn(text + 1, "0123456789");

    return (*text == '+' || *text == '-') && (digits >= 4 || (digits == 2 && !text[3]));
}

static bool take_digits(struct dp_cursor *in, int count, int *value)
{
    *value = 0;
    if (in->end - in->at < count)
        return false;
    for (int i = 0; i < count; i++, in->at++) {
        if (*in->at < '0' || *in->at > '9')
            return false;
        *value = *value * 10 + (*in->at - '0');
    }
    return true;
}

static bool take_char(struct dp_cursor *in, char c)
{
    if (in->at == in->end || *in->at != c)
        return false;
    in->at++;
    return true;
}

/* One to seven digits after a point; without a point nothing. */
static bool take_fraction(struct dp_cursor *in, int *ticks)
{
    int count = 0, digit;

    *ticks = 0;
    if (!take_char(in, '.'))
        return true;
    while (count < 7 && in->at < in->end && *in->at >= '0' && *in->at <= '9') {
        (void)take_digits(in, 1, &digit);
        *ticks = *ticks * 10 + digit;
        count++;
    }
    for (int i = count; i < 7; i++)
        *ticks *= 10;
    return count > 0;
}

/* Two digits if they are there: the cursor moves past them. */
static bool take_pair(struct dp_cursor *in, int *value)
{
    struct dp_cursor ahead = *in;

    if (!take_digits(&ahead, 2, value))
        return false;
    *in = ahead;
    return true;
}

/* Z, z, +hh, +hh:mm, +hhmm or nothing, up to the end; minutes east of UTC. As in the original the colon may stand alone, and two
 * digits or ":dd" without an hour are passed over. */
static bool take_zone(struct dp_cursor *in, enum dp_date_kind *kind, int *minutes)
{
    struct dp_cursor hours = {in->at + 1, in->end};
    int hour = 0, minute = 0;
    bool west;

    *minutes = 0;
    *kind = DP_DATE_UNSPECIFIED;
    if (in->at == in->end)
        return true;
    if (take_char(in, 'Z') || take_char(in, 'z')) {
        *kind = DP_DATE_UTC;
        return in->at == in->end;
    }
    west = *in->at == '-';
    if ((west || *in->at == '+') && take_pair(&hours, &hour)) {
        *kind = DP_DATE_LOCAL;
        in->at = hours.at;
    }
    (void)take_char(in, ':');
    (void)take_pair(in, &minute);
    if (*kind == DP_DATE_LOCAL)
        *minutes = (west ? -1 : 1) * (hour * 60 + minute);
    return in->at == in->end;
}

/* Howard Hinnant's civil calendar arithmetic, counted from 0001-01-01. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 306;
}

static struct dp_parts parts_of(int64_t ticks)
{
    struct dp_parts p;
    int64_t days = ticks / DP_TICKS_DAY + 306, rest = ticks % DP_TICKS_DAY;
    int64_t era = days / 146097, day_of_era = days % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;

    p.day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    p.month = (int)(month < 10 ? month + 3 : month - 9);
    p.year = (int)(year_of_era + era * 400 + (p.month <= 2));
    p.hour = (int)(rest / DP_TICKS_HOUR);
    p.minute = (int)(rest / (60 * DP_TICKS_SECOND) % 60);
    p.second = (int)(rest / DP_TICKS_SECOND % 60);
    p.fraction = (int)(rest % DP_TICKS_SECOND);
    return p;
}
