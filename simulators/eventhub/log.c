/* Keeps one partition's events: chunks of memory that never move, an index by sequence number, and the file behind them. */
#include "simulators/eventhub/log.h"
#include "simulators/eventhub/log_file.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_FIRST (16u << 10)
#define CHUNK_MOST (1u << 20)

struct chunk {
    struct chunk *next; /* newer */
    size_t used, size, records;
    char data[];
};

struct entry {
    struct chunk *chunk;
    const char *data;
    uint32_t len;
    int64_t offset, time_ms;
};

struct eh_log {
    pthread_mutex_t lock;
    struct chunk *oldest, *newest;
    struct entry *index; /* of sequence numbers first .. first + count - 1 */
    size_t count, cap;
    int64_t first;
    struct eh_stamp last;
    size_t bytes; /* of all events kept */
    int64_t retention_ms;
    struct eh_log_file *file; /* NULL: memory only */
    struct base_buf scratch;  /* records of the batch being appended */
};

static void add_record(eh_log_t *log, const struct eh_stamp *stamp, const char *data, size_t len);
static char *chunk_room(eh_log_t *log, size_t len);
static void loaded(void *context, const struct eh_stamp *stamp, const char *data, size_t len);
static void trim(eh_log_t *log, int64_t now_ms);
static void drop_oldest(eh_log_t *log);
static size_t encode(eh_log_t *log, const struct eh_batch *batch, int64_t now_ms);
static void keep_scratch(eh_log_t *log);

eh_log_t *eh_log_open(const char *path, int64_t retention_ms, int64_t now_ms,
                      struct base_error *err)
{
    eh_log_t *log = base_alloc(sizeof(*log));
    pthread_mutex_init(&log->lock, NULL);
    log->retention_ms = retention_ms;
    log->last = (struct eh_stamp){-1, -1, 0};
    if (!path)
        return log;
    log->file = eh_log_file_open(path, loaded, log, err);
    if (!log->file) {
        eh_log_close(log);
        return NULL;
    }
    trim(log, now_ms);
    return log;
}

void eh_log_close(eh_log_t *log)
{
    if (!log)
        return;
    for (struct chunk *chunk = log->oldest, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    eh_log_file_close(log->file);
    base_buf_release(&log->scratch);
    free(log->index);
    pthread_mutex_destroy(&log->lock);
    free(log);
}

void eh_log_set_retention(eh_log_t *log, int64_t retention_ms)
{
    pthread_mutex_lock(&log->lock);
    log->retention_ms = retention_ms;
    pthread_mutex_unlock(&log->lock);
}

enum base_status eh_log_append(eh_log_t *log, const struct eh_batch *batch, int64_t now_ms,
                               struct eh_stamp *last, struct base_error *err)
{
    enum base_status status = BASE_OK;
    pthread_mutex_lock(&log->lock);
    trim(log, now_ms);
    size_t bytes = encode(log, batch, now_ms);
    if (log->bytes + bytes > EH_LOG_MAX)
        status = base_error_set(
            err, BASE_TOO_LARGE, "amqp:resource-limit-exceeded",
            "The partition holds %zu bytes of events; at most %u are kept until the retention time "
            "drops the oldest.",
            log->bytes, EH_LOG_MAX);
    else if (log->file)
        status = eh_log_file_write(log->file, &log->scratch, err);
    if (status == BASE_OK)
        keep_scratch(log);
    if (last)
        *last = log->last;
    pthread_mutex_unlock(&log->lock);
    return status;
}

void eh_log_info(eh_log_t *log, struct eh_log_info *out)
{
    pthread_mutex_lock(&log->lock);
    out->first = log->first;
    out->last = log->last;
    out->empty = log->count == 0;
    pthread_mutex_unlock(&log->lock);
}

/* Both columns rise with the sequence number: a binary search does. */
static int64_t find(eh_log_t *log, int64_t value, bool inclusive, bool by_time)
{
    pthread_mutex_lock(&log->lock);
    size_t low = 0, high = log->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int64_t at = by_time ? log->index[middle].time_ms : log->index[middle].offset;
        if (at < value || (!inclusive && at == value))
            low = middle + 1;
        else
            high = middle;
    }
    int64_t found = log->first + (int64_t)low;
    pthread_mutex_unlock(&log->lock);
    return found;
}

int64_t eh_log_find_offset(eh_log_t *log, int64_t value, bool inclusive)
{
    return find(log, value, inclusive, false);
}

