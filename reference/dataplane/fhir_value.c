/* Decides how a series of values becomes value[x], and how it joins the value that is there. */
#include "reference/dataplane/fhir_value.h"

#include "reference/dataplane/number.h"

#include <stdlib.h>
#include <string.h>

static const struct {    /* by enum dp_value_type */
    const char *element; /* member of the resource */
    const char *model;   /* name in the original's messages */
} types[] = {
    [DP_VALUE_SAMPLED_DATA] = {"valueSampledData", "Hl7.Fhir.Model.SampledData"},
    [DP_VALUE_QUANTITY] = {"valueQuantity", "Hl7.Fhir.Model.Quantity"},
    [DP_VALUE_CODEABLE_CONCEPT] = {"valueCodeableConcept", "Hl7.Fhir.Model.CodeableConcept"},
    [DP_VALUE_STRING] = {"valueString", "Hl7.Fhir.Model.FhirString"},
};

static cJSON *make_quantity(const struct dp_fhir_value *value, const struct dp_series *series,
                            struct base_error *err);
static cJSON *make_string(const struct dp_series *series, struct base_error *err);
static cJSON *make_concept(const struct dp_fhir_value *value, struct base_error *err);
static cJSON *make_sampled(const struct dp_fhir_value *value, const struct dp_series *series,
                           struct dp_span span, struct base_error *err);
static enum base_status build_stream(const struct dp_fhir_value *value,
                                     const struct dp_sample *samples, size_t count,
                                     struct dp_span span, struct base_buf *out,
                                     struct base_error *err);
static enum base_status merge_sampled(const struct dp_fhir_value *value,
                                      const struct dp_series *series, struct dp_span old,
                                      struct dp_span whole, cJSON *existing,
                                      struct base_error *err);

enum base_status dp_value_create(const struct dp_fhir_value *value, const struct dp_series *series,
                                 struct dp_span span, cJSON *owner, struct base_error *err)
{
    cJSON *made = NULL;

    switch (value->type) {
    case DP_VALUE_SAMPLED_DATA:
        made = make_sampled(value, series, span, err);
        break;
    case DP_VALUE_QUANTITY:
        made = make_quantity(value, series, err);
        break;
    case DP_VALUE_CODEABLE_CONCEPT:
        made = make_concept(value, err);
        break;
    case DP_VALUE_STRING:
        made = make_string(series, err);
        break;
    }
    if (!made)
        return BASE_INVALID;
    base_json_set(owner, types[value->type].element, made);
    return BASE_OK;
}

static const cJSON *present_value(const cJSON *owner)
{
    const cJSON *member;

    cJSON_ArrayForEach(member, owner) if (strncmp(member->string, "value", 5) == 0) return member;
    return NULL;
}

enum base_status dp_value_merge(const struct dp_fhir_value *value, const struct dp_series *series,
                                struct dp_span old, struct dp_span whole, cJSON *owner,
                                struct base_error *err)
{
    const cJSON *present = present_value(owner);

    if (!present || strcmp(present->string, types[value->type].element) != 0)
        return base_error_set(err, BASE_UNSUPPORTED, "NotSupportedException",
                              "Element existingValue expected to be of type %s. Actual type is %s.",
                              types[value->type].model, present ? present->string + 5 : "null");
    if (value->type == DP_VALUE_SAMPLED_DATA)
        return merge_sampled(value, series, old, whole, (cJSON *)present, err);
    return dp_value_create(value, series, whole, owner, err);
}

cJSON *dp_codings(const struct dp_codes *codes)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < codes->count; i++)
        dp_coding_add(list, codes->items[i].system, codes->items[i].code, codes->items[i].display);
    return list;
}

void dp_coding_add(cJSON *codings, const char *system, const char *code, const char *display)
{
    cJSON *coding = cJSON_CreateObject();

    base_json_set_text(coding, "system", system);
    base_json_set_text(coding, "code", code);
    base_json_set_text(coding, "display", display);
    (void)cJSON_AddItemToArray(codings, coding);
}

