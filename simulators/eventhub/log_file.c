/* Reads and writes the file of a partition's log; drops a tail that a crash cut off. */
#include "simulators/eventhub/log_file.h"

#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC 0x31524845u /* "EHR1" */
#define HEADER 40u
#define CHECKED 8u /* the CRC covers what comes after it */
#define READ_STEP (4u << 20)

struct eh_log_file {
    char *path;
    int fd; /* -1: not made yet */
    off_t size;
};

static void put32(char *at, uint32_t value);
static uint32_t get32(const char *at);
static void put64(char *at, int64_t value);
static int64_t get64(const char *at);
static uint32_t crc32_of(const char *data, size_t len);
static enum base_status read_all(struct eh_log_file *file,
                                 void (*each)(void *context, const struct eh_stamp *stamp,
                                              const char *data, size_t len),
                                 void *context, struct base_error *err);
static enum base_status io_error(struct base_error *err, const char *verb, const char *path);

struct eh_log_file *eh_log_file_open(const char *path,
                                     void (*each)(void *context, const struct eh_stamp *stamp,
                                                  const char *data, size_t len),
                                     void *context, struct base_error *err)
{
    struct eh_log_file *file = base_alloc(sizeof(*file));
    file->path = base_strdup(path);
    file->fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
    if (file->fd < 0 && errno == ENOENT)
        return file;
    if (file->fd < 0 || read_all(file, each, context, err) != BASE_OK) {
        (void)io_error(err, "opened", path);
        eh_log_file_close(file);
        return NULL;
    }
    return file;
}

void eh_log_file_close(struct eh_log_file *file)
{
    if (!file)
        return;
    if (file->fd >= 0)
        close(file->fd);
    free(file->path);
    free(file);
}

enum base_status eh_log_file_write(struct eh_log_file *file, const struct base_buf *records,
                                   struct base_error *err)
{
    size_t done = 0;
    if (file->fd < 0)
        file->fd = open(file->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file->fd < 0)
        return io_error(err, "made", file->path);
    while (done < records->len) {
        ssize_t wrote = write(file->fd, records->data + done, records->len - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0) {
            enum base_status status = io_error(err, "written", file->path);
            if (ftruncate(file->fd, file->size) != 0)
                base_log(BASE_LOG_ERROR, "eventhub", NULL, "%s keeps a cut record: %s", file->path,
                         strerror(errno));
            return status;
        }
        done += (size_t)wrote;
    }
    file->size += (off_t)done;
    return BASE_OK;
}

/* -- records -- */

size_t eh_record_begin(struct base_buf *out)
{
    static const char blank[HEADER];
    size_t mark = out->len;
    base_buf_append(out, blank, HEADER);
    return mark;
}

size_t eh_record_end(struct base_buf *out, size_t mark, const struct eh_stamp *stamp)
{
    char *at = out->data + mark;
    size_t len = out->len - mark - HEADER;
    put32(at, MAGIC);
    put32(at + 8, (uint32_t)len);
    put32(at + 12, 0);
    put64(at + 16, stamp->sequence);
    put64(at + 24, stamp->offset);
    put64(at + 32, stamp->time_ms);
    put32(at + 4, crc32_of(at + CHECKED, HEADER - CHECKED + len));
    return len;
}

bool eh_record_next(const struct base_buf *records, size_t *at, struct eh_stamp *stamp,
                    struct amqp_bytes *event)
{
    const char *head = records->data + *at;
    size_t before = *at;
    if (!eh_record_take(records, at, stamp, event))
        return false;
    if (crc32_of(head + CHECKED, HEADER - CHECKED + event->len) == get32(head + 4))
        return true;
    *at = before;
    return false;
}

