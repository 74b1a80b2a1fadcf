/* Decides what a device template may hold, and compiles its expressions. */
#include "reference/dataplane/device_template.h"

#include "reference/dataplane/text.h"

#include <stddef.h>

static void read_path(struct dp_load *load, const struct dp_field *field,
                      const struct dp_token *value, void *target);
static void read_expression(struct dp_load *load, const struct dp_field *field,
                            const struct dp_token *value, void *target);
static void read_values(struct dp_load *load, const struct dp_field *field,
                        const struct dp_token *value, void *target);
static void read_calculated_values(struct dp_load *load, const struct dp_field *field,
                                   const struct dp_token *value, void *target);
static bool read_language(struct dp_load *load, const struct dp_token *value, int *language);
static void set_expression(struct dp_load *load, struct dp_expression *out,
                           const struct dp_token *at, const char *text, int language);

#define AT(member) offsetof(struct dp_template, member)
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct dp_field json_path_fields[] = {
    {"typeMatchExpression", true, false, read_path, AT(match)},
    {"deviceIdExpression", true, false, read_path, AT(device_id)},
    {"timestampExpression", true, false, read_path, AT(timestamp)},
    {"patientIdExpression", false, false, read_path, AT(patient_id)},
    {"encounterIdExpression", false, false, read_path, AT(encounter_id)},
    {"correlationIdExpression", false, false, read_path, AT(correlation_id)},
    {"values", false, false, read_values, 0},
    {"typeName", true, false, dp_read_text, AT(type_name)},
};
/* The fixed expressions may be written, and are ignored. */
static const struct dp_field iot_fields[] = {
    {"typeMatchExpression", true, false, read_path, AT(match)},
    {"deviceIdExpression", false, false, NULL, 0},
    {"timestampExpression", false, false, NULL, 0},
    {"patientIdExpression", false, false, read_path, AT(patient_id)},
    {"encounterIdExpression", false, false, read_path, AT(encounter_id)},
    {"correlationIdExpression", false, false, read_path, AT(correlation_id)},
    {"values", false, false, read_values, 0},
    {"typeName", true, false, dp_read_text, AT(type_name)},
};
static const struct dp_field calculated_fields[] = {
    {"typeMatchExpression", true, false, read_expression, AT(match)},
    {"deviceIdExpression", true, false, read_expression, AT(device_id)},
    {"timestampExpression", true, false, read_expression, AT(timestamp)},
    {"patientIdExpression", false, false, read_expression, AT(patient_id)},
    {"encounterIdExpression", false, false, read_expression, AT(encounter_id)},
    {"correlationIdExpression", false, false, read_expression, AT(correlation_id)},
    {"values", true, false, read_calculated_values, 0},
    {"defaultExpressionLanguage", false, false, NULL, 0}, /* read before the others */
    {"typeName", true, false, dp_read_text, AT(type_name)},
};
static const struct dp_field value_fields[] = {
    {"valueName", true, false, dp_read_text, offsetof(struct dp_value_field, name)},
    {"valueExpression", true, false, read_path, offsetof(struct dp_value_field, expression)},
    {"required", false, true, dp_read_bool, offsetof(struct dp_value_field, required)},
};
static const struct dp_field calculated_value_fields[] = {
    {"valueName", true, false, dp_read_text, offsetof(struct dp_value_field, name)},
    {"valueExpression", true, false, read_expression, offsetof(struct dp_value_field, expression)},
    {"required", false, true, dp_read_bool, offsetof(struct dp_value_field, required)},
};

static const struct dp_class json_path_class = {"JsonPathContentTemplate", json_path_fields,
                                                COUNT(json_path_fields), false};
static const struct dp_class iot_class = {"IotJsonPathContentTemplate", iot_fields,
                                          COUNT(iot_fields), false};
static const struct dp_class central_class = {"IotCentralJsonPathContentTemplate", iot_fields,
                                              COUNT(iot_fields), false};
