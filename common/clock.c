/* Decides what time it is and what is random, for the whole program. */
#include "common/clock.h"
#include "common/text.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

struct base_random {
    pthread_mutex_t lock;
    bool seeded;
    uint64_t state; /* splitmix64; only for repeatable runs, never for secrets of a real cloud */
};

static int64_t timespec_ms(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void base_clock_init(struct base_clock *clock)
{
    *clock = (struct base_clock){.rate = 1.0};
}

enum base_status base_clock_from_env(struct base_clock *clock, struct base_error *err)
{
    const char *text = getenv("IOMT_CLOCK");

    base_clock_init(clock);
    return text && *text ? base_clock_parse(clock, text, err) : BASE_OK;
}

/* <epoch ms>, or <epoch ms>+<ahead ms>. */
static bool parse_epoch(const char *text, struct base_clock *clock)
{
    const char *plus = strchr(text, '+');
    char *epoch = plus ? base_strndup(text, (size_t)(plus - text)) : base_strdup(text);
    bool parsed = base_parse_int64(epoch, &clock->epoch_ms) &&
                  (!plus || base_parse_int64(plus + 1, &clock->ahead_ms));

    free(epoch);
    return parsed && clock->ahead_ms >= 0;
}

enum base_status base_clock_parse(struct base_clock *clock, const char *text,
                                  struct base_error *err)
{
    char *end;

    base_clock_init(clock);
    clock->rate = strtod(text, &end);
    if (end != text && *end == '@' && parse_epoch(end + 1, clock) && clock->rate >= 0.001 &&
        clock->rate <= 10000)
        return BASE_OK;
    base_clock_init(clock);
    return base_error_set(err, BASE_INVALID, NULL,
                          "IOMT_CLOCK is \"%s\"; expected <rate>@<epoch ms> or <rate>@<epoch "
                          "ms>+<ahead ms> with a rate from 0.001 to 10000",
                          text);
}

int64_t base_clock_ms(const struct base_clock *clock)
{
    return base_clock_at(clock, timespec_ms(CLOCK_REALTIME));
}

int64_t base_clock_at(const struct base_clock *clock, int64_t real_ms)
{
    if (clock->rate == 1.0)
        return real_ms + clock->ahead_ms;
    return clock->epoch_ms + (int64_t)((double)(real_ms - clock->epoch_ms) * clock->rate) +
           clock->ahead_ms;
}

int64_t base_clock_s(const struct base_clock *clock)
{
    return base_clock_ms(clock) / 1000;
}

int64_t base_clock_real(const struct base_clock *clock, int64_t clock_ms)
{
    if (clock_ms <= 0)
        return 0;
    int64_t real = (int64_t)((double)clock_ms / clock->rate);
    return real > 0 ? real : 1;
}

void base_clock_sleep(const struct base_clock *clock, int64_t clock_ms)
{
    int64_t real = base_clock_real(clock, clock_ms);
    struct timespec left = {.tv_sec = real / 1000, .tv_nsec = real % 1000 * 1000000};

    while (nanosleep(&left, &left) && errno == EINTR)
        ;
}

int64_t base_monotonic_ms(void)
{
    return timespec_ms(CLOCK_MONOTONIC);
}

static void split(int64_t ms, struct tm *parts, int *millis)
{
    time_t seconds = (time_t)(ms >= 0 ? ms / 1000 : -((999 - ms) / 1000));
    *millis = (int)(ms - (int64_t)seconds * 1000);
    gmtime_r(&seconds, parts);
}

void base_time_iso(int64_t ms, char *out)
{
    struct tm t;
    int millis;

    split(ms, &t, &millis);
    snprintf(out, BASE_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.tm_year + 1900,
             t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, millis);
}

void base_time_iso_s(int64_t ms, char *out)
{
    struct tm t;
    int millis;

    split(ms, &t, &millis);
    snprintf(out, BASE_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900, t.tm_mon + 1,
             t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
}

void base_time_http(int64_t ms, char *out)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm t;
    int millis;

    split(ms, &t, &millis);
    snprintf(out, BASE_TIME_TEXT, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[t.tm_wday], t.tm_mday,
             months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

static bool two_digits(const char **text, int *out)
{
    if (!isdigit((unsigned char)(*text)[0]) || !isdigit((unsigned char)(*text)[1]))
        return false;
    *out = ((*text)[0] - '0') * 10 + (*text)[1] - '0';
    *text += 2;
    return true;
}

static bool parse_zone(const char *text, int *minutes)
{
    int hour, minute;

    *minutes = 0;
    if ((*text == 'Z' || *text == 'z') && !text[1])
        return true;
    if (*text != '+' && *text != '-')
        return false;
    int sign = *text == '-' ? -1 : 1;
    text++;
    if (!two_digits(&text, &hour) || *text++ != ':' || !two_digits(&text, &minute) || *text)
        return false;
    *minutes = sign * (hour * 60 + minute);
    return hour < 24 && minute < 60;
}

bool base_time_parse(const char *text, int64_t *ms)
{
    struct tm t = {0};
    int century, year, zone, millis = 0, scale = 100;

    if (!text || !two_digits(&text, &century) || !two_digits(&text, &year) || *text++ != '-' ||
        !two_digits(&text, &t.tm_mon) || *text++ != '-' || !two_digits(&text, &t.tm_mday))
        return false;
    if ((*text != 'T' && *text != 't') || !*++text || !two_digits(&text, &t.tm_hour) ||
        *text++ != ':' || !two_digits(&text, &t.tm_min) || *text++ != ':' ||
        !two_digits(&text, &t.tm_sec))
        return false;
    if (*text == '.') {
        if (!isdigit((unsigned char)*++text))
            return false;
        for (; isdigit((unsigned char)*text); text++, scale /= 10)
            millis += (*text - '0') * scale;
    }
    if (!parse_zone(text, &zone) || t.tm_mon < 1 || t.tm_mon > 12 || t.tm_mday < 1 ||
        t.tm_mday > 31 || t.tm_hour > 23 || t.tm_min > 59 || t.tm_sec > 60)
        return false;
    t.tm_year = century * 100 + year - 1900;
    t.tm_mon--;
    struct tm whole = t; /* timegm turns 30 February into 2 March: not a date */
    int64_t seconds = timegm(&whole);
    if (whole.tm_mday != t.tm_mday && t.tm_sec < 60)
        return false;
    *ms = (seconds - zone * 60) * 1000 + millis;
    return true;
}

base_random_t *base_random_new(const char *seed)
{
    base_random_t *random = base_alloc(sizeof *random);

    pthread_mutex_init(&random->lock, NULL);
    random->seeded = seed != NULL;
    random->state = 1469598103934665603u; /* FNV-1a of the seed's text */
    for (; seed && *seed; seed++)
        random->state = (random->state ^ (unsigned char)*seed) * 1099511628211u;
    return random;
}

base_random_t *base_random_from_env(void)
{
    const char *seed = getenv("IOMT_SEED");
    return base_random_new(seed && *seed ? seed : NULL);
}

void base_random_free(base_random_t *random)
{
    if (!random)
        return;
    pthread_mutex_destroy(&random->lock);
    free(random);
}

static uint64_t next_seeded(base_random_t *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void base_random_bytes(base_random_t *random, void *out, size_t len)
{
    unsigned char *bytes = out;

    if (random->seeded) {
        pthread_mutex_lock(&random->lock);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (unsigned char)(next_seeded(random) >> 24);
        pthread_mutex_unlock(&random->lock);
        return;
    }
    while (len) {
        ssize_t got = getrandom(bytes, len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        BUG_ON(got <= 0);
        bytes += got;
        len -= (size_t)got;
    }
}

void base_uuid(base_random_t *random, char *out)
{
    unsigned char b[16];

    base_random_bytes(random, b, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(out, BASE_UUID_TEXT,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
             b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
             b[15]);
}

void base_random_hex(base_random_t *random, char *out, size_t chars)
{
    for (size_t i = 0; i < chars; i++) {
        unsigned char byte;
        base_random_bytes(random, &byte, 1);
        out[i] = "0123456789abcdef"[byte & 15];
    }
    out[chars] = '\0';
}

bool base_is_uuid(const char *text)
{
    if (!text || strlen(text) != 36)
        return false;
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}
