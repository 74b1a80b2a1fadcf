/* Decides what is kept of a deployment, and what clients see of it. */
#include "simulators/arm/deployments/record.h"
#include "simulators/arm/deployments/scheduler_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a, 64 bits: the real service's function is not published. */
void arm_template_hash(const cJSON *template, char out[24])
{
    char *text = base_json_print(template);
    uint64_t hash = 14695981039346656037u;

    for (const char *at = text; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 1099511628211u;
    snprintf(out, 24, "%llu", (unsigned long long)hash);
    free(text);
}

void arm_record_set_duration(cJSON *properties, int64_t ms)
{
    base_json_set(
        properties, "duration",
        base_json_textf("PT%lld.%03lldS", (long long)(ms / 1000), (long long)(ms % 1000)));
}

void arm_record_set_time(cJSON *properties, const char *name, int64_t ms)
{
    char iso[BASE_TIME_TEXT];

    base_time_iso(ms, iso);
    base_json_set_text(properties, name, iso);
}

/* ---- parts of DeploymentExtended ---- */

static bool made(const struct arm_node *node)
{
    return node->source && node->condition && node->kind == ARM_NODE_PUT;
}

cJSON *arm_record_brief(const struct arm_node *node)
{
    cJSON *item = cJSON_CreateObject();

    base_json_set_text(item, "id", node->id);
    base_json_set_text(item, "resourceType", node->type);
    base_json_set_text(item, "resourceName", node->name);
    return item;
}

static cJSON *dependencies(const struct arm_deployment *deployment)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < deployment->node_count; i++) {
        const struct arm_node *node = &deployment->nodes[i];
        cJSON *on = cJSON_CreateArray();
        for (size_t d = 0; made(node) && d < node->depends_count; d++)
            if (made(&deployment->nodes[node->depends[d]]))
                cJSON_AddItemToArray(on, arm_record_brief(&deployment->nodes[node->depends[d]]));
        if (!on->child) {
            cJSON_Delete(on);
            continue;
        }
        cJSON *item = arm_record_brief(node);
        cJSON_AddItemToObject(item, "dependsOn", on);
        cJSON_AddItemToArray(list, item);
    }
    return list;
}

static cJSON *find_text(cJSON *list, const char *member, const char *text)
{
    cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (base_equal_nocase(base_json_text(item, member), text))
            return item;
    }
    return NULL;
}

static void add_provider(cJSON *providers, const struct arm_node *node)
{
    size_t len = strcspn(node->type, "/");
    char *name = base_strndup(node->type, len);
    const char *location = cJSON_GetStringValue(node->location);
    cJSON *provider = find_text(providers, "namespace", name), *type, *types, *known;

    if (!provider) {
        provider = cJSON_CreateObject();
        base_json_set_text(provider, "namespace", name);
        cJSON_AddArrayToObject(provider, "resourceTypes");
        cJSON_AddItemToArray(providers, provider);
    }
    types = base_json_at(provider, "resourceTypes");
    type = find_text(types, "resourceType", node->type + len + 1);
    if (!type) {
        type = cJSON_CreateObject();
        base_json_set_text(type, "resourceType", node->type + len + 1);
        cJSON_AddArrayToObject(type, "locations");
        cJSON_AddItemToArray(types, type);
    }
    cJSON *locations = base_json_at(type, "locations");
    bool found = false;
    cJSON_ArrayForEach(known, locations) found =
        found || base_equal_nocase(cJSON_GetStringValue(known), location) ||
        (!location && cJSON_IsNull(known));
    if (!found)
        cJSON_AddItemToArray(locations,
                             location ? cJSON_CreateString(location) : cJSON_CreateNull());
    free(name);
}

static cJSON *providers(const struct arm_deployment *deployment)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < deployment->node_count; i++)
        if (made(&deployment->nodes[i]))
            add_provider(list, &deployment->nodes[i]);
    return list;
}

