/* Decides what an Observation says about a group of values, when it is new and when it is there already. */
#include "reference/dataplane/observation.h"

#include "common/crypto.h"
#include "common/text.h"
#include "reference/dataplane/fhir_value.h"
#include "reference/dataplane/text.h"

#include <stdlib.h>
#include <string.h>

static void set_code(cJSON *owner, const struct dp_codes *codes, const char *text);
static void set_category(cJSON *observation, const struct dp_fhir_template *template);
static void set_period(cJSON *observation, struct dp_span span);
static void set_reference(cJSON *observation, const char *name, const char *type, const char *id);
static enum base_status add_component(const struct dp_component *component,
                                      const struct dp_observation_group *group, struct dp_span span,
                                      cJSON *observation, struct base_error *err);
static enum base_status merge_values(const struct dp_fhir_template *template,
                                     const struct dp_observation_group *group, struct dp_span old,
                                     cJSON *observation, struct base_error *err);
static enum base_status present_span(const cJSON *observation, struct dp_span *out,
                                     struct base_error *err);
static bool same(const cJSON *a, const cJSON *b);

const char *dp_observation_identifier(struct base_arena *arena, const struct dp_ids *ids,
                                      const struct dp_observation_group *group)
{
    return base_arena_printf(arena, "%s.%s.%s.%s", ids->patient, ids->device, group->type,
                             group->segment);
}

void dp_resource_id(const char *system, const char *value, char out[65])
{
    struct base_buf text = {0}, hex = {0};
    unsigned char digest[32];

    base_buf_printf(&text, "%s_%s", system ? system : "", value);
    base_sha256(text.data, text.len, digest);
    base_hex_encode(&hex, digest, sizeof digest);
    memcpy(out, hex.data, 65);
    base_buf_release(&text);
    base_buf_release(&hex);
}

static void set_identity(cJSON *observation, const struct dp_ids *ids,
                         const struct dp_observation_group *group)
{
    struct base_arena arena;
    const char *value;
    char id[65];
    cJSON *list, *identifier;

    base_arena_init(&arena);
    value = dp_observation_identifier(&arena, ids, group);
    dp_resource_id(DP_CONNECTOR_SYSTEM, value, id);
    base_json_set_text(observation, "id", id);
    list = cJSON_AddArrayToObject(observation, "identifier");
    identifier = cJSON_CreateObject();
    base_json_set_text(identifier, "system", DP_CONNECTOR_SYSTEM);
    base_json_set_text(identifier, "value", value);
    (void)cJSON_AddItemToArray(list, identifier);
    base_arena_release(&arena);
}

/* The series that feeds a value; NULL when the value has no name or the group no such property. */
static const struct dp_series *series_for(const struct dp_fhir_value *value,
                                          const struct dp_observation_group *group)
{
    return value && !dp_text_blank(value->name) ? dp_series_find(group, value->name) : NULL;
}

cJSON *dp_observation_create(const struct dp_fhir_template *template,
                             const struct dp_observation_group *group, const struct dp_ids *ids,
                             int64_t issued_ms, struct base_error *err)
{
    struct dp_span span = {group->start, group->end};
    const struct dp_series *series = series_for(template->value, group);
    cJSON *observation = cJSON_CreateObject();
    enum base_status status = BASE_OK;
    char issued[BASE_TIME_TEXT];

    base_json_set_text(observation, "resourceType", "Observation");
    set_identity(observation, ids, group);
    base_json_set_text(observation, "status", "final");
    set_category(observation, template);
    set_code(observation, &template->codes, group->type);
    set_reference(observation, "subject", "Patient", ids->patient);
    if (ids->encounter)
        set_reference(observation, "encounter", "Encounter", ids->encounter);
    set_period(observation, span);
    base_time_iso(issued_ms, issued);
    base_json_set_text(observation, "issued", issued);
    if (series)
        status = dp_value_create(template->value, series, span, observation, err);
    set_reference(observation, "device", "Device", ids->device);
    for (size_t i = 0; status == BASE_OK && i < template->component_count; i++)
        status = add_component(&template->components[i], group, span, observation, err);
    if (status == BASE_OK)
        return observation;
    cJSON_Delete(observation);
    return NULL;
}

