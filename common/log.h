/* common/log.h: one line of JSON an event, on stderr. A level is defined by who must act on it. */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include "common/clock.h"

enum base_log_level {
    BASE_LOG_DEBUG, /* for the developer of this code */
    BASE_LOG_INFO,  /* nobody must act */
    BASE_LOG_WARN,  /* somebody should look in working hours */
    BASE_LOG_ERROR, /* somebody must act now */
};

/* Called once from main, before threads. `program` and `clock` are borrowed for the life of the
 * program. */
void base_log_setup(const char *program, const struct base_clock *clock, enum base_log_level least);
/* "debug" "info" "warn" "error" -> level; false on another word. */
bool base_log_level_parse(const char *word, enum base_log_level *out);
/* Writes {"time","level","program","room","correlationId"?,"message"}. `correlation` may be NULL.
 * Any thread. Never log a secret, a token or personal data. */
void base_log(enum base_log_level level, const char *room, const char *correlation, const char *fmt,
              ...) BASE_PRINTF(4, 5);

#endif
