/* Decides which FHIR mappings are valid, and finds the template for a measurement. */
#include "reference/dataplane/fhir_mapping.h"

#include "reference/dataplane/mapping_load.h"
#include "reference/dataplane/number.h"
#include "reference/dataplane/text.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct dp_fhir_mapping {
    struct base_arena arena;
    struct dp_fhir_template *templates;
    size_t count;
};

static void read_codes(struct dp_load *load, const struct dp_field *field,
                       const struct dp_token *value, void *target);
static void read_categories(struct dp_load *load, const struct dp_field *field,
                            const struct dp_token *value, void *target);
static void read_components(struct dp_load *load, const struct dp_field *field,
                            const struct dp_token *value, void *target);
static void read_period(struct dp_load *load, const struct dp_field *field,
                        const struct dp_token *value, void *target);
static void read_value(struct dp_load *load, const struct dp_field *field,
                       const struct dp_token *value, void *target);
static void read_default_period(struct dp_load *load, const struct dp_field *field,
                                const struct dp_token *value, void *target);
static void load_element(struct dp_load *load, const struct dp_token *element,
                         dp_fhir_mapping_t *mapping);

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TEMPLATE(member) offsetof(struct dp_fhir_template, member)
#define VALUE(member) offsetof(struct dp_fhir_value, member)

static const struct dp_field template_fields[] = {
    {"periodInterval", false, true, read_period, TEMPLATE(period)},
    {"category", false, false, read_categories, 0},
    {"codes", true, false, read_codes, TEMPLATE(codes)},
    {"value", false, true, read_value, TEMPLATE(value)},
    {"components", false, false, read_components, 0},
    {"typeName", true, false, dp_read_text, TEMPLATE(type_name)},
};
static const struct dp_field code_fields[] = {
    {"code", false, false, dp_read_text, offsetof(struct dp_code, code)},
    {"system", false, false, dp_read_text, offsetof(struct dp_code, system)},
    {"display", false, false, dp_read_text, offsetof(struct dp_code, display)},
};
static const struct dp_field category_fields[] = {
    {"text", false, false, dp_read_text, offsetof(struct dp_category, text)},
    {"codes", false, false, read_codes, offsetof(struct dp_category, codes)},
};
static const struct dp_field component_fields[] = {
    {"codes", true, false, read_codes, offsetof(struct dp_component, codes)},
    {"value", false, true, read_value, offsetof(struct dp_component, value)},
};
static const struct dp_field sampled_fields[] = {
    {"valueName", false, false, dp_read_text, VALUE(name)},
    {"defaultPeriod", false, false, read_default_period, 0},
    {"unit", false, false, dp_read_text, VALUE(unit)},
};
static const struct dp_field quantity_fields[] = {
    {"valueName", false, false, dp_read_text, VALUE(name)},
    {"unit", false, false, dp_read_text, VALUE(unit)},
    {"system", false, false, dp_read_text, VALUE(system)},
    {"code", false, false, dp_read_text, VALUE(code)},
};
static const struct dp_field concept_fields[] = {
    {"valueName", false, false, dp_read_text, VALUE(name)},
    {"text", false, false, dp_read_text, VALUE(text)},
    {"codes", false, false, read_codes, VALUE(codes)},
};
static const struct dp_field string_fields[] = {
    {"valueName", false, false, dp_read_text, VALUE(name)},
};

static const struct dp_class template_class = {"CodeValueFhirTemplate", template_fields,
                                               COUNT(template_fields), false};
static const struct dp_class code_class = {"FhirCode", code_fields, COUNT(code_fields), false};
static const struct dp_class category_class = {"FhirCodeableConcept", category_fields,
                                               COUNT(category_fields), false};
static const struct dp_class component_class = {"CodeValueMapping", component_fields,
                                                COUNT(component_fields), false};
