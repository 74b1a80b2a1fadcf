/* Decides how a measurement travels: its message, and the partition it goes to. */
#include "reference/dataplane/measurement.h"

#include "reference/dataplane/mapping_load.h"
#include "reference/dataplane/reader.h"
#include "reference/dataplane/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum base_status read_one(struct base_arena *arena, const struct dp_token *token,
                                 struct dp_measurement *out, struct base_error *err);

void dp_measurements_reserve(struct base_arena *arena, struct dp_measurements *list, size_t count)
{
    if (count <= list->capacity)
        return;
    struct dp_measurement *items = base_arena_alloc(arena, count * sizeof *items);
    if (list->count)
        memcpy(items, list->items, list->count * sizeof *items);
    list->items = items;
    list->capacity = count;
}

struct dp_measurement *dp_measurements_add(struct base_arena *arena, struct dp_measurements *list)
{
    if (list->count == list->capacity)
        dp_measurements_reserve(arena, list, list->capacity ? list->capacity * 2 : 4);
    return &list->items[list->count++];
}

void dp_measurements_keep(struct base_arena *arena, struct dp_measurements *list,
                          const struct dp_measurement *from)
{
    struct dp_measurement *to = dp_measurements_add(arena, list);

    *to = *from;
    to->type = base_arena_strdup(arena, from->type);
    to->device_id = base_arena_strdup(arena, from->device_id);
    to->patient_id = base_arena_strdup(arena, from->patient_id);
    to->encounter_id = base_arena_strdup(arena, from->encounter_id);
    to->correlation_id = base_arena_strdup(arena, from->correlation_id);
    to->properties = base_arena_alloc(arena, (from->property_count + 1) * sizeof *to->properties);
    for (size_t i = 0; i < from->property_count; i++)
        to->properties[i] =
            (struct dp_property){base_arena_strdup(arena, from->properties[i].name),
                                 base_arena_strdup(arena, from->properties[i].value)};
}

#define MEMBER(name) "\"" name "\":", sizeof("\"" name "\":") - 1

/* `member` is the name with its quotes and colon. */
static void write_text(struct base_buf *out, const char *member, size_t len, const char *text)
{
    base_buf_append(out, member, len);
    if (text)
        dp_write_string(out, text, strlen(text));
    else
        base_buf_append(out, "null", 4);
    base_buf_putc(out, ',');
}

static void write_date(struct base_buf *out, const char *member, size_t len,
                       const struct dp_date *date)
{
    char text[DP_DATE_TEXT];

    if (date)
        dp_date_iso((struct dp_date){date->ticks, DP_DATE_UTC}, text);
    write_text(out, member, len, date ? text : NULL);
}

void dp_measurement_write(struct base_buf *out, const struct dp_measurement *measurement)
{
    base_buf_putc(out, '{');
    write_text(out, MEMBER("Type"), measurement->type);
    write_date(out, MEMBER("OccurrenceTimeUtc"), &measurement->occurrence);
    write_date(out, MEMBER("IngestionTimeUtc"),
               measurement->has_ingestion ? &measurement->ingestion : NULL);
    write_text(out, MEMBER("DeviceId"), measurement->device_id);
    write_text(out, MEMBER("PatientId"), measurement->patient_id);
    write_text(out, MEMBER("EncounterId"), measurement->encounter_id);
    write_text(out, MEMBER("CorrelationId"), measurement->correlation_id);
    base_buf_append(out, MEMBER("Properties"));
    base_buf_putc(out, '[');
    for (size_t i = 0; i < measurement->property_count; i++) {
        const struct dp_property *property = &measurement->properties[i];
        base_buf_puts(out, i ? ",{" : "{");
        write_text(out, MEMBER("Name"), property->name);
        base_buf_append(out, MEMBER("Value"));
        dp_write_string(out, property->value, strlen(property->value));
        base_buf_putc(out, '}');
    }
    base_buf_puts(out, "]}");
}

enum base_status dp_measurement_read(struct base_arena *arena, const void *body, size_t len,
                                     bool group, struct dp_measurements *list,
                                     struct base_error *err)
{
    const char *code =
        group ? "MeasurementGroupProcessingException" : "MeasurementProcessingException";
    struct base_error cause = {0};
    struct dp_token *token = dp_read(arena, body, len, DP_READ_DATES_TEXT, &cause);
    enum base_status status = token ? BASE_OK : BASE_INVALID;
    size_t count = group && token ? token->children.count : 1;

