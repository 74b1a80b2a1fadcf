/* eventhub/event.h: events as senders send them, and as the log keeps them.
 *
 * A batch (message-format 0x80013700) is an envelope whose data sections each hold one encoded message (facts eventhub.md §2
 * Send). A stored event is one encoded message, ready to be sent: merged annotations, then the bare message. */
#ifndef EVENTHUB_EVENT_H
#define EVENTHUB_EVENT_H

#include "amqp/message.h"

#define EH_BATCH_FORMAT 0x80013700u
#define EH_MESSAGE_MAX 1048576u /* bytes of a message or batch: 1 MB, Standard tier */
#define EH_KEY_MAX 128          /* bytes of a partition key */

struct eh_event { /* views into the received payload */
    struct amqp_bytes bare;
    struct amqp_value annotations, footer; /* MAP or NULL */
};

struct eh_batch { /* zeroed at first; reused by its owner; release with eh_batch_release */
    struct eh_event *items;
    size_t count, cap;
    struct amqp_bytes key;       /* partition key, absent: none */
    struct amqp_bytes publisher; /* set by the caller */
};
void eh_batch_release(struct eh_batch *batch);
/* Takes a payload apart. Fails with the AMQP condition in err->code: amqp:decode-error, amqp:not-implemented,
 * com.microsoft:argument-error. */
BASE_MUST_USE enum base_status eh_batch_read(struct eh_batch *batch, struct amqp_bytes payload,
                                             uint32_t format, struct base_error *err);

struct eh_stamp {
    int64_t sequence, offset, time_ms;
};
/* Appends the stored form of an event. */
void eh_event_encode(struct base_buf *out, const struct eh_batch *batch,
                     const struct eh_event *event, const struct eh_stamp *stamp);

#endif