enum base_status dp_observation_merge(const struct dp_fhir_template *template,
                                      const struct dp_observation_group *group,
                                      const cJSON *existing, cJSON **out, struct base_error *err)
{
    cJSON *copy = base_json_copy(existing);
    struct dp_span old = {0}, whole;
    enum base_status status;

    *out = NULL;
    set_category(copy, template);
    status = present_span(copy, &old, err);
    if (status == BASE_OK)
        status = merge_values(template, group, old, copy, err);
    if (status == BASE_OK) {
        whole.start = group->start < old.start ? group->start : old.start;
        whole.end = group->end > old.end ? group->end : old.end;
        set_period(copy, whole);
        if (!same(copy, existing)) {
            base_json_set_text(copy, "status", "amended");
            *out = copy;
            return BASE_OK;
        }
    }
    cJSON_Delete(copy);
    return status;
}

/* code: the template's codings, then the connector's own. */
static void set_code(cJSON *owner, const struct dp_codes *codes, const char *text)
{
    cJSON *code = cJSON_CreateObject(), *codings = dp_codings(codes);

    dp_coding_add(codings, DP_CONNECTOR_SYSTEM, text, text);
    base_json_set(code, "coding", codings);
    base_json_set_text(code, "text", text);
    base_json_set(owner, "code", code);
}

static void set_category(cJSON *observation, const struct dp_fhir_template *template)
{
    cJSON *list;

    if (!template->category_count) {
        cJSON_DeleteItemFromObjectCaseSensitive(observation, "category");
        return;
    }
    list = cJSON_CreateArray();
    for (size_t i = 0; i < template->category_count; i++) {
        cJSON *category = cJSON_CreateObject();
        if (template->categories[i].codes.count)
            base_json_set(category, "coding", dp_codings(&template->categories[i].codes));
        base_json_set_text(category, "text", template->categories[i].text);
        (void)cJSON_AddItemToArray(list, category);
    }
    base_json_set(observation, "category", list);
}

static void set_period(cJSON *observation, struct dp_span span)
{
    char start[DP_DATE_TEXT], end[DP_DATE_TEXT];
    cJSON *period = cJSON_CreateObject();

    dp_date_fhir(span.start, start);
    dp_date_fhir(span.end, end);
    base_json_set_text(period, "start", start);
    base_json_set_text(period, "end", end);
    cJSON_DeleteItemFromObjectCaseSensitive(observation, "effectiveDateTime");
    base_json_set(observation, "effectivePeriod", period);
}

static void set_reference(cJSON *observation, const char *name, const char *type, const char *id)
{
    cJSON *reference = cJSON_CreateObject();

    (void)cJSON_AddItemToObject(reference, "reference", base_json_textf("%s/%s", type, id));
    base_json_set(observation, name, reference);
}

static enum base_status check_component(const struct dp_component *component,
                                        struct base_error *err)
{
    if (component->value && component->value->name)
        return BASE_OK;
    return base_error_set(err, BASE_INVALID,
                          component->value ? "ArgumentNullException" : "NullReferenceException",
                          "A component of the FHIR mapping has no value with a valueName.");
}

static enum base_status add_component(const struct dp_component *component,
                                      const struct dp_observation_group *group, struct dp_span span,
                                      cJSON *observation, struct base_error *err)
{
    const struct dp_series *series;
    cJSON *list, *made;
    enum base_status status = check_component(component, err);

    if (status != BASE_OK)
        return status;
    series = dp_series_find(group, component->value->name);
    if (!series)
        return BASE_OK;
    made = cJSON_CreateObject();
    set_code(made, &component->codes, component->value->name);
    status = dp_value_create(component->value, series, span, made, err);
    if (status != BASE_OK) {
        cJSON_Delete(made);
        return status;
    }
    list = cJSON_GetObjectItemCaseSensitive(observation, "component");
    if (!list)
        list = cJSON_AddArrayToObject(observation, "component");
    (void)cJSON_AddItemToArray(list, made);
    return BASE_OK;
}

