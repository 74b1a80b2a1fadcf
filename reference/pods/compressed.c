/* Decides how a group of measurements is packed into one message, and how far a message is unpacked. */
#include "reference/pods/compressed.h"

#include "reference/pods/event_tokens.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define GZIP_TYPE "application/gzip"
#define GROUP_FLAG "IsMeasurementGroup"
#define GROUP_ERROR "MeasurementGroupProcessingException"
#define GZIP_WINDOW (15 + 16) /* zlib: the largest window, with gzip's header and trailer */
#define GZIP_MEMORY 8
#define STEP 16384

struct pod_group_writer {
    z_stream stream;
    struct base_buf text, packed; /* one measurement; the message */
    size_t count, unpacked;
    struct az_event_property flag;
    struct az_event_data event;
    bool finished;
};

static void pack(pod_group_writer_t *writer, const char *data, size_t len, int flush);
static enum base_status unpack(const struct amqp_bytes *packed, struct base_buf *out,
                               struct base_error *err);

pod_group_writer_t *pod_group_writer_new(void)
{
    pod_group_writer_t *writer = base_alloc(sizeof *writer);

    if (deflateInit2(&writer->stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        BUG("zlib cannot begin");
    return writer;
}

void pod_group_writer_free(pod_group_writer_t *writer)
{
    if (!writer)
        return;
    (void)deflateEnd(&writer->stream);
    base_buf_release(&writer->text);
    base_buf_release(&writer->packed);
    free(writer);
}

void pod_group_writer_reset(pod_group_writer_t *writer)
{
    (void)deflateReset(&writer->stream);
    base_buf_clear(&writer->packed);
    writer->count = writer->unpacked = 0;
    writer->finished = false;
}

bool pod_group_writer_add(pod_group_writer_t *writer, const struct dp_measurement *measurement)
{
    BUG_ON(writer->finished);
    base_buf_clear(&writer->text);
    base_buf_putc(&writer->text, writer->count ? ',' : '[');
    dp_measurement_write(&writer->text, measurement);
    if (writer->unpacked + writer->text.len + 1 > POD_GROUP_MAX)
        return false;
    pack(writer, writer->text.data, writer->text.len, Z_NO_FLUSH);
    writer->count++;
    return true;
}

size_t pod_group_writer_count(const pod_group_writer_t *writer)
{
    return writer->count;
}

const struct az_event_data *pod_group_writer_finish(pod_group_writer_t *writer)
{
    if (!writer->finished)
        pack(writer, writer->count ? "]" : "[]", writer->count ? 1 : 2, Z_FINISH);
    writer->finished = true;
    writer->flag = (struct az_event_property){GROUP_FLAG, amqp_bool(true)};
    writer->event = (struct az_event_data){.body = writer->packed.data,
                                           .body_len = writer->packed.len,
                                           .content_type = GZIP_TYPE,
                                           .properties = &writer->flag,
                                           .property_count = 1};
    return &writer->event;
}

bool pod_event_is_group(const struct az_event *event)
{
    return pod_event_flag(event, GROUP_FLAG);
}

enum base_status pod_event_measurements(struct base_arena *arena, struct base_arena *scratch,
                                        const struct az_event *event, struct dp_measurements *list,
                                        struct base_error *err)
{
    bool group = pod_event_is_group(event);
    struct amqp_bytes body = event->body;
    struct dp_measurements found = {0};
    struct base_buf text = {0};
    enum base_status status = BASE_OK;

    if (group && amqp_bytes_equal(event->amqp.content_type, GZIP_TYPE)) {
        status = unpack(&event->body, &text, err);
        body = (struct amqp_bytes){text.data, text.len};
    }
    if (status == BASE_OK)
        status =
            dp_measurement_read(scratch, body.data ? body.data : "", body.len, group, &found, err);
    base_buf_release(&text);
    for (size_t i = 0; status == BASE_OK && i < found.count; i++)
        dp_measurements_keep(arena, list, &found.items[i]);
    return status;
}

/* Runs the compressor until it has taken everything (and, at the end, given everything). */
static void pack(pod_group_writer_t *writer, const char *data, size_t len, int flush)
{
    z_stream *stream = &writer->stream;
    int outcome = Z_OK;

    stream->next_in = (unsigned char *)data;
    stream->avail_in = (unsigned)len;
    writer->unpacked += len;
    do {
        base_buf_reserve(&writer->packed, STEP);
        stream->next_out = (unsigned char *)writer->packed.data + writer->packed.len;
        stream->avail_out = STEP;
        outcome = deflate(stream, flush);
        writer->packed.len += STEP - stream->avail_out;
    } while (stream->avail_in > 0 || stream->avail_out == 0);
    BUG_ON(flush == Z_FINISH ? outcome != Z_STREAM_END : outcome != Z_OK && outcome != Z_BUF_ERROR);
}

/* Another member may follow the first (RFC 1952 §2.2); what follows and is none is left alone, as the original's reader does. */
static bool another_member(const z_stream *stream)
{
    return stream->avail_in >= 2 && stream->next_in[0] == 0x1F && stream->next_in[1] == 0x8B;
}

static enum base_status unpack_all(z_stream *stream, struct base_buf *out, struct base_error *err)
{
    for (;;) {
        int outcome;
        base_buf_reserve(out, STEP);
        stream->next_out = (unsigned char *)out->data + out->len;
        stream->avail_out = STEP;
        outcome = inflate(stream, Z_NO_FLUSH);
        out->len += STEP - stream->avail_out;
        out->data[out->len] = '\0';
        if (out->len > POD_GROUP_MAX)
            return base_error_set(err, BASE_INVALID, GROUP_ERROR,
                                  "The compressed group unpacks to more than %u bytes; it is not "
                                  "unpacked further.",
                                  POD_GROUP_MAX);
        if (outcome == Z_STREAM_END && !another_member(stream))
            return BASE_OK;
        if (outcome == Z_STREAM_END)
            outcome = inflateReset(stream);
        if (outcome == Z_BUF_ERROR ||
            (outcome == Z_OK && stream->avail_in == 0 && stream->avail_out > 0))
            return base_error_set(err, BASE_INVALID, GROUP_ERROR,
                                  "The compressed group ends too early.");
        if (outcome != Z_OK)
            return base_error_set(err, BASE_INVALID, GROUP_ERROR,
                                  "The compressed group cannot be unpacked: %s.",
                                  stream->msg ? stream->msg : "it is not gzip");
    }
}

static enum base_status unpack(const struct amqp_bytes *packed, struct base_buf *out,
                               struct base_error *err)
{
    z_stream stream = {.next_in = (unsigned char *)packed->data, .avail_in = (unsigned)packed->len};
    enum base_status status;

    if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
        BUG("zlib cannot begin");
    status = unpack_all(&stream, out, err);
    (void)inflateEnd(&stream);
    return status;
}
