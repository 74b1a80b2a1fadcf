/* Decides the standard functions on instants. */
#include "simulators/arm/template/function.h"

#include "simulators/arm/template/dotnet.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS 86400000LL
#define ISO "yyyy-MM-ddTHH:mm:ssZ"
#define YEARS_MAX 9999
#define FIRST_MS -62135596800000LL /* 0001-01-01 */
#define LAST_MS 253402300799999LL  /* 9999-12-31 */

static bool give_time(struct arm_fn *fn, int64_t ms, const char *format)
{
    struct base_buf out = {0};

    if (arm_dotnet_time(ms, format, &out))
        return arm_fn_give_buf(fn, &out);
    base_buf_release(&out);
    return arm_fn_fail(fn, "the format '%.100s' is not a supported date and time format", format);
}

/* Texts that clients write: RFC 3339, a blank for the T, no zone, no separators (20060102T150405Z), a date alone. */
static bool parse_time(const char *text, int64_t *ms)
{
    static const char *const shapes[] = {"%4d-%2d-%2dT%2d:%2d:%2d%n", "%4d-%2d-%2d %2d:%2d:%2d%n",
                                         "%4d%2d%2dT%2d%2d%2d%n", "%4d-%2d-%2d%n", "%4d%2d%2d%n"};
    char iso[96];

    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        int year, month, day, hour = 0, minute = 0, second = 0, used = 0;
        const char *rest;
        if (i < 3)
            (void)sscanf(text, shapes[i], &year, &month, &day, &hour, &minute, &second, &used);
        else
            (void)sscanf(text, shapes[i], &year, &month, &day, &used);
        rest = text + used;
        if (!used || strlen(rest) > 40)
            continue;
        (void)snprintf(iso, sizeof(iso), "%04d-%02d-%02dT%02d:%02d:%02d%s", year, month, day, hour,
                       minute, second, rest);
        if (base_time_parse(iso, ms))
            return true;
        (void)snprintf(iso, sizeof(iso), "%04d-%02d-%02dT%02d:%02d:%02d%sZ", year, month, day, hour,
                       minute, second, rest);
        if (base_time_parse(iso, ms))
            return true;
    }
    return false;
}

static bool time_argument(struct arm_fn *fn, int index, int64_t *ms)
{
    const char *text;

    if (!arm_fn_text(fn, index, &text))
        return false;
    return parse_time(text, ms) ||
           arm_fn_fail(fn, "the value '%.100s' is not a date and time in ISO 8601", text);
}

/* ---- durations ---- */

/* One part: digits, for seconds with a fraction, and the letter. 1 read, 0 the text is at its end, -1 malformed. */
static int read_part(const char **at, double *number, char *letter)
{
    char *end;

    if (!**at)
        return 0;
    if (!isdigit((unsigned char)**at))
        return -1;
    *number = strtod(*at, &end);
    if (end - *at > 15 || memchr(*at, 'x', (size_t)(end - *at)) ||
        memchr(*at, 'e', (size_t)(end - *at)) || memchr(*at, 'E', (size_t)(end - *at)))
        return -1;
    if (memchr(*at, '.', (size_t)(end - *at)) && *end != 'S')
        return -1;
    *letter = *end;
    *at = end + (*end != '\0');
    return *letter ? 1 : -1;
}

/* A year has 365 days and a month 30, as .NET's durations have. */
static const struct unit {
    char letter;
    bool time;
    double ms;
} units[] = {{'Y', false, 365.0 * DAY_MS},
             {'M', false, 30.0 * DAY_MS},
             {'W', false, 7.0 * DAY_MS},
             {'D', false, DAY_MS},
             {'H', true, 3600000},
             {'M', true, 60000},
             {'S', true, 1000}};

#define UNITS (sizeof(units) / sizeof(units[0]))

/* [-]P1Y2M3DT4H5M6S */
static bool parse_duration(const char *at, int64_t *ms)
{
    bool negative = *at == '-', time = false;
    double total = 0, number;
    size_t next = 0, parts = 0;
    char letter;
    int read;

    at += negative;
    if (*at++ != 'P')
        return false;
    for (;; parts++) {
        if (*at == 'T' && !time && at[1]) {
            time = true;
            at++;
        }
        read = read_part(&at, &number, &letter);
        if (read <= 0)
            break;
        while (next < UNITS && (units[next].letter != letter || units[next].time != time))
            next++;
        if (next == UNITS)
            return false;
        total += number * units[next++].ms;
    }
    if (read < 0 || !parts || total > (double)(LAST_MS - FIRST_MS))
        return false;
    *ms = (int64_t)llround(negative ? -total : total);
    return true;
}

/* dateTimeAdd(base, duration[, format]) */
static bool run_date_time_add(struct arm_fn *fn)
{
    const char *duration, *format = ISO;
    int64_t ms, more;

    if (!time_argument(fn, 0, &ms) || !arm_fn_text(fn, 1, &duration) ||
        (fn->count > 2 && !arm_fn_text(fn, 2, &format)))
        return false;
    if (!parse_duration(duration, &more))
        return arm_fn_fail(fn, "the value '%.100s' is not a duration in ISO 8601", duration);
    if (ms + more < FIRST_MS || ms + more > LAST_MS)
        return arm_fn_fail(fn, "the result is not in the years 1 to %d", YEARS_MAX);
    return give_time(fn, ms + more, format);
}

static bool run_date_time_from_epoch(struct arm_fn *fn)
{
    int64_t seconds;

    if (!arm_fn_int(fn, 0, &seconds))
        return false;
    if (seconds < FIRST_MS / 1000 || seconds > LAST_MS / 1000)
        return arm_fn_fail(fn, "the value '%lld' is not in the years 1 to %d", (long long)seconds,
                           YEARS_MAX);
    return give_time(fn, seconds * 1000, ISO);
}

static bool run_date_time_to_epoch(struct arm_fn *fn)
{
    int64_t ms;

    return time_argument(fn, 0, &ms) &&
           arm_fn_give_int(fn, ms >= 0 ? ms / 1000 : -((-ms + 999) / 1000));
}

static bool run_utc_now(struct arm_fn *fn)
{
    const char *format = "yyyyMMddTHHmmssZ";

    if (fn->count && !arm_fn_text(fn, 0, &format))
        return false;
    return give_time(fn, fn->eval->scope->now_ms, format);
}

static const struct arm_function rows[] = {
    {"datetimeadd", 2, 3, run_date_time_add, 0, 0},
    {"datetimefromepoch", 1, 1, run_date_time_from_epoch, 0, 0},
    {"datetimetoepoch", 1, 1, run_date_time_to_epoch, 0, 0},
    {"utcnow", 0, 1, run_utc_now, ARM_AT_PARAMETER, 0},
};

const struct arm_function_table arm_functions_date = {rows, sizeof(rows) / sizeof(rows[0])};