static void add_id(cJSON *list, const char *id)
{
    cJSON *item = cJSON_CreateObject();

    base_json_set_text(item, "id", id);
    cJSON_AddItemToArray(list, item);
}

/* What was made; of a nested deployment, what it made. */
static cJSON *output_resources(const struct arm_deployment *deployment, bool validated)
{
    cJSON *list = cJSON_CreateArray();
    const cJSON *nested, *item;

    for (size_t i = 0; i < deployment->node_count; i++) {
        const struct arm_node *node = &deployment->nodes[i];
        if (!made(node) || !(validated || node->state == ARM_NODE_DONE))
            continue;
        nested =
            arm_node_nested(node) ? base_json_at(node->result, "properties.outputResources") : NULL;
        cJSON_ArrayForEach(item, nested) add_id(list, base_json_text(item, "id"));
        if (!nested)
            add_id(list, node->id);
    }
    return list;
}

static void copy_link(const cJSON *asked, const char *name, cJSON *properties)
{
    static const char *const shown[] = {"uri", "id", "contentVersion", "relativePath"};
    const cJSON *link = base_json_at(asked, name);
    cJSON *copy;

    if (!cJSON_IsObject(link))
        return;
    copy = cJSON_AddObjectToObject(properties, name);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        base_json_set_text(copy, shown[i], base_json_text(link, shown[i]));
}

static void copy_error_deployment(const struct arm_deployment *deployment, const cJSON *asked,
                                  cJSON *properties)
{
    const cJSON *wanted = base_json_at(asked, "onErrorDeployment");

    if (!cJSON_IsObject(wanted))
        return;
    cJSON *copy = base_json_copy(wanted);
    for (size_t i = 0; i < deployment->node_count; i++)
        if (deployment->nodes[i].kind == ARM_NODE_ROLLBACK) {
            enum arm_node_state state = deployment->nodes[i].state;
            base_json_set_text(copy, "deploymentName", deployment->nodes[i].name);
            base_json_set_text(copy, "provisioningState",
                               state == ARM_NODE_DONE     ? "Succeeded"
                               : state == ARM_NODE_FAILED ? "Failed"
                                                          : "Running");
        }
    base_json_set(properties, "onErrorDeployment", copy);
}

static void set_progress(struct arm_deployment *deployment, cJSON *properties)
{
    int64_t now = sim_now_ms(deployment->arm->world);

    base_json_set_text(properties, "provisioningState", deployment->state);
    arm_record_set_time(properties, "timestamp", now);
    arm_record_set_duration(properties, now - deployment->started_ms);
    base_json_set(properties, "outputResources", output_resources(deployment, false));
    if (deployment->outputs)
        base_json_set(properties, "outputs", base_json_copy(deployment->outputs));
    if (deployment->error)
        base_json_set(properties, "error", base_json_copy(deployment->error));
    copy_error_deployment(deployment, base_json_at(deployment->request, "properties"), properties);
}

cJSON *arm_record_shown(struct arm_deployment *deployment, bool validated)
{
    const cJSON *asked = base_json_at(deployment->request, "properties"),
                *tags = base_json_at(deployment->request, "tags"),
                *debug = base_json_at(asked, "debugSetting");
    cJSON *shown = cJSON_CreateObject(), *properties;

    base_json_set_text(shown, "id", deployment->id);
    base_json_set_text(shown, "name", deployment->name);
    base_json_set_text(shown, "type", ARM_DEPLOYMENT_TYPE);
    base_json_set_text(shown, "location", deployment->location);
    if (cJSON_IsObject(tags))
        base_json_set(shown, "tags", base_json_copy(tags));
    properties = cJSON_AddObjectToObject(shown, "properties");
    copy_link(asked, "templateLink", properties);
    copy_link(asked, "parametersLink", properties);
    base_json_set_text(properties, "templateHash", deployment->template_hash);
    base_json_set(properties, "parameters", arm_parameters_shown(deployment->parameters));
    base_json_set_text(properties, "mode", deployment->complete ? "Complete" : "Incremental");
    if (cJSON_IsObject(debug))
        base_json_set(properties, "debugSetting", base_json_copy(debug));
    base_json_set_text(properties, "correlationId", deployment->who.correlation);
    base_json_set(properties, "providers", providers(deployment));
    base_json_set(properties, "dependencies", dependencies(deployment));
    set_progress(deployment, properties);
    if (validated) {
        base_json_set_text(properties, "provisioningState", "Succeeded");
        cJSON_DeleteItemFromObject(properties, "outputResources");
        base_json_set(properties, "validatedResources", output_resources(deployment, true));
    }
    return shown;
}