/* The component that carries the connector's coding with this name. */
static cJSON *find_component(const cJSON *observation, const char *name)
{
    const cJSON *component, *coding;

    cJSON_ArrayForEach(component, cJSON_GetObjectItemCaseSensitive(observation, "component"))
    {
        cJSON_ArrayForEach(coding, base_json_at(component, "code.coding"))
        {
            if (base_equal(base_json_text(coding, "system"), DP_CONNECTOR_SYSTEM) &&
                base_equal(base_json_text(coding, "code"), name))
                return (cJSON *)component;
        }
    }
    return NULL;
}

/* A component that was not there yet is laid over the old period only, as in the original. */
static enum base_status merge_component(const struct dp_component *component,
                                        const struct dp_observation_group *group,
                                        struct dp_span old, struct dp_span whole,
                                        cJSON *observation, struct base_error *err)
{
    const struct dp_series *series;
    cJSON *present;
    enum base_status status = check_component(component, err);

    if (status != BASE_OK)
        return status;
    series = dp_series_find(group, component->value->name);
    if (!series)
        return BASE_OK;
    present = find_component(observation, component->value->name);
    return present ? dp_value_merge(component->value, series, old, whole, present, err)
                   : add_component(component, group, old, observation, err);
}

static enum base_status merge_values(const struct dp_fhir_template *template,
                                     const struct dp_observation_group *group, struct dp_span old,
                                     cJSON *observation, struct base_error *err)
{
    struct dp_span whole = {group->start < old.start ? group->start : old.start,
                            group->end > old.end ? group->end : old.end};
    const struct dp_series *series = series_for(template->value, group);
    enum base_status status = BASE_OK;

    if (series)
        status = dp_value_merge(template->value, series, old, whole, observation, err);
    for (size_t i = 0; status == BASE_OK && i < template->component_count; i++)
        status = merge_component(&template->components[i], group, old, whole, observation, err);
    return status;
}

static bool read_instant(const char *text, int64_t *ticks)
{
    struct dp_date date;

    if (!text || !dp_date_parse(text, &date))
        return false;
    *ticks = date.ticks;
    return true;
}

static bool has_effective(const cJSON *observation)
{
    const cJSON *member;

    cJSON_ArrayForEach(member,
                       observation) if (strncmp(member->string, "effective", 9) == 0) return true;
    return false;
}

static enum base_status present_span(const cJSON *observation, struct dp_span *out,
                                     struct base_error *err)
{
    const char *instant = base_json_text(observation, "effectiveDateTime");

    if (read_instant(base_json_text(observation, "effectivePeriod.start"), &out->start) &&
        read_instant(base_json_text(observation, "effectivePeriod.end"), &out->end))
        return BASE_OK;
    if (read_instant(instant, &out->start)) {
        out->end = out->start;
        return BASE_OK;
    }
    if (!has_effective(observation))
        return base_error_set(err, BASE_INVALID, "ArgumentNullException",
                              "The existing Observation has no effective time.");
    return base_error_set(
        err, BASE_UNSUPPORTED, "NotSupportedException",
        "The existing Observation has neither an effectivePeriod with start and end nor an "
        "effectiveDateTime.");
}

static bool is_number(const cJSON *node)
{
    return cJSON_IsNumber(node) || cJSON_IsRaw(node);
}

static double number_of(const cJSON *node)
{
    return cJSON_IsRaw(node) ? strtod(node->valuestring, NULL) : node->valuedouble;
}

static bool same_array(const cJSON *a, const cJSON *b)
{
    const cJSON *x = a->child, *y = b->child;

    for (; x && y; x = x->next, y = y->next)
        if (!same(x, y))
            return false;
    return !x && !y;
}

/* Deep equality; a number equals a raw number of the same value. */
static bool same(const cJSON *a, const cJSON *b)
{
    const cJSON *member;

    if (is_number(a) && is_number(b))
        return number_of(a) == number_of(b);
    if ((a->type & 0xFF) != (b->type & 0xFF))
        return false;
    if (cJSON_IsString(a))
        return strcmp(a->valuestring, b->valuestring) == 0;
    if (cJSON_IsArray(a))
        return same_array(a, b);
    if (!cJSON_IsObject(a))
        return true;
    if (cJSON_GetArraySize(a) != cJSON_GetArraySize(b))
        return false;
    cJSON_ArrayForEach(member, a)
    {
        const cJSON *other = cJSON_GetObjectItemCaseSensitive(b, member->string);
        if (!other || !same(member, other))
            return false;
    }
    return true;
}
