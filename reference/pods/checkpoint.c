/* Decides where the position in a partition is kept, and when an old one no longer counts. */
#include "reference/pods/checkpoint.h"

#include "common/text.h"
#include "reference/dataplane/date.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fill_metadata(struct base_headers *metadata, const struct pod_checkpoint *checkpoint);
static enum base_status put_blob(struct pod *pod, const struct az_blob_write *write,
                                 struct base_error *err);

static void name_start(const struct pod_settings *settings, struct base_buf *out)
{
    base_buf_printf(out, "%s/%s/checkpoint/", pod_app_type(settings->kind),
                    settings->checkpoint_prefix);
}

void pod_checkpoint_name(const struct pod_settings *settings, const char *namespace,
                         const char *hub, const char *partition, struct base_buf *out)
{
    name_start(settings, out);
    base_buf_printf(out, "%s/%s/%s", namespace, hub, partition);
}

enum base_status pod_checkpoint_read(struct pod *pod, const char *name, struct pod_checkpoint *out,
                                     struct base_error *err)
{
    struct az_blob blob = {0};
    struct base_error cause = {0};
    enum base_status status = az_blob_properties(&pod->checkpoints, name, &blob, &cause);
    const char *offset, *sequence;

    *out = (struct pod_checkpoint){.sequence_number = -1};
    if (status == BASE_OK) {
        offset = base_headers_get(&blob.metadata, "Offset");
        sequence = base_headers_get(&blob.metadata, "SequenceNumber");
        (void)snprintf(out->offset, sizeof out->offset, "%s",
                       offset && strcmp(offset, "-1") != 0 ? offset : "");
        if (!sequence || !base_parse_int64(sequence, &out->sequence_number))
            out->sequence_number = -1;
    }
    az_blob_release(&blob);
    if (status == BASE_NOT_FOUND)
        return BASE_OK;
    if (status != BASE_OK && err && err->status == BASE_OK)
        *err = cause;
    return status;
}

enum base_status pod_checkpoint_write(struct pod *pod, const char *name,
                                      const struct pod_checkpoint *checkpoint,
                                      struct base_error *err)
{
    struct base_headers metadata = {0};
    struct az_blob_write write = {.name = name, .body = "", .metadata = &metadata};
    struct base_error cause = {0};
    char etag[64];
    enum base_status status;

    fill_metadata(&metadata, checkpoint);
    status = az_blob_set_metadata(&pod->checkpoints, &write, etag, &cause);
    if (status == BASE_NOT_FOUND)
        status = put_blob(pod, &write, err);
    else if (status != BASE_OK && err && err->status == BASE_OK)
        *err = cause;
    base_headers_release(&metadata);
    return status;
}

enum base_status pod_checkpoint_forget_others(struct pod *pod, const char *namespace,
                                              const char *hub, int *deleted, struct base_error *err)
{
    struct base_buf prefix = {0}, own = {0};
    struct az_blob *blobs = NULL;
    size_t count = 0;
    struct base_error cause = {0};
    enum base_status status;

    *deleted = 0;
    name_start(&pod->settings, &prefix);
    pod_checkpoint_name(&pod->settings, namespace, hub, "", &own);
    status = az_blob_list(&pod->checkpoints, prefix.data, &blobs, &count, &cause);
    for (size_t i = 0; i < count; i++) {
        if (status == BASE_OK && strncmp(blobs[i].name, own.data, own.len) != 0) {
            status = az_blob_delete(&pod->checkpoints, blobs[i].name, &cause);
            *deleted += status == BASE_OK;
        }
        az_blob_release(&blobs[i]);
    }
    free(blobs);
    base_buf_release(&prefix);
    base_buf_release(&own);
    if (status == BASE_NOT_FOUND) /* no container yet: nothing to forget */
        return BASE_OK;
    if (status != BASE_OK && err && err->status == BASE_OK)
        *err = cause;
    return status;
}

/* LastProcessed has the original's form: MM/dd/yyyy hh:mm:ss.fff tt. */
static void fill_metadata(struct base_headers *metadata, const struct pod_checkpoint *checkpoint)
{
    char us[DP_DATE_TEXT];
    int hour;

    dp_date_us(dp_date_from_ms(checkpoint->enqueued_ms), us);
    hour = atoi(us + 11);
    base_headers_addf(metadata, "LastProcessed", "%.10s %02d%s.%03d %s", us,
                      hour % 12 ? hour % 12 : 12, us + 13, (int)(checkpoint->enqueued_ms % 1000),
                      hour < 12 ? "AM" : "PM");
    base_headers_addf(metadata, "SequenceNumber", "%lld", (long long)checkpoint->sequence_number);
    base_headers_add(metadata, "Offset", checkpoint->offset);
}

static enum base_status put_blob(struct pod *pod, const struct az_blob_write *write,
                                 struct base_error *err)
{
    struct base_error cause = {0};
    char etag[64];
    enum base_status status = az_blob_put(&pod->checkpoints, write, etag, &cause);

    if (status == BASE_NOT_FOUND) {
        base_error_clear(&cause);
        status = az_container_create(&pod->checkpoints, &cause);
        if (status == BASE_OK)
            status = az_blob_put(&pod->checkpoints, write, etag, &cause);
    }
    if (status != BASE_OK && err && err->status == BASE_OK)
        *err = cause;
    return status;
}