int64_t eh_log_find_time(eh_log_t *log, int64_t value, bool inclusive)
{
    return find(log, value, inclusive, true);
}

bool eh_log_read(eh_log_t *log, int64_t *sequence,
                 bool (*take)(void *context, const struct eh_record *record), void *context)
{
    pthread_mutex_lock(&log->lock);
    int64_t end = log->first + (int64_t)log->count;
    if (*sequence < log->first)
        *sequence = log->first;
    while (*sequence < end) {
        const struct entry *entry = &log->index[*sequence - log->first];
        struct eh_record record = {{entry->data, entry->len},
                                   {*sequence, entry->offset, entry->time_ms}};
        if (!take(context, &record))
            break;
        ++*sequence;
    }
    bool left = *sequence < end;
    pthread_mutex_unlock(&log->lock);
    return left;
}

/* -- growing -- */

/* Records of the batch into scratch; returns the bytes of their events. Time never goes backwards within a log. */
static size_t encode(eh_log_t *log, const struct eh_batch *batch, int64_t now_ms)
{
    size_t bytes = 0;
    struct eh_stamp stamp = log->last;
    base_buf_clear(&log->scratch);
    if (now_ms > stamp.time_ms)
        stamp.time_ms = now_ms;
    stamp.sequence = log->first + (int64_t)log->count - 1;
    if (stamp.offset < 0)
        stamp.offset = 0;
    else
        stamp.offset += log->count > 0 ? log->index[log->count - 1].len : 1;
    for (size_t i = 0; i < batch->count; i++) {
        size_t mark = eh_record_begin(&log->scratch);
        stamp.sequence++;
        eh_event_encode(&log->scratch, batch, &batch->items[i], &stamp);
        size_t len = eh_record_end(&log->scratch, mark, &stamp);
        stamp.offset += (int64_t)len;
        bytes += len;
    }
    return bytes;
}

static void keep_scratch(eh_log_t *log)
{
    struct eh_stamp stamp;
    struct amqp_bytes event;
    for (size_t at = 0; eh_record_take(&log->scratch, &at, &stamp, &event);)
        add_record(log, &stamp, event.data, event.len);
}

static void loaded(void *context, const struct eh_stamp *stamp, const char *data, size_t len)
{
    add_record(context, stamp, data, len);
}

static void add_record(eh_log_t *log, const struct eh_stamp *stamp, const char *data, size_t len)
{
    char *copy = chunk_room(log, len);
    memcpy(copy, data, len);
    if (log->count == log->cap) {
        log->cap = log->cap ? log->cap * 2 : 64;
        log->index = base_realloc(log->index, log->cap * sizeof(*log->index));
    }
    if (log->count == 0)
        log->first = stamp->sequence;
    log->index[log->count++] =
        (struct entry){log->newest, copy, (uint32_t)len, stamp->offset, stamp->time_ms};
    log->last = *stamp;
    log->bytes += len;
}

static char *chunk_room(eh_log_t *log, size_t len)
{
    struct chunk *chunk = log->newest;
    if (!chunk || chunk->size - chunk->used < len) {
        size_t size = chunk ? chunk->size * 2 : CHUNK_FIRST;
        size = size > CHUNK_MOST ? CHUNK_MOST : size;
        size = size < len ? len : size;
        chunk = base_alloc(sizeof(*chunk) + size);
        chunk->size = size;
        if (log->newest)
            log->newest->next = chunk;
        else
            log->oldest = chunk;
        log->newest = chunk;
    }
    char *room = chunk->data + chunk->used;
    chunk->used += len;
    chunk->records++;
    return room;
}

/* -- forgetting -- */

static void trim(eh_log_t *log, int64_t now_ms)
{
    size_t old = 0;
    while (old < log->count && log->index[old].time_ms < now_ms - log->retention_ms)
        old++;
    if (old == 0)
        return;
    for (size_t i = 0; i < old; i++) {
        log->bytes -= log->index[i].len;
        log->index[i].chunk->records--;
    }
    log->first += (int64_t)old;
    log->count -= old;
    memmove(log->index, log->index + old, log->count * sizeof(*log->index));
    drop_oldest(log);
}

static void drop_oldest(eh_log_t *log)
{
    while (log->oldest && log->oldest->records == 0) {
        struct chunk *gone = log->oldest;
        log->oldest = gone->next;
        if (!log->oldest)
            log->newest = NULL;
        free(gone);
    }
}
