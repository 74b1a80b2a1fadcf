/* Decides how the outcome of a batch is told: as a JSON line, and as tables. */
#include "reference/map/batch.h"

#include <stdlib.h>
#include <string.h>

static void put_text(struct base_buf *out, const char *name, const char *text)
{
    base_buf_printf(out, ",\"%s\":", name);
    dp_write_string(out, text, strlen(text));
}

static void put_failure(struct base_buf *out, const struct map_failure *failure)
{
    base_buf_puts(out, "{\"stage\":\"convert\"");
    put_text(out, "exception", failure->exception);
    if (failure->inner)
        put_text(out, "inner", failure->inner);
    put_text(out, "message", failure->message);
    base_buf_printf(out, ",\"handledByDefault\":%s", failure->handled ? "true" : "false");
    put_text(out, "type", failure->type);
    put_text(out, "deviceId", failure->device_id);
    base_buf_putc(out, '}');
}

static void put_observation(struct base_buf *out, const struct map_store *store, size_t index)
{
    cJSON *shown = base_json_copy(store->resources[index]);

    if (store->made[index])
        cJSON_DeleteItemFromObjectCaseSensitive(shown, "issued");
    base_json_append(out, shown);
    cJSON_Delete(shown);
}

static void put_warnings(struct base_buf *out, const struct map_warnings *warnings)
{
    base_buf_puts(out, ",\"warnings\":[");
    for (size_t i = 0; i < warnings->count; i++) {
        base_buf_printf(out, "%s{\"category\":\"FHIRTRANSFORMATION\",\"level\":\"WARN\"",
                        i ? "," : "");
        put_text(out, "message", warnings->items[i]);
        base_buf_putc(out, '}');
    }
    if (warnings->unmeasured > 0)
        base_buf_printf(
            out,
            "%s{\"category\":\"NORMALIZATION\",\"level\":\"WARN\",\"message\":"
            "\"No measurements were produced for the given device data.\",\"count\":%zu}",
            warnings->count ? "," : "", warnings->unmeasured);
    base_buf_putc(out, ']');
}

void map_batch_json(const struct map_batch *batch, const struct map_warnings *warnings,
                    struct base_buf *out)
{
    base_buf_puts(out, "{\"operations\":[");
    for (size_t i = 0; i < batch->saved_count; i++)
        base_buf_printf(out, "%s\"%s\"", i ? "," : "", dp_saved_name(batch->saved[i]));
    base_buf_puts(out, "],\"observations\":[");
    for (size_t i = 0; i < batch->store.count; i++) {
        base_buf_puts(out, i ? "," : "");
        put_observation(out, &batch->store, i);
    }
    base_buf_putc(out, ']');
    if (batch->failure_count > 0) {
        base_buf_puts(out, ",\"error\":");
        put_failure(out, &batch->failures[0]);
    }
    if (batch->failure_count > 1) {
        base_buf_puts(out, ",\"errors\":[");
        for (size_t i = 0; i < batch->failure_count; i++) {
            base_buf_puts(out, i ? "," : "");
            put_failure(out, &batch->failures[i]);
        }
        base_buf_putc(out, ']');
    }
    if (warnings)
        put_warnings(out, warnings);
    base_buf_putc(out, '}');
}

static void put_row(struct base_buf *out, const char *name, const char *text)
{
    if (text)
        base_buf_printf(out, "  | %-14s | %s\n", name, text);
}

static void put_codes(struct base_buf *out, const char *name, const cJSON *concept)
{
    const cJSON *coding;

    cJSON_ArrayForEach(coding, cJSON_GetObjectItemCaseSensitive(concept, "coding"))
    {
        const char *system = base_json_text(coding, "system"),
                   *code = base_json_text(coding, "code"),
                   *display = base_json_text(coding, "display");
        base_buf_printf(out, "  | %-14s | %s%s%s%s%s%s\n", name, system ? system : "",
                        system ? "|" : "", code ? code : "", display ? " (" : "",
                        display ? display : "", display ? ")" : "");
        name = "";
    }
}

#define SHOWN_MAX 200 /* bytes of one value */

struct shape_part {
    const char *dotted, *lead, *trail; /* trail may be NULL */
};

static void put_part(struct base_buf *out, const cJSON *value, const struct shape_part *shape)
{
    const cJSON *part = base_json_at(value, shape->dotted);

    if (!part)
        return;
    base_buf_puts(out, shape->lead);
    if (cJSON_IsString(part))
        base_buf_puts(out, part->valuestring);
    else
        base_json_append(out, part);
    if (shape->trail)
        base_buf_puts(out, shape->trail);
}

