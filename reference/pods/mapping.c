/* Decides which version of the mapping a batch is worked on with. */
#include "reference/pods/mapping.h"

#include "common/log.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_MS 1000 /* clock */

struct pod_mappings {
    struct pod *pod;
    pthread_mutex_t lock;
    struct pod_mapping *current;
    char reported[64]; /* etag of a bad version whose errors are in the log */
    int64_t checked_ms;
    bool doubted;
};

static enum base_status refresh_locked(pod_mappings_t *mappings, struct base_error *err);
static enum base_status take_locked(pod_mappings_t *mappings, const struct az_blob *blob,
                                    struct base_error *err);
static void put_locked(struct pod_mapping *mapping);

pod_mappings_t *pod_mappings_new(struct pod *pod)
{
    pod_mappings_t *mappings = base_alloc(sizeof *mappings);

    mappings->pod = pod;
    (void)pthread_mutex_init(&mappings->lock, NULL);
    return mappings;
}

void pod_mappings_free(pod_mappings_t *mappings)
{
    if (!mappings)
        return;
    put_locked(mappings->current);
    (void)pthread_mutex_destroy(&mappings->lock);
    free(mappings);
}

enum base_status pod_mappings_acquire(pod_mappings_t *mappings, struct pod_mapping **out,
                                      struct base_error *err)
{
    enum base_status status = BASE_OK;
    int64_t now;

    *out = NULL;
    (void)pthread_mutex_lock(&mappings->lock);
    now = base_clock_ms(&mappings->pod->clock);
    if (!mappings->current || mappings->doubted || now - mappings->checked_ms >= CHECK_MS) {
        status = refresh_locked(mappings, err);
        mappings->checked_ms = now;
        mappings->doubted = status != BASE_OK;
    }
    if (status == BASE_OK) {
        *out = mappings->current;
        (*out)->users++;
    }
    (void)pthread_mutex_unlock(&mappings->lock);
    return status;
}

void pod_mappings_release(pod_mappings_t *mappings, struct pod_mapping *mapping)
{
    (void)pthread_mutex_lock(&mappings->lock);
    put_locked(mapping);
    (void)pthread_mutex_unlock(&mappings->lock);
}

void pod_mappings_doubt(pod_mappings_t *mappings)
{
    (void)pthread_mutex_lock(&mappings->lock);
    mappings->doubted = true;
    (void)pthread_mutex_unlock(&mappings->lock);
}

static void put_locked(struct pod_mapping *mapping)
{
    if (!mapping || --mapping->users > 0)
        return;
    dp_device_mapping_free(mapping->device);
    dp_fhir_mapping_free(mapping->fhir);
    free(mapping);
}

static enum base_status refresh_locked(pod_mappings_t *mappings, struct base_error *err)
{
    struct pod *pod = mappings->pod;
    const char *etag = mappings->current ? mappings->current->etag : NULL;
    struct az_blob blob = {0};
    bool unchanged = false;
    enum base_status status =
        az_blob_get(&pod->templates, pod->settings.template_name, etag, &unchanged, &blob, err);

    if (status == BASE_OK && !unchanged)
        status = take_locked(mappings, &blob, err);
    az_blob_release(&blob);
    return status;
}

static void report(pod_mappings_t *mappings, const struct az_blob *blob,
                   const struct dp_mapping_errors *errors)
{
    struct base_buf line = {0};

    if (strcmp(mappings->reported, blob->etag) == 0)
        return;
    memcpy(mappings->reported, blob->etag, sizeof mappings->reported);
    for (size_t i = 0; i < errors->count; i++) {
        base_buf_clear(&line);
        dp_mapping_error_text(&errors->items[i], &line);
        base_log(BASE_LOG_ERROR, POD_ROOM, NULL, "mapping error: %s", line.data);
    }
    base_buf_release(&line);
}

static enum base_status take_locked(pod_mappings_t *mappings, const struct az_blob *blob,
                                    struct base_error *err)
{
    bool device = mappings->pod->settings.kind == POD_NORMALIZATION;
    const char *text = blob->body.len ? blob->body.data : "";
    struct pod_mapping *mapping = base_alloc(sizeof *mapping);
    struct dp_mapping_errors errors = {0};
    enum base_status status = BASE_OK;

    mapping->users = 1;
    memcpy(mapping->etag, blob->etag, sizeof mapping->etag);
    if (device)
        mapping->device = dp_device_mapping_load(text, blob->body.len, &errors);
    else
        mapping->fhir = dp_fhir_mapping_load(text, blob->body.len, &errors);
    if (errors.count > 0) {
        report(mappings, blob, &errors);
        status = base_error_set(err, BASE_INVALID, "ValidationException",
                                "The mapping has %zu errors; the first: %s", errors.count,
                                errors.items[0].message);
        put_locked(mapping);
    } else {
        put_locked(mappings->current);
        mappings->current = mapping;
        base_log(BASE_LOG_INFO, POD_ROOM, NULL, "uses the mapping with etag %s: %zu templates",
                 mapping->etag,
                 device ? dp_device_mapping_count(mapping->device)
                        : dp_fhir_mapping_count(mapping->fhir));
    }
    dp_mapping_errors_release(&errors);
    return status;
}
