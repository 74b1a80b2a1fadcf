/* Decides how objects become a Table, which kubectl prints, and how ages read. */
#include "simulators/aks/table.h"

#include "simulators/aks/meta.h"

#include <stdio.h>

static cJSON *definitions_of(const struct aks_kind *kind)
{
    cJSON *all = cJSON_CreateArray();

    for (const struct aks_column *column = kind->columns; column->name; column++) {
        cJSON *definition = cJSON_CreateObject();
        base_json_set_text(definition, "name", column->name);
        base_json_set_text(definition, "type", column->type);
        base_json_set_text(definition, "format",
                           base_equal(column->name, "Name") && column->priority == 0 ? "name" : "");
        base_json_set_text(definition, "description", "");
        base_json_set_number(definition, "priority", column->priority);
        cJSON_AddItemToArray(all, definition);
    }
    return all;
}

/* A printer column of a custom resource is null when there is nothing, and a text when its type says so. */
static cJSON *path_cell(const struct aks_kind *kind, const struct aks_column *column,
                        const cJSON *body)
{
    const cJSON *value = base_json_at(body, column->path);

    if (!value)
        return kind->custom ? cJSON_CreateNull() : cJSON_CreateString("");
    if (cJSON_IsNumber(value))
        return base_json_textf("%.0f", value->valuedouble);
    return base_json_copy(value);
}

/* A pod that is over: kubectl may leave it out. */
static void add_completed(cJSON *row, const cJSON *body)
{
    static const char *const phases[][2] = {{"Succeeded", "The pod has completed successfully."},
                                            {"Failed", "The pod failed."}};

    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        if (!base_equal(base_json_text(body, "status.phase"), phases[i][0]))
            continue;
        cJSON *condition = cJSON_CreateObject();
        base_json_set_text(condition, "type", "Completed");
        base_json_set_text(condition, "status", "True");
        base_json_set_text(condition, "reason", phases[i][0]);
        base_json_set_text(condition, "message", phases[i][1]);
        cJSON_AddItemToArray(cJSON_AddArrayToObject(row, "conditions"), condition);
    }
}

cJSON *aks_table(const struct aks_kind *kind, struct aks_object *const *items, size_t count,
                 enum aks_include include, bool definitions, cJSON *metadata, int64_t now_ms)
{
    cJSON *table = cJSON_CreateObject(), *rows;

    base_json_set_text(table, "kind", "Table");
    base_json_set_text(table, "apiVersion", "meta.k8s.io/v1");
    base_json_set(table, "metadata", metadata);
    base_json_set(table, "columnDefinitions",
                  definitions ? definitions_of(kind) : cJSON_CreateNull());
    rows = cJSON_AddArrayToObject(table, "rows");
    for (size_t i = 0; i < count; i++) {
        const cJSON *body = items[i]->body;
        cJSON *row = cJSON_CreateObject(), *cells = cJSON_AddArrayToObject(row, "cells");
        for (const struct aks_column *column = kind->columns; column->name; column++)
            cJSON_AddItemToArray(cells, column->cell ? column->cell(body, now_ms)
                                                     : path_cell(kind, column, body));
        if (kind->id == AKS_POD)
            add_completed(row, body);
        if (include == AKS_INCLUDE_OBJECT)
            cJSON_AddItemReferenceToObject(row, "object", (cJSON *)body);
        else
            base_json_set(row, "object",
                          include == AKS_INCLUDE_NONE ? cJSON_CreateNull() : aks_partial(body));
        cJSON_AddItemToArray(rows, row);
    }
    return table;
}

cJSON *aks_partial(const cJSON *body)
{
    cJSON *partial = cJSON_CreateObject();

    base_json_set_text(partial, "kind", "PartialObjectMetadata");
    base_json_set_text(partial, "apiVersion", "meta.k8s.io/v1");
    cJSON_AddItemReferenceToObject(partial, "metadata",
                                   cJSON_GetObjectItemCaseSensitive(body, "metadata"));
    return partial;
}

/* duration.HumanDuration of apimachinery. */
void aks_age_text(int64_t from_ms, int64_t now_ms, char out[32])
{
    long long seconds = (now_ms - from_ms) / 1000, minutes = seconds / 60, hours = minutes / 60,
              days = hours / 24;

    if (seconds < -1)
        snprintf(out, 32, "<invalid>");
    else if (seconds < 120)
        snprintf(out, 32, "%llds", seconds < 0 ? 0 : seconds);
    else if (minutes < 10 && seconds % 60)
        snprintf(out, 32, "%lldm%llds", minutes, seconds % 60);
    else if (minutes < 180)
        snprintf(out, 32, "%lldm", minutes);
    else if (hours < 8 && minutes % 60)
        snprintf(out, 32, "%lldh%lldm", hours, minutes % 60);
    else if (hours < 48)
        snprintf(out, 32, "%lldh", hours);
    else if (days < 8 && hours % 24)
        snprintf(out, 32, "%lldd%lldh", days, hours % 24);
    else
        snprintf(out, 32, "%lldd", days);
}
