/* eventhub/log.h: the append-only log of one partition, in memory and, with a state folder, in a file.
 *
 * File: records one after the other, each a header of 40 bytes (little-endian: "EHR1", CRC-32 of all that follows, length,
 * zero, sequence number, offset, enqueued ms) and the stored event. A cut or damaged tail is dropped when the file is opened. An
 * append is one write(): it survives the end of the process, not of the machine. Thread-safe. */
#ifndef EVENTHUB_LOG_H
#define EVENTHUB_LOG_H

#include "simulators/eventhub/event.h"

#define EH_LOG_MAX (1u << 30) /* bytes of events that one partition keeps */

typedef struct eh_log eh_log_t;

/* path NULL: memory only. The file is made with the first event. `now_ms` and `retention_ms` say what is too old to load. */
BASE_MUST_USE eh_log_t *eh_log_open(const char *path, int64_t retention_ms, int64_t now_ms,
                                    struct base_error *err);
void eh_log_close(eh_log_t *log); /* NULL is fine */
void eh_log_set_retention(eh_log_t *log, int64_t retention_ms);

/* Appends all events of a batch, or none. *last (may be NULL) gets the stamp of the last one. Fails: BASE_TOO_LARGE (EH_LOG_MAX),
 * BASE_IO. */
BASE_MUST_USE enum base_status eh_log_append(eh_log_t *log, const struct eh_batch *batch,
                                             int64_t now_ms, struct eh_stamp *last,
                                             struct base_error *err);

struct eh_log_info {
    int64_t first;        /* sequence number of the oldest event kept; the next one's when empty */
    struct eh_stamp last; /* -1, -1, 0 before the first event ever */
    bool empty;
};
void eh_log_info(eh_log_t *log, struct eh_log_info *out);

/* Sequence number of the first event with offset / enqueued time above `value` (or equal to, when inclusive); the next one's
 * when there is none. */
int64_t eh_log_find_offset(eh_log_t *log, int64_t value, bool inclusive);
int64_t eh_log_find_time(eh_log_t *log, int64_t value, bool inclusive);

struct eh_record {
    struct amqp_bytes message; /* stored form */
    struct eh_stamp stamp;
};
/* Calls `take` under the log's lock for the events from *sequence on (or the oldest one, if that is gone) until it returns
 * false; *sequence becomes that of the first event not taken. Returns whether events are left. */
bool eh_log_read(eh_log_t *log, int64_t *sequence,
                 bool (*take)(void *context, const struct eh_record *record), void *context);

#endif
