/* Decides how metadata and conditions are read and written. */
#include "simulators/aks/meta.h"

#include <string.h>

static const char safe_alphabet[] = "bcdfghjklmnpqrstvwxz2456789";

cJSON *aks_metadata(cJSON *body)
{
    return aks_member(body, "metadata");
}

const char *aks_meta(const cJSON *body, const char *field)
{
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(body, "metadata");
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(metadata, field));

    return text ? text : "";
}

static const char *map_text(const cJSON *body, const char *map, const char *key)
{
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(body, "metadata");
    const cJSON *values = cJSON_GetObjectItemCaseSensitive(metadata, map);

    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(values, key));
}

const char *aks_label(const cJSON *body, const char *key)
{
    return map_text(body, "labels", key);
}

const char *aks_annotation(const cJSON *body, const char *key)
{
    return map_text(body, "annotations", key);
}

void aks_annotate(cJSON *body, const char *key, const char *value)
{
    base_json_set_text(aks_metadata_map(body, "annotations"), key, value);
}

cJSON *aks_metadata_map(cJSON *body, const char *name)
{
    return aks_member(aks_metadata(body), name);
}

cJSON *aks_member(cJSON *node, const char *name)
{
    cJSON *member = cJSON_GetObjectItemCaseSensitive(node, name);

    if (!cJSON_IsObject(member)) {
        member = cJSON_CreateObject();
        base_json_set(node, name, member);
    }
    return member;
}

bool aks_deleting(const cJSON *body)
{
    return *aks_meta(body, "deletionTimestamp") != '\0';
}

const cJSON *aks_controller_of(const cJSON *body)
{
    const cJSON *reference, *all = base_json_at(body, "metadata.ownerReferences");

    cJSON_ArrayForEach(reference, all)
    {
        if (base_json_true(reference, "controller"))
            return reference;
    }
    return NULL;
}

bool aks_controlled_by(const cJSON *body, const char *uid)
{
    const cJSON *controller = aks_controller_of(body);
    const char *owner = base_json_text(controller, "uid");

    return owner && strcmp(owner, uid) == 0;
}

cJSON *aks_owner_reference(const cJSON *owner)
{
    cJSON *reference = cJSON_CreateObject();

    base_json_set_text(reference, "apiVersion", base_json_text(owner, "apiVersion"));
    base_json_set_text(reference, "kind", base_json_text(owner, "kind"));
    base_json_set_text(reference, "name", aks_meta(owner, "name"));
    base_json_set_text(reference, "uid", aks_meta(owner, "uid"));
    base_json_set_bool(reference, "controller", true);
    base_json_set_bool(reference, "blockOwnerDeletion", true);
    return reference;
}

static int finalizer_at(const cJSON *body, const char *finalizer)
{
    const cJSON *entry, *all = base_json_at(body, "metadata.finalizers");
    int at = 0;

    cJSON_ArrayForEach(entry, all)
    {
        if (cJSON_IsString(entry) && strcmp(entry->valuestring, finalizer) == 0)
            return at;
        at++;
    }
    return -1;
}

bool aks_finalizer_has(const cJSON *body, const char *finalizer)
{
    return finalizer_at(body, finalizer) >= 0;
}

void aks_finalizer_add(cJSON *body, const char *finalizer)
{
    cJSON *metadata = aks_metadata(body),
          *all = cJSON_GetObjectItemCaseSensitive(metadata, "finalizers");

    if (finalizer_at(body, finalizer) >= 0)
        return;
    if (!cJSON_IsArray(all)) {
        all = cJSON_CreateArray();
        base_json_set(metadata, "finalizers", all);
    }
    cJSON_AddItemToArray(all, cJSON_CreateString(finalizer));
}

void aks_finalizer_remove(cJSON *body, const char *finalizer)
{
    cJSON *metadata = aks_metadata(body),
          *all = cJSON_GetObjectItemCaseSensitive(metadata, "finalizers");

    for (int at; (at = finalizer_at(body, finalizer)) >= 0;)
        cJSON_DeleteItemFromArray(all, at);
    if (all && !all->child)
        cJSON_DeleteItemFromObjectCaseSensitive(metadata, "finalizers");
}

void aks_name_suffix(base_random_t *random, struct base_buf *name)
{
    unsigned char bytes[AKS_NAME_SUFFIX];

    base_random_bytes(random, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        base_buf_putc(name, safe_alphabet[bytes[i] % (sizeof safe_alphabet - 1)]);
}

void aks_set_time(cJSON *object, const char *member, int64_t now_ms)
{
    char text[BASE_TIME_TEXT];

    base_time_iso_s(now_ms, text);
    base_json_set_text(object, member, text);
}

int64_t aks_time_at(const cJSON *node, const char *dotted, int64_t fallback)
{
    const char *text = base_json_text(node, dotted);
    int64_t ms;

    return text && base_time_parse(text, &ms) ? ms : fallback;
}

const cJSON *aks_condition(const cJSON *status, const char *type)
{
    const cJSON *condition, *all = cJSON_GetObjectItemCaseSensitive(status, "conditions");

    cJSON_ArrayForEach(condition, all)
    {
        const char *text = base_json_text(condition, "type");
        if (text && strcmp(text, type) == 0)
            return condition;
    }
    return NULL;
}

bool aks_condition_true(const cJSON *status, const char *type)
{
    const char *value = base_json_text(aks_condition(status, type), "status");

    return value && strcmp(value, "True") == 0;
}

void aks_condition_set(cJSON *status, const struct aks_condition *condition, int64_t now_ms)
{
    cJSON *old = (cJSON *)aks_condition(status, condition->type);
    cJSON *all = cJSON_GetObjectItemCaseSensitive(status, "conditions");
    const char *was = base_json_text(old, "status"),
               *since = base_json_text(old, "lastTransitionTime");
    cJSON *made = cJSON_CreateObject();

    base_json_set_text(made, "type", condition->type);
    base_json_set_text(made, "status", condition->status);
    if (condition->probe_time)
        base_json_set(made, "lastProbeTime", cJSON_CreateNull());
    if (condition->update_time)
        aks_set_time(made, "lastUpdateTime", now_ms);
    if (was && since && strcmp(was, condition->status) == 0)
        base_json_set_text(made, "lastTransitionTime", since);
    else
        aks_set_time(made, "lastTransitionTime", now_ms);
    if (condition->reason && *condition->reason)
        base_json_set_text(made, "reason", condition->reason);
    if (condition->message && *condition->message)
        base_json_set_text(made, "message", condition->message);
    if (!cJSON_IsArray(all)) {
        all = cJSON_CreateArray();
        base_json_set(status, "conditions", all);
    }
    if (old)
        (void)cJSON_ReplaceItemViaPointer(all, old, made);
    else
        cJSON_AddItemToArray(all, made);
}
