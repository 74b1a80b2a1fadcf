/* Decides whether labels and fields match a selector. */
#include "simulators/aks/selector.h"

#include "simulators/aks/meta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *field_value(const struct aks_kind *kind, const cJSON *body, const char *key,
                               char number[32]);
static bool listed(const struct aks_requirement *requirement, const char *value);
static bool expression_matches(const cJSON *expression, const cJSON *labels);

bool aks_labels_match(const struct aks_selector *selector, const cJSON *labels)
{
    for (size_t i = 0; i < selector->count; i++) {
        const struct aks_requirement *r = &selector->requirements[i];
        const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(labels, r->key));
        int64_t left, right;
        bool match = false;
        switch (r->op) {
        case AKS_IN:
            match = value && listed(r, value);
            break;
        case AKS_NOT_IN:
            match = !value || !listed(r, value);
            break;
        case AKS_EXISTS:
            match = value != NULL;
            break;
        case AKS_ABSENT:
            match = value == NULL;
            break;
        case AKS_GREATER:
        case AKS_LESS:
            match = value && base_parse_int64(value, &left) &&
                    base_parse_int64(r->values[0], &right) &&
                    (r->op == AKS_GREATER ? left > right : left < right);
            break;
        }
        if (!match)
            return false;
    }
    return true;
}

bool aks_fields_match(const struct aks_selector *selector, const struct aks_kind *kind,
                      const cJSON *body)
{
    char number[32];

    for (size_t i = 0; i < selector->count; i++) {
        const struct aks_requirement *r = &selector->requirements[i];
        const char *value = field_value(kind, body, r->key, number);
        if (listed(r, value) != (r->op == AKS_IN))
            return false;
    }
    return true;
}

bool aks_label_object_matches(const cJSON *selector, const cJSON *labels)
{
    const cJSON *wanted, *all = cJSON_GetObjectItemCaseSensitive(selector, "matchLabels");
    const cJSON *expressions = cJSON_GetObjectItemCaseSensitive(selector, "matchExpressions");

    if ((!all || !all->child) && (!expressions || !expressions->child))
        return false;
    cJSON_ArrayForEach(wanted, all)
    {
        const char *value =
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(labels, wanted->string));
        if (!value || !base_equal(value, cJSON_GetStringValue(wanted)))
            return false;
    }
    cJSON_ArrayForEach(wanted, expressions)
    {
        if (!expression_matches(wanted, labels))
            return false;
    }
    return true;
}

static const struct {
    const char *name;
    enum aks_operator op;
} operators[] = {
    {"In", AKS_IN}, {"NotIn", AKS_NOT_IN}, {"Exists", AKS_EXISTS}, {"DoesNotExist", AKS_ABSENT}};

static int operator_of(const cJSON *expression)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (base_equal(operators[i].name, base_json_text(expression, "operator")))
            return (int)operators[i].op;
    return -1;
}

char *aks_label_object_text(const cJSON *selector)
{
    static const char *const words[] = {[AKS_IN] = "in", [AKS_NOT_IN] = "notin"};
    const cJSON *entry, *value, *labels = cJSON_GetObjectItemCaseSensitive(selector, "matchLabels");
    const cJSON *expressions = cJSON_GetObjectItemCaseSensitive(selector, "matchExpressions");
    struct base_buf out = {0};

    cJSON_ArrayForEach(entry, labels)
    {
        base_buf_printf(&out, "%s%s=%s", out.len ? "," : "", entry->string,
                        cJSON_GetStringValue(entry));
    }
    cJSON_ArrayForEach(entry, expressions)
    {
        int op = operator_of(entry);
        const char *key = base_json_text(entry, "key"), *comma = "";
        base_buf_printf(&out, "%s%s%s", out.len ? "," : "", op == AKS_ABSENT ? "!" : "",
                        key ? key : "");
        if (op != AKS_IN && op != AKS_NOT_IN)
            continue;
        base_buf_printf(&out, " %s (", words[op]);
        const cJSON *values = cJSON_GetObjectItemCaseSensitive(entry, "values");
        cJSON_ArrayForEach(value, values)
        {
            base_buf_printf(&out, "%s%s", comma, cJSON_GetStringValue(value));
            comma = ",";
        }
        base_buf_putc(&out, ')');
    }
    return base_buf_take(&out);
}

static bool expression_matches(const cJSON *expression, const cJSON *labels)
{
    const char *key = base_json_text(expression, "key"), *value = NULL;
    const cJSON *entry, *values = cJSON_GetObjectItemCaseSensitive(expression, "values");
    bool in = false;

    if (key)
        value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(labels, key));
    cJSON_ArrayForEach(entry, values)
    {
        in = in || (value && base_equal(value, cJSON_GetStringValue(entry)));
    }
    switch (operator_of(expression)) {
    case AKS_IN:
        return in;
    case AKS_NOT_IN:
        return !in;
    case AKS_EXISTS:
        return value != NULL;
    case AKS_ABSENT:
        return value == NULL;
    default:
        return false;
    }
}

static bool listed(const struct aks_requirement *requirement, const char *value)
{
    for (size_t i = 0; i < requirement->count; i++)
        if (base_equal(requirement->values[i], value))
            return true;
    return false;
}

/* The text a field selector compares with; booleans and numbers as Go prints them. */
static const char *field_value(const struct aks_kind *kind, const cJSON *body, const char *key,
                               char number[32])
{
    const char *path = key, *absent = "";

    for (const struct aks_field_key *field = kind->field_keys; field && field->name; field++)
        if (base_equal(field->name, key)) {
            path = field->path;
            absent = field->absent;
        }
    const cJSON *node = base_json_at(body, path);
    if (cJSON_IsNumber(node)) {
        snprintf(number, 32, "%.0f", node->valuedouble);
        return number;
    }
    if (cJSON_IsBool(node))
        return cJSON_IsTrue(node) ? "true" : "false";
    return cJSON_IsString(node) ? node->valuestring : absent;
}