static const struct {
    const char *name;
    struct dp_class class;
} value_classes[] = {
    [DP_VALUE_SAMPLED_DATA] = {"SampledData",
                               {"SampledDataFhirValueType", sampled_fields, COUNT(sampled_fields),
                                true}},
    [DP_VALUE_QUANTITY] = {"Quantity",
                           {"QuantityFhirValueType", quantity_fields, COUNT(quantity_fields),
                            true}},
    [DP_VALUE_CODEABLE_CONCEPT] = {"CodeableConcept",
                                   {"CodeableConceptFhirValueType", concept_fields,
                                    COUNT(concept_fields), true}},
    [DP_VALUE_STRING] = {"String",
                         {"StringFhirValueType", string_fields, COUNT(string_fields), true}},
};

dp_fhir_mapping_t *dp_fhir_mapping_load(const char *text, size_t len,
                                        struct dp_mapping_errors *errors)
{
    dp_fhir_mapping_t *mapping = base_alloc(sizeof *mapping);
    struct dp_load load = {.errors = errors, .arena = &mapping->arena, .index = -1};
    size_t before = errors->count;
    const struct dp_token *list;

    base_arena_init(&mapping->arena);
    list = dp_load_root(&load, text, len, "CollectionFhirTemplate");
    if (list)
        mapping->templates = base_arena_alloc(&mapping->arena, (list->children.count + 1) *
                                                                   sizeof *mapping->templates);
    for (size_t i = 0; list && i < list->children.count; i++) {
        load.index = (int)i;
        load_element(&load, list->children.items[i].value, mapping);
    }
    if (errors->count == before)
        return mapping;
    dp_fhir_mapping_free(mapping);
    return NULL;
}

void dp_fhir_mapping_free(dp_fhir_mapping_t *mapping)
{
    if (!mapping)
        return;
    base_arena_release(&mapping->arena);
    free(mapping);
}

size_t dp_fhir_mapping_count(const dp_fhir_mapping_t *mapping)
{
    return mapping->count;
}

const struct dp_fhir_template *dp_fhir_mapping_at(const dp_fhir_mapping_t *mapping, size_t index)
{
    return &mapping->templates[index];
}

enum base_status dp_fhir_mapping_find(const dp_fhir_mapping_t *mapping, const char *type,
                                      const struct dp_fhir_template **out, struct base_error *err)
{
    for (size_t i = 0; i < mapping->count; i++)
        if (dp_text_equal_nocase(mapping->templates[i].type_name, type)) {
            *out = &mapping->templates[i];
            return BASE_OK;
        }
    return base_error_set(
        err, BASE_NOT_FOUND, "FhirDataMappingException",
        "TemplateNotFoundException: no template of the FHIR mapping has the type name '%s'.", type);
}

/* typeName must not be blank, and be used once. */
static void check_type_name(struct dp_load *load, const struct dp_token *at,
                            const dp_fhir_mapping_t *mapping, const char *name)
{
    if (!name) /* reported as missing */
        return;
    if (dp_text_blank(name))
        dp_load_error(load, at, "Empty type name is not allowed: '%s'", name);
    for (size_t i = 0; i < mapping->count; i++)
        if (mapping->templates[i].type_name &&
            dp_text_equal_nocase(mapping->templates[i].type_name, name)) {
            dp_load_error(load, at, "Duplicate template defined for type name: '%s'", name);
            return;
        }
}

static void load_element(struct dp_load *load, const struct dp_token *element,
                         dp_fhir_mapping_t *mapping)
{
    const char *type = dp_load_type(load, element);
    struct dp_fhir_template *template = &mapping->templates[mapping->count];
    const struct dp_token *object;

    if (!type)
        return;
    if (!dp_type_is(type, "CodeValueFhirTemplate")) {
        dp_load_error(load, element,
                      "Expected TemplateType value CodeValueFhirTemplate, actual %s.", type);
        return;
    }
    object = dp_load_template(load, element, "CodeValueFhirTemplate");
    if (!object)
        return;
    dp_populate(load, &template_class, object, template);
    check_type_name(load, object, mapping, template->type_name);
    mapping->count++;
}