static cJSON *make_quantity(const struct dp_fhir_value *value, const struct dp_series *series,
                            struct base_error *err)
{
    char decimal[DP_NUMBER_TEXT];
    cJSON *made;

    if (series->count != 1) {
        (void)base_error_set(err, BASE_INVALID, "InvalidQuantityFhirValueException",
                             "Expected 1 value. Received %zu.", series->count);
        return NULL;
    }
    if (!dp_decimal_parse(series->samples[0].text, decimal)) {
        (void)base_error_set(err, BASE_INVALID, "InvalidQuantityFhirValueException",
                             "Error encountered processing value: %.200s.",
                             series->samples[0].text);
        return NULL;
    }
    made = cJSON_CreateObject();
    (void)cJSON_AddItemToObject(made, "value", cJSON_CreateRaw(decimal));
    base_json_set_text(made, "unit", value->unit);
    base_json_set_text(made, "system", value->system);
    base_json_set_text(made, "code", value->code);
    return made;
}

static cJSON *make_string(const struct dp_series *series, struct base_error *err)
{
    if (series->count == 1)
        return cJSON_CreateString(series->samples[0].text);
    (void)base_error_set(
        err, BASE_INVALID, "InvalidOperationException",
        "Sequence contains more than one element: a String value needs exactly one, found %zu.",
        series->count);
    return NULL;
}

/* The measured value is ignored: that there is one is enough. */
static cJSON *make_concept(const struct dp_fhir_value *value, struct base_error *err)
{
    cJSON *made;

    if (!value->codes.items) {
        (void)base_error_set(err, BASE_INVALID, "ArgumentNullException",
                             "The CodeableConcept value '%s' of the FHIR mapping has no codes.",
                             value->name);
        return NULL;
    }
    made = cJSON_CreateObject();
    if (value->codes.count)
        base_json_set(made, "coding", dp_codings(&value->codes));
    base_json_set_text(made, "text", value->text);
    return made;
}

static cJSON *make_sampled(const struct dp_fhir_value *value, const struct dp_series *series,
                           struct dp_span span, struct base_error *err)
{
    struct base_buf stream = {0};
    cJSON *made, *origin;

    if (build_stream(value, series->samples, series->count, span, &stream, err) != BASE_OK) {
        base_buf_release(&stream);
        return NULL;
    }
    made = cJSON_CreateObject();
    origin = cJSON_AddObjectToObject(made, "origin");
    base_json_set_number(origin, "value", 0);
    base_json_set_text(origin, "unit", value->unit);
    (void)cJSON_AddItemToObject(made, "period", cJSON_CreateRaw(value->period));
    base_json_set_number(made, "dimensions", 1);
    base_json_set_text(made, "data", stream.len ? stream.data : "");
    base_buf_release(&stream);
    return made;
}

/* One cell for each period from the start while the cell starts inside the span: the last value within the cell, or E; white space at
 * the end goes.
 * A value before the first cell is never passed, so that everything after it stays E, as in the original. */
static enum base_status build_stream(const struct dp_fhir_value *value,
                                     const struct dp_sample *samples, size_t count,
                                     struct dp_span span, struct base_buf *out,
                                     struct base_error *err)
{
    int64_t period = value->period_ticks, cells;
    size_t at = 0;

    if (!value->period)
        return base_error_set(
            err, BASE_INVALID, "ArgumentNullException",
            "The SampledData value '%s' of the FHIR mapping has no defaultPeriod.", value->name);
    cells = (span.end - span.start) / period + 1;
    if (cells > DP_CELLS_MAX)
        return base_error_set(err, BASE_UNSUPPORTED, "NotSupportedException",
                              "The SampledData value '%s' would have %lld cells; the most is %d.",
                              value->name, (long long)cells, DP_CELLS_MAX);
    base_buf_reserve(out, (size_t)cells * 2);
    for (int64_t i = 0; i < cells; i++) {
        int64_t start = span.start + i * period;
        const char *text = "E";
        for (; at < count && samples[at].ticks >= start && samples[at].ticks < start + period; at++)
            text = samples[at].text;
        if (i)
            base_buf_putc(out, ' ');
        base_buf_puts(out, text);
    }
    while (out->len && strchr(" \t\n\v\f\r", out->data[out->len - 1]))
        out->data[--out->len] = '\0';
    return BASE_OK;
}