static const struct dp_class calculated_class = {
    "CalculatedFunctionContentTemplate", calculated_fields, COUNT(calculated_fields), false};
static const struct dp_class value_class = {"JsonPathValueExpression", value_fields,
                                            COUNT(value_fields), false};
static const struct dp_class calculated_value_class = {"CalculatedFunctionValueExpression",
                                                       calculated_value_fields,
                                                       COUNT(calculated_value_fields), false};

static const struct dp_template_kind kinds[] = {
    {"JsonPathContentTemplate", &json_path_class, false, NULL, {NULL, NULL}},
    {"IotJsonPathContentTemplate",
     &iot_class,
     false,
     "$.SystemProperties.iothub-connection-device-id",
     {"$.Properties.iothub-creation-time-utc", "$.SystemProperties.iothub-enqueuedtime"}},
    {"IotCentralJsonPathContent", &central_class, false, "$.deviceId", {"$.enqueuedTime", NULL}},
    {"CalculatedContent", &calculated_class, true, NULL, {NULL, NULL}},
};

const struct dp_template_kind *dp_template_kind_find(const char *type)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (dp_type_is(type, kinds[i].canonical))
            return &kinds[i];
    return NULL;
}

void dp_template_load(struct dp_load *load, const struct dp_template_kind *kind,
                      const struct dp_token *object, struct dp_template *out)
{
    const struct dp_member *language = dp_object_find_nocase(object, "defaultExpressionLanguage");

    out->kind = kind;
    load->language = DP_LANGUAGE_JSONPATH;
    if (kind->keeps_envelope && language && language->value->type == DP_NULL)
        dp_load_error(load, language->value,
                      "Cannot convert null value to "
                      "Microsoft.Health.Fhir.Ingest.Template.TemplateExpressionLanguage.");
    else if (kind->keeps_envelope && language)
        (void)read_language(load, language->value, &load->language);
    dp_populate(load, kind->class, object, out);
    if (kind->device_id)
        set_expression(load, &out->device_id, object, kind->device_id, DP_LANGUAGE_JSONPATH);
    for (size_t i = 0; i < 2 && kind->timestamp[i]; i++)
        set_expression(load, &out->timestamp[i], object, kind->timestamp[i], DP_LANGUAGE_JSONPATH);
}

static void set_jmespath(struct dp_load *load, struct dp_expression *out, const struct dp_token *at)
{
    struct dp_device_mapping *mapping = load->mapping;
    struct base_error cause = {0};

    out->jmes = dp_jmes_compile(at->text.data, at->text.len, &cause);
    if (!out->jmes) {
        dp_load_error(load, at,
                      "The following JmesPath expression could not be parsed: %s. Cause: %s",
                      at->text.data, cause.message);
        return;
    }
    mapping->jmes = base_realloc(mapping->jmes, (mapping->jmes_count + 1) * sizeof(dp_jmes_t *));
    mapping->jmes[mapping->jmes_count++] = out->jmes;
}

/* Both languages compile once, here. A JMESPath that does not compile is an error of the mapping; a JSONPath that does not
 * keeps its error, and answers each event with it. For JMESPath `at` is the text itself. */
static void set_expression(struct dp_load *load, struct dp_expression *out,
                           const struct dp_token *at, const char *text, int language)
{
    struct dp_device_mapping *mapping = load->mapping;

    *out = (struct dp_expression){.text = text, .line = at->line, .column = at->column};
    out->language = (enum dp_language)language;
    if (language == DP_LANGUAGE_JMESPATH) {
        set_jmespath(load, out, at);
        return;
    }
    out->path = dp_path_compile(text, &out->error);
    mapping->paths = base_realloc(mapping->paths, (mapping->path_count + 1) * sizeof(dp_path_t *));
    mapping->paths[mapping->path_count++] = out->path;
}

