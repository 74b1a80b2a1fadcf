/* common/clock.h: the one room where time, randomness and ids come from. Everything else takes them
 * as parameters.
 *
 * A clock may run faster than the world outside: IOMT_CLOCK="<rate>@<epoch ms>" says that at real
 * time <epoch ms> the clock showed <epoch ms> and since then goes <rate> times as fast;
 * "<rate>@<epoch ms>+<ahead ms>" says that it showed <ahead ms> more (a cloud whose clock was fast before).
 * All programs that share the variable share the time. Waits that stand for the passing of time
 * (Retry-After, back-off, batch windows, leases) are given in clock milliseconds and cost 1/rate of
 * that; time-outs of sockets and processes are real milliseconds. */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include "common/mem.h"

struct base_clock {
    double rate;      /* 1.0: the clock on the wall */
    int64_t epoch_ms; /* real time at which clock and wall agreed, but for ahead_ms */
    int64_t ahead_ms; /* what the clock showed more than the wall at epoch_ms */
};

/* Wall clock, or as IOMT_CLOCK says. BASE_INVALID when the variable is malformed (rate
 * 0.001..10000). */
BASE_MUST_USE enum base_status base_clock_from_env(struct base_clock *clock,
                                                   struct base_error *err);
void base_clock_init(struct base_clock *clock); /* wall clock */
/* The same from a text. Copies nothing of it. BASE_INVALID as above. */
BASE_MUST_USE enum base_status base_clock_parse(struct base_clock *clock, const char *text,
                                                struct base_error *err);
/* What the clock shows at a real time (ms since 1970 UTC). */
int64_t base_clock_at(const struct base_clock *clock, int64_t real_ms);

int64_t base_clock_ms(const struct base_clock *clock); /* milliseconds since 1970 UTC */
int64_t base_clock_s(const struct base_clock *clock);  /* seconds since 1970 UTC */
/* Clock milliseconds -> real milliseconds (at least 1 for a positive wait), for poll() and
 * condition variables. */
int64_t base_clock_real(const struct base_clock *clock, int64_t clock_ms);
void base_clock_sleep(const struct base_clock *clock, int64_t clock_ms); /* blocks */
/* Monotonic real milliseconds, for measuring and for I/O time-outs. */
int64_t base_monotonic_ms(void);

/* Texts of an instant in epoch milliseconds, UTC. `out` holds BASE_TIME_TEXT bytes. */
#define BASE_TIME_TEXT 96
void base_time_iso(int64_t ms, char *out);   /* 2026-11-23T05:14:53.123Z */
void base_time_iso_s(int64_t ms, char *out); /* 2026-11-23T05:14:53Z */
void base_time_http(int64_t ms, char *out);  /* Mon, 23 Nov 2026 05:14:53 GMT (RFC 9110) */
/* RFC 3339 with zone -> epoch ms; fraction of any length, cut to ms. False when it is not one. */
bool base_time_parse(const char *text, int64_t *ms);

/* Random bytes: from the system, or repeatable from a seed (IOMT_SEED). Thread-safe. */
typedef struct base_random base_random_t;
base_random_t *base_random_new(const char *seed) BASE_MUST_USE; /* NULL seed: the system's */
base_random_t *base_random_from_env(void) BASE_MUST_USE;        /* IOMT_SEED, or the system's */
void base_random_free(base_random_t *random);
void base_random_bytes(base_random_t *random, void *out, size_t len);
#define BASE_UUID_TEXT 37
void base_uuid(base_random_t *random, char *out);                     /* version 4, lower case */
void base_random_hex(base_random_t *random, char *out, size_t chars); /* out holds chars + 1 */
bool base_is_uuid(const char *text); /* 8-4-4-4-12 hex digits, any case */

#endif