struct dp_sample_list {
    struct dp_sample *items;
    size_t count;
};

/* The values of an existing stream, at the times that the template's period gives them. */
static void expand(struct base_arena *arena, const char *data, int64_t start, int64_t period,
                   struct dp_sample_list *out)
{
    size_t cells = 1, index = 0;
    char *copy = base_arena_strdup(arena, data), *rest = copy;

    for (const char *p = data; *p; p++)
        cells += *p == ' ';
    out->items = base_arena_alloc(arena, cells * sizeof *out->items);
    out->count = 0;
    for (char *cell = strsep(&rest, " "); cell; cell = strsep(&rest, " "), index++)
        if (strcmp(cell, "E") != 0)
            out->items[out->count++] = (struct dp_sample){start + (int64_t)index * period, cell};
}

/* Both by time; at equal times the new value stays. */
static void join(struct base_arena *arena, const struct dp_sample_list *old,
                 const struct dp_series *series, struct dp_sample_list *out)
{
    size_t i = 0, k = 0;

    out->items = base_arena_alloc(arena, (old->count + series->count + 1) * sizeof *out->items);
    out->count = 0;
    while (i < old->count || k < series->count) {
        bool take_new = i == old->count ||
                        (k < series->count && series->samples[k].ticks <= old->items[i].ticks);
        if (take_new && i < old->count && series->samples[k].ticks == old->items[i].ticks)
            i++;
        out->items[out->count++] = take_new ? series->samples[k++] : old->items[i++];
    }
}

/* 1 when there are none; a number may stand as it was written. */
static double dimensions_of(const cJSON *sampled)
{
    const cJSON *dimensions = cJSON_GetObjectItemCaseSensitive(sampled, "dimensions");

    return cJSON_IsRaw(dimensions) ? strtod(dimensions->valuestring, NULL)
                                   : base_json_number(sampled, "dimensions", 1);
}

/* White space only. */
static bool is_blank_data(const char *data)
{
    return !data[strspn(data, " \t\n\v\f\r")];
}

static enum base_status merge_sampled(const struct dp_fhir_value *value,
                                      const struct dp_series *series, struct dp_span old,
                                      struct dp_span whole, cJSON *existing, struct base_error *err)
{
    const char *data = base_json_text(existing, "data");
    struct dp_sample_list before, all;
    struct base_buf stream = {0};
    struct base_arena arena;
    enum base_status status;

    if (dimensions_of(existing) > 1)
        return base_error_set(
            err, BASE_UNSUPPORTED, "NotSupportedException",
            "Existing Hl7.Fhir.Model.SampledData value has more than 1 dimension.");
    if (!data || is_blank_data(data))
        return base_error_set(err, BASE_INVALID,
                              data ? "ArgumentException" : "ArgumentNullException",
                              "Existing SampledData value has no data.");
    if (!value->period)
        return base_error_set(
            err, BASE_INVALID, "ArgumentNullException",
            "The SampledData value '%s' of the FHIR mapping has no defaultPeriod.", value->name);
    base_arena_init(&arena);
    expand(&arena, data, old.start, value->period_ticks, &before);
    join(&arena, &before, series, &all);
    status = build_stream(value, all.items, all.count, whole, &stream, err);
    if (status == BASE_OK)
        base_json_set_text(existing, "data", stream.len ? stream.data : "");
    base_buf_release(&stream);
    base_arena_release(&arena);
    return status;
}
