/* eventhub/log_file.h: the file of a partition's log, and the records in it. See log.h for the format. */
#ifndef EVENTHUB_LOG_FILE_H
#define EVENTHUB_LOG_FILE_H

#include "simulators/eventhub/event.h"

struct eh_log_file;

/* Reads all good records, in order, and cuts the file after the last one. Nothing is made while there is no file. Fails:
 * BASE_IO, BASE_DENIED. */
BASE_MUST_USE struct eh_log_file *eh_log_file_open(const char *path,
                                                   void (*each)(void *context,
                                                                const struct eh_stamp *stamp,
                                                                const char *data, size_t len),
                                                   void *context, struct base_error *err);
void eh_log_file_close(struct eh_log_file *file); /* NULL is fine */
/* Writes all of `records` or, as far as the disk lets us, nothing. Fails: BASE_IO. */
BASE_MUST_USE enum base_status
eh_log_file_write(struct eh_log_file *file, const struct base_buf *records, struct base_error *err);

/* Building: begin, append the event's bytes, end (which returns their count). */
size_t eh_record_begin(struct base_buf *out);
size_t eh_record_end(struct base_buf *out, size_t mark, const struct eh_stamp *stamp);
/* The record at *at; moves on. False at the end of the buffer, or when it is cut or damaged there. */
bool eh_record_next(const struct base_buf *records, size_t *at, struct eh_stamp *stamp,
                    struct amqp_bytes *event);
/* The same without a look at the checksum: for records built a moment ago. */
bool eh_record_take(const struct base_buf *records, size_t *at, struct eh_stamp *stamp,
                    struct amqp_bytes *event);

#endif