/* The parts of a value that a person looks for, in words; false for a type without a row. */
static bool put_known(struct base_buf *out, const char *type, const cJSON *value)
{
    static const struct {
        const char *type;
        struct shape_part parts[4];
    } shapes[] = {
        {"Quantity",
         {{"value", " ", NULL}, {"unit", " ", NULL}, {"system", "  ", NULL}, {"code", "|", NULL}}},
        {"SampledData",
         {{"origin.unit", " ", NULL},
          {"period", " a value every ", " ms"},
          {"data", ": ", NULL},
          {NULL, NULL, NULL}}},
        {"CodeableConcept",
         {{"text", " ", NULL},
          {"coding.0.system", "  ", NULL},
          {"coding.0.code", "|", NULL},
          {NULL, NULL, NULL}}},
    };

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (strcmp(shapes[i].type, type) != 0)
            continue;
        for (size_t n = 0; n < 4 && shapes[i].parts[n].dotted; n++)
            put_part(out, value, &shapes[i].parts[n]);
        return true;
    }
    return false;
}

static void put_value(struct base_buf *out, const char *name, const cJSON *owner)
{
    const cJSON *member;

    cJSON_ArrayForEach(member, owner)
    {
        struct base_buf text = {0};
        if (strncmp(member->string, "value", 5) != 0 || !member->string[5])
            continue;
        if (!put_known(&text, member->string + 5, member)) {
            base_buf_putc(&text, ' ');
            base_json_append(&text, member);
        }
        base_buf_printf(out, "  | %-14s | %s%.*s%s\n", name, member->string + 5,
                        (int)(text.len > SHOWN_MAX ? SHOWN_MAX : text.len),
                        text.len ? text.data : "", text.len > SHOWN_MAX ? "..." : "");
        base_buf_release(&text);
    }
}

static void put_table(struct base_buf *out, const struct map_store *store, size_t index)
{
    const cJSON *observation = store->resources[index], *item;
    const char *id = base_json_text(observation, "id");

    base_buf_printf(out, "Observation %s (%s)\n", id ? id : "without id",
                    store->made[index] ? "made here" : "was there");
    put_row(out, "status", base_json_text(observation, "status"));
    put_row(out, "identifier", base_json_text(observation, "identifier.0.value"));
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(observation, "category"))
        put_codes(out, "category", item);
    put_codes(out, "code", cJSON_GetObjectItemCaseSensitive(observation, "code"));
    put_row(out, "subject", base_json_text(observation, "subject.reference"));
    put_row(out, "encounter", base_json_text(observation, "encounter.reference"));
    put_row(out, "device", base_json_text(observation, "device.reference"));
    put_row(out, "time", base_json_text(observation, "effectiveDateTime"));
    put_row(out, "from", base_json_text(observation, "effectivePeriod.start"));
    put_row(out, "to", base_json_text(observation, "effectivePeriod.end"));
    put_value(out, "value", observation);
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(observation, "component"))
    {
        const char *name = base_json_text(item, "code.text");
        put_codes(out, "component code", cJSON_GetObjectItemCaseSensitive(item, "code"));
        put_value(out, name ? name : "component", item);
    }
}

void map_batch_text(const struct map_batch *batch, struct base_buf *out)
{
    base_buf_printf(out, "%zu measurement%s, operations:", batch->list.count,
                    batch->list.count == 1 ? "" : "s");
    for (size_t i = 0; i < batch->saved_count; i++)
        base_buf_printf(out, " %s", dp_saved_name(batch->saved[i]));
    base_buf_puts(out, batch->saved_count ? "\n" : " none\n");
    for (size_t i = 0; i < batch->store.count; i++)
        put_table(out, &batch->store, i);
    for (size_t i = 0; i < batch->failure_count; i++) {
        const struct map_failure *failure = &batch->failures[i];
        base_buf_printf(out, "failed to convert %s of device %s: %s%s%s%s: %s (%s)\n",
                        failure->type, failure->device_id, failure->exception,
                        failure->inner ? " (" : "", failure->inner ? failure->inner : "",
                        failure->inner ? ")" : "", failure->message,
                        failure->handled ? "the connector logs it and goes on"
                                         : "the connector retries the batch for ever");
    }
}