/* JsonPathContent and its relatives: a plain string; a blank one means no expression. */
static void read_path(struct dp_load *load, const struct dp_field *field,
                      const struct dp_token *value, void *target)
{
    struct dp_expression *out = (struct dp_expression *)((char *)target + field->offset);
    const char *text = dp_scalar_text(load->arena, value);

    if (!text)
        dp_load_bad_value(load, value, "System.String");
    else if (!dp_text_blank(text))
        set_expression(load, out, value, text, DP_LANGUAGE_JSONPATH);
}

static bool read_language(struct dp_load *load, const struct dp_token *value, int *language)
{
    static const char *const names[][2] = {{"JsonPath", "0"}, {"JmesPath", "1"}};

    for (int i = 0; i < 2; i++)
        if ((value->type == DP_INT && value->integer == i) ||
            (value->type == DP_STRING && (dp_text_is_word(value->text.data, names[i][0]) ||
                                          dp_text_is_word(value->text.data, names[i][1])))) {
            *language = i;
            return true;
        }
    dp_load_bad_value(
        load, value,
        "System.Nullable`1[Microsoft.Health.Fhir.Ingest.Template.TemplateExpressionLanguage]");
    return false;
}

/* {"value": text, "language": ...}: takes the parts out; false after an error. */
static bool open_expression(struct dp_load *load, const struct dp_token *object,
                            const struct dp_token **text, int *language)
{
    const struct dp_member *value = dp_object_find_nocase(object, "value");
    const struct dp_member *named = dp_object_find_nocase(object, "language");

    if (named && named->value->type != DP_NULL && !read_language(load, named->value, language))
        return false;
    if (value && value->value->type != DP_NULL) {
        *text = value->value;
        return true;
    }
    dp_load_error(load, object, "Required property 'Value' %s",
                  value ? "expects a value but got null." : "not found in JSON.");
    return false;
}

static const char *required_name(const struct dp_field *field, struct base_arena *arena)
{
    return base_arena_printf(arena, "%c%s", field->name[0] - 'a' + 'A', field->name + 1);
}

/* Inside an expression object numbers and booleans are taken as the text that they print to. */
static const struct dp_token *as_text(struct dp_load *load, const struct dp_token *value)
{
    const char *text = value->type == DP_STRING ? NULL : dp_scalar_text(load->arena, value);
    struct dp_token *made;

    if (!text)
        return value;
    made = dp_token_text(load->arena, text);
    made->line = value->line;
    made->column = value->column;
    return made;
}

/* CalculatedContent: a string, or an object with value and language. */
static void read_expression(struct dp_load *load, const struct dp_field *field,
                            const struct dp_token *value, void *target)
{
    struct dp_expression *out = (struct dp_expression *)((char *)target + field->offset);
    const struct dp_token *at = value;
    int language = load->language;

    if (value->type == DP_OBJECT) {
        if (!open_expression(load, value, &at, &language))
            return;
        at = as_text(load, at);
    }
    if (at->type != DP_STRING) {
        dp_load_bad_value(load, at, "Microsoft.Health.Fhir.Ingest.Template.TemplateExpression");
        return;
    }
    if (dp_text_blank(at->text.data)) {
        if (field->required && at->text.len == 0)
            dp_load_error(load, at, "Required property '%s' expects a value but got null.",
                          required_name(field, load->arena));
        else
            dp_load_error(load, at, "The expression must not be empty or blank.");
        return;
    }
    set_expression(load, out, at, at->text.data, language);
}

static void read_values(struct dp_load *load, const struct dp_field *field,
                        const struct dp_token *value, void *target)
{
    struct dp_template *template = target;

    template->values = dp_populate_list(load, field, value, &value_class, sizeof *template->values,
                                        &template->value_count);
}

static void read_calculated_values(struct dp_load *load, const struct dp_field *field,
                                   const struct dp_token *value, void *target)
{
    struct dp_template *template = target;

    template->values = dp_populate_list(load, field, value, &calculated_value_class,
                                        sizeof *template->values, &template->value_count);
}
