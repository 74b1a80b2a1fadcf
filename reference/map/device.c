/* Decides what became of an event: its measurements by template, and its fault. */
#include "reference/map/device.h"

#include "reference/map/envelope.h"
#include "reference/map/explain.h"

#include <stdio.h>
#include <string.h>

static void set_fault(struct base_arena *arena, const char *stage, const struct base_error *err,
                      struct map_fault *out);
static void evaluate(const dp_device_mapping_t *mapping, struct base_arena *arena,
                     struct map_event *out);

enum base_status map_event_run(const dp_device_mapping_t *mapping, const char *line, size_t len,
                               bool body_only, struct base_arena *arena, struct map_event *out,
                               struct base_error *err)
{
    struct base_error cause = {0};
    struct dp_token *envelope = NULL;

    *out =
        (struct map_event){.made = base_arena_alloc(arena, (mapping->count + 1) * sizeof(size_t))};
    if (map_envelope_read(arena, line, len, body_only, &envelope, &cause) == BASE_OK) {
        out->envelope = envelope;
        evaluate(mapping, arena, out);
    } else if (strcmp(cause.code, MAP_WRONG_INPUT) == 0) {
        return base_error_set(err, cause.status, cause.code, "%s", cause.message);
    } else {
        set_fault(arena, "parse", &cause, &out->fault);
    }
    return BASE_OK;
}

/* As the engine runs a whole mapping, one template at a time so that each measurement has an owner. */
static void evaluate(const dp_device_mapping_t *mapping, struct base_arena *arena,
                     struct map_event *out)
{
    struct dp_work work = {arena, DP_WORK_DEFAULT};
    struct base_error cause = {0};
    enum base_status status = BASE_OK;

    while (status == BASE_OK && out->reached < mapping->count) {
        size_t before = out->list.count, at = out->reached++;
        status =
            dp_template_evaluate(&mapping->templates[at], out->envelope, &work, &out->list, &cause);
        out->made[at] = out->list.count - before;
    }
    if (status == BASE_OK)
        return;
    set_fault(arena, "normalize", &cause, &out->fault);
    out->fault.pipeline = "NormalizationDataMappingException";
    if (out->fault.line == 0)
        map_fault_locate(mapping, out, arena);
}

static void set_fault(struct base_arena *arena, const char *stage, const struct base_error *err,
                      struct map_fault *out)
{
    const char *message = err->message;
    int used = 0;

    *out = (struct map_fault){.stage = stage};
    if (sscanf(message, "Line Number: %d, Position: %d. %n", &out->line, &out->position, &used) ==
            2 &&
        used > 0)
        message += used;
    else
        out->line = out->position = 0;
    out->exception = base_arena_strdup(arena, err->code);
    out->message = base_arena_strdup(arena, message);
}