bool eh_record_take(const struct base_buf *records, size_t *at, struct eh_stamp *stamp,
                    struct amqp_bytes *event)
{
    const char *head = records->data + *at;
    size_t left = records->len - *at;
    if (left < HEADER || get32(head) != MAGIC)
        return false;
    size_t len = get32(head + 8);
    if (len > left - HEADER)
        return false;
    *stamp = (struct eh_stamp){get64(head + 16), get64(head + 24), get64(head + 32)};
    *event = (struct amqp_bytes){head + HEADER, len};
    *at += HEADER + len;
    return true;
}

/* -- helpers -- */

/* In steps, so that a large log does not lie in memory twice. */
static enum base_status read_all(struct eh_log_file *file,
                                 void (*each)(void *context, const struct eh_stamp *stamp,
                                              const char *data, size_t len),
                                 void *context, struct base_error *err)
{
    struct base_buf window = {0};
    enum base_status status = BASE_OK;
    for (;;) {
        struct eh_stamp stamp;
        struct amqp_bytes event;
        size_t at = 0;
        base_buf_reserve(&window, READ_STEP);
        ssize_t got = read(file->fd, window.data + window.len, READ_STEP);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = io_error(err, "read", file->path);
        if (got <= 0)
            break;
        window.len += (size_t)got;
        while (eh_record_next(&window, &at, &stamp, &event))
            each(context, &stamp, event.data, event.len);
        file->size += (off_t)at;
        base_buf_drop(&window, at);
        if (at == 0 && window.len >= READ_STEP) /* no record is that long: damage */
            break;
    }
    if (status == BASE_OK && window.len > 0) {
        base_log(BASE_LOG_WARN, "eventhub", NULL,
                 "%s: a cut or damaged tail is dropped after %lld bytes", file->path,
                 (long long)file->size);
        if (ftruncate(file->fd, file->size) != 0)
            status = io_error(err, "cut", file->path);
    }
    base_buf_release(&window);
    return status;
}

static enum base_status io_error(struct base_error *err, const char *verb, const char *path)
{
    return base_error_set(err, errno == EACCES ? BASE_DENIED : BASE_IO, NULL,
                          "the event log %s cannot be %s: %s", path, verb, strerror(errno));
}

static void put32(char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (char)(value >> (8 * i));
}

static uint32_t get32(const char *at)
{
    const unsigned char *octets = (const unsigned char *)at;
    return octets[0] | (uint32_t)octets[1] << 8 | (uint32_t)octets[2] << 16 |
           (uint32_t)octets[3] << 24;
}

static void put64(char *at, int64_t value)
{
    put32(at, (uint32_t)value);
    put32(at + 4, (uint32_t)((uint64_t)value >> 32));
}

static int64_t get64(const char *at)
{
    return (int64_t)((uint64_t)get32(at) | (uint64_t)get32(at + 4) << 32);
}

/* CRC-32 (ISO 3309, reflected 0xEDB88320), eight bytes a step: row k of the table is the CRC of a byte with k zeros after it. */
static uint32_t crc_table[8][256];

static void make_crc_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
        crc_table[0][i] = crc;
    }
    for (int row = 1; row < 8; row++)
        for (uint32_t i = 0; i < 256; i++)
            crc_table[row][i] =
                crc_table[row - 1][i] >> 8 ^ crc_table[0][crc_table[row - 1][i] & 255];
}

static uint32_t crc32_of(const char *data, size_t len)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const uint32_t(*t)[256] = (const uint32_t(*)[256])crc_table;
    uint32_t crc = 0xffffffff;

    (void)pthread_once(&once, make_crc_table);
    for (; len >= 8; data += 8, len -= 8) {
        uint32_t low = crc ^ get32(data), high = get32(data + 4);
        crc = t[7][low & 255] ^ t[6][low >> 8 & 255] ^ t[5][low >> 16 & 255] ^ t[4][low >> 24] ^
              t[3][high & 255] ^ t[2][high >> 8 & 255] ^ t[1][high >> 16 & 255] ^ t[0][high >> 24];
    }
    for (; len > 0; data++, len--)
        crc = crc >> 8 ^ t[0][(crc ^ (unsigned char)*data) & 255];
    return ~crc;
}