static void read_codes(struct dp_load *load, const struct dp_field *field,
                       const struct dp_token *value, void *target)
{
    struct dp_codes *out = (struct dp_codes *)((char *)target + field->offset);

    out->items = dp_populate_list(load, field, value, &code_class, sizeof *out->items, &out->count);
}

static void read_categories(struct dp_load *load, const struct dp_field *field,
                            const struct dp_token *value, void *target)
{
    struct dp_fhir_template *out = target;

    out->categories = dp_populate_list(load, field, value, &category_class, sizeof *out->categories,
                                       &out->category_count);
}

static void read_components(struct dp_load *load, const struct dp_field *field,
                            const struct dp_token *value, void *target)
{
    struct dp_fhir_template *out = target;

    out->components = dp_populate_list(load, field, value, &component_class,
                                       sizeof *out->components, &out->component_count);
}

/* An integer, a numeric string, or a name. */
static void read_period(struct dp_load *load, const struct dp_field *field,
                        const struct dp_token *value, void *target)
{
    static const struct {
        const char *name;
        int64_t minutes;
    } names[] = {{"CorrelationId", -1}, {"Single", 0}, {"Hourly", 60}, {"Daily", 1440}};
    int64_t *out = (int64_t *)((char *)target + field->offset);

    if (value->type == DP_INT) {
        *out = value->integer;
        return;
    }
    for (size_t i = 0; value->type == DP_STRING && i < COUNT(names); i++)
        if (dp_text_is_word(value->text.data, names[i].name)) {
            *out = names[i].minutes;
            return;
        }
    if (value->type != DP_STRING || !dp_parse_long(value->text.data, out))
        dp_load_bad_value(load, value,
                          "Microsoft.Health.Fhir.Ingest.Template.ObservationPeriodInterval");
}

/* An object; null is refused too, as in the original. valueType is looked up under two spellings only; its value is matched without
 * case. */
static void read_value(struct dp_load *load, const struct dp_field *field,
                       const struct dp_token *value, void *target)
{
    struct dp_fhir_value **out = (struct dp_fhir_value **)((char *)target + field->offset);
    const struct dp_token *type;
    const char *name;

    if (value->type != DP_OBJECT) {
        dp_load_error(load, value, "Cannot access child value on %s.",
                      value->type == DP_ARRAY ? "Newtonsoft.Json.Linq.JArray"
                                              : "Newtonsoft.Json.Linq.JValue");
        return;
    }
    type = dp_object_get(value, "ValueType");
    type = type ? type : dp_object_get(value, "valueType");
    name = type ? dp_scalar_text(load->arena, type) : NULL;
    if (!name) {
        dp_load_error(load, value, "Property ValueType is missing.");
        return;
    }
    for (size_t i = 0; i < COUNT(value_classes); i++)
        if (dp_text_equal_nocase(value_classes[i].name, name)) {
            *out = base_arena_alloc(load->arena, sizeof **out);
            (*out)->type = (enum dp_value_type)i;
            dp_populate(load, &value_classes[i].class, value, *out);
            return;
        }
    if (dp_text_blank(name))
        dp_load_error(load, type, "A blank valueType is none.");
    else
        dp_load_error(load, type, "%s", name);
}

/* Milliseconds. The original loops for ever on 0 and on less; here the mapping does not load. */
static void read_default_period(struct dp_load *load, const struct dp_field *field,
                                const struct dp_token *value, void *target)
{
    struct dp_fhir_value *out = target;
    const char *text = dp_scalar_text(load->arena, value);
    char decimal[DP_NUMBER_TEXT];

    (void)field;
    if (!text || value->type == DP_BOOL || !dp_decimal_parse(text, decimal)) {
        dp_load_bad_value(load, value, "System.Decimal");
        return;
    }
    out->period = base_arena_strdup(load->arena, decimal);
    if (!dp_decimal_ticks(decimal, &out->period_ticks) || out->period_ticks <= 0)
        dp_load_error(load, value, "defaultPeriod must be greater than 0 milliseconds, found %s.",
                      decimal);
}