/* ---- the store ---- */

cJSON *arm_record_get(struct arm *arm, const char *id)
{
    return arm_docs_get(arm->deployments->records, id);
}

/* Parameters as they were resolved, so that a resumed deployment has the same; secrets of vaults are read again, other secure
 * values are in memory only. */
static cJSON *kept_parameters(const struct arm_deployment *deployment)
{
    const cJSON *values = arm_parameters_values(deployment->parameters), *value;
    cJSON *kept = cJSON_CreateObject();

    cJSON_ArrayForEach(value, values)
    {
        const cJSON *given = arm_template_member(deployment->given, value->string);
        cJSON *item;
        if (arm_template_member(given, "reference")) {
            cJSON_AddItemToObject(kept, value->string, base_json_copy(given));
            continue;
        }
        if (arm_parameters_secure(deployment->parameters, value->string)) {
            if (arm_secure_needed(deployment, value))
                cJSON_AddItemToObject(kept, value->string, arm_secure_mark());
            continue;
        }
        item = cJSON_AddObjectToObject(kept, value->string);
        cJSON_AddItemToObject(item, "value", base_json_copy(value));
    }
    return kept;
}

static cJSON *kept_request(const struct arm_deployment *deployment)
{
    cJSON *request = base_json_copy(deployment->request);
    cJSON *properties = base_json_at(request, "properties");

    base_json_set(properties, "parameters", kept_parameters(deployment));
    if (base_json_at(properties, "parametersLink"))
        cJSON_DeleteItemFromObject(properties, "parametersLink");
    return request;
}

void arm_record_begin(struct arm_deployment *deployment)
{
    cJSON *record, *kept;

    if (deployment->resumed)
        return;
    arm_record_remove(deployment->arm, deployment->id);
    record = cJSON_CreateObject();
    base_json_set(record, "shown", arm_record_shown(deployment, false));
    kept = cJSON_AddObjectToObject(record, "kept");
    base_json_set(kept, "request", kept_request(deployment));
    if (deployment->linked_template)
        base_json_set(kept, "template", base_json_copy(deployment->template));
    base_json_set(kept, "who", arm_deployer_document(&deployment->who));
    base_json_set_text(kept, "apiVersion", deployment->api_version);
    base_json_set_text(kept, "operation", deployment->operation);
    base_json_set_number(kept, "startedMs", (double)deployment->started_ms);
    arm_secure_keep(deployment);
    arm_docs_put(deployment->arm->deployments->records, deployment->id, record);
}

static void change_record(void *context, cJSON *record)
{
    set_progress(context, base_json_at(record, "shown.properties"));
}

void arm_record_update(struct arm_deployment *deployment)
{
    arm_docs_update(deployment->arm->deployments->records, deployment->id, change_record,
                    deployment);
}

void arm_record_remove(struct arm *arm, const char *id)
{
    cJSON *operations = arm_operation_list(arm, id), *operation;

    cJSON_ArrayForEach(operation, operations)
        arm_docs_remove(arm->deployments->operations, base_json_text(operation, "id"));
    cJSON_Delete(operations);
    arm_secure_forget(arm, id);
    arm_docs_remove(arm->deployments->records, id);
}
