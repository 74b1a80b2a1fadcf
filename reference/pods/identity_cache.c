/* Decides how long resolved identities are believed, and for which measurements. */
#include "reference/pods/identity_cache.h"

#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 5000
#define BYTES_MAX (8u << 20)
#define IDLE_MAX_MS (INT64_C(2) * 3600 * 1000)

pod_cache_t *pod_identity_cache_new(const struct base_clock *clock)
{
    struct pod_cache_config config = {.clock = clock,
                                      .entries = ENTRIES_MAX,
                                      .bytes = BYTES_MAX,
                                      .life_ms = IDLE_MAX_MS,
                                      .sliding = true};

    return pod_cache_new(&config);
}

/* Three texts, each with its NUL; an empty one is none. */
static const char *next_text(struct base_arena *arena, const char **at)
{
    const char *text = **at ? base_arena_strdup(arena, *at) : NULL;

    *at += strlen(*at) + 1;
    return text;
}

bool pod_identity_cache_get(pod_cache_t *cache, const struct dp_measurement *measurement,
                            struct base_arena *arena, struct dp_ids *out)
{
    struct base_buf value = {0};
    bool found = pod_cache_get(cache, measurement->device_id, &value);

    if (found) {
        const char *at = value.data;
        out->patient = next_text(arena, &at);
        out->device = next_text(arena, &at);
        out->encounter = next_text(arena, &at);
    }
    base_buf_release(&value);
    return found;
}

void pod_identity_cache_put(pod_cache_t *cache, const struct dp_measurement *measurement,
                            const struct dp_ids *ids)
{
    const char *texts[] = {ids->patient, ids->device, ids->encounter};
    struct base_buf value = {0};

    for (size_t i = 0; i < 3; i++)
        base_buf_append(&value, texts[i] ? texts[i] : "", texts[i] ? strlen(texts[i]) + 1 : 1);
    pod_cache_put(cache, measurement->device_id, value.data, value.len);
    base_buf_release(&value);
}