    if (token && token->type != (group ? DP_ARRAY : DP_OBJECT))
        status = base_error_set(&cause, BASE_INVALID, code, "Expected %s, found %s.",
                                group ? "an array of measurements" : "a measurement",
                                dp_type_name(token->type));
    for (size_t i = 0; status == BASE_OK && i < count; i++)
        status = read_one(arena, group ? token->children.items[i].value : token,
                          dp_measurements_add(arena, list), &cause);
    if (status != BASE_OK)
        return base_error_set(err, BASE_INVALID, code, "The normalized message cannot be read: %s",
                              cause.message);
    return BASE_OK;
}

void dp_partition_key(const char *device_id, char out[4])
{
    const char *end = device_id + strlen(device_id);
    uint32_t hash = 0;
    int32_t folded;

    while (device_id < end) {
        uint32_t code = dp_code_lower(dp_utf8_next(&device_id, end));
        if (code >= 0x10000) {
            hash = 31 * hash + 0xD7C0 + (code >> 10);
            code = 0xDC00 + (code & 0x3FF);
        }
        hash = 31 * hash + code;
    }
    folded = (int32_t)hash;
    (void)snprintf(out, 4, "%d", (int)(llabs(folded) % 256));
}

/* A text member; numbers become text. False when a required one is missing. */
static bool take_text(struct base_arena *arena, const struct dp_token *token, const char *name,
                      const char **out)
{
    const struct dp_member *member = dp_object_find_nocase(token, name);

    *out = member ? dp_scalar_text(arena, member->value) : NULL;
    return *out != NULL;
}

static enum base_status read_properties(struct base_arena *arena, const struct dp_token *token,
                                        struct dp_measurement *out, struct base_error *err)
{
    const struct dp_member *member = dp_object_find_nocase(token, "Properties");
    const struct dp_token *list = member ? member->value : NULL;

    if (!list || list->type == DP_NULL)
        return BASE_OK;
    if (list->type != DP_ARRAY)
        return base_error_set(err, BASE_INVALID, NULL, "Properties is %s, not Array.",
                              dp_type_name(list->type));
    out->properties = base_arena_alloc(arena, (list->children.count + 1) * sizeof *out->properties);
    for (size_t i = 0; i < list->children.count; i++) {
        const struct dp_token *item = list->children.items[i].value;
        struct dp_property *property = &out->properties[i];
        if (item->type != DP_OBJECT || !take_text(arena, item, "Name", &property->name))
            return base_error_set(err, BASE_INVALID, NULL, "Properties[%zu] has no Name.", i);
        if (!take_text(arena, item, "Value", &property->value))
            property->value = "";
    }
    out->property_count = list->children.count;
    return BASE_OK;
}

static enum base_status read_one(struct base_arena *arena, const struct dp_token *token,
                                 struct dp_measurement *out, struct base_error *err)
{
    const char *occurrence, *ingestion;

    *out = (struct dp_measurement){0};
    if (token->type != DP_OBJECT)
        return base_error_set(err, BASE_INVALID, NULL, "Expected a measurement, found %s.",
                              dp_type_name(token->type));
    if (!take_text(arena, token, "Type", &out->type))
        return base_error_set(err, BASE_INVALID, NULL, "Type is missing.");
    if (!take_text(arena, token, "DeviceId", &out->device_id))
        return base_error_set(err, BASE_INVALID, NULL, "DeviceId is missing.");
    if (!take_text(arena, token, "OccurrenceTimeUtc", &occurrence) ||
        !dp_date_parse(occurrence, &out->occurrence))
        return base_error_set(err, BASE_INVALID, NULL, "OccurrenceTimeUtc is missing or no time.");
    out->has_ingestion = take_text(arena, token, "IngestionTimeUtc", &ingestion);
    if (out->has_ingestion && !dp_date_parse(ingestion, &out->ingestion))
        return base_error_set(err, BASE_INVALID, NULL, "IngestionTimeUtc is no time.");
    (void)take_text(arena, token, "PatientId", &out->patient_id);
    (void)take_text(arena, token, "EncounterId", &out->encounter_id);
    (void)take_text(arena, token, "CorrelationId", &out->correlation_id);
    return read_properties(arena, token, out, err);
}
