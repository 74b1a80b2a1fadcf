/* Decides what the operations on secrets do, the managed secrets of certificates among them. */
#include "simulators/keyvault/call.h"

#include <string.h>

#define VALUE_MAX 25600      /* bytes of a value */
#define CONTENT_TYPE_MAX 255 /* characters of a content type */

static struct kv_item *find_alive(struct kv_call *call, const char *kind);
static struct kv_item *find_secret(struct kv_call *call, bool *managed);
static bool take_value(struct kv_call *call, cJSON *version);
static bool take_content_type(struct kv_call *call, cJSON *version);
static struct kv_item *open_for_set(struct kv_call *call);

void kv_secret_set(void *context)
{
    struct kv_call *call = context;
    struct kv_item *item;
    cJSON *given = cJSON_CreateObject();

    if (take_value(call, given) && take_content_type(call, given) &&
        kv_take_metadata(call, given) && (item = open_for_set(call))) {
        const cJSON *version = kv_item_add_version(call->kv, item, given);
        kv_item_keep(call->kv, call->vault, item);
        base_http_answer_json_take(call->response, 200,
                                   kv_secret_bundle(call, item, version, true, false));
    }
    cJSON_Delete(given);
}

void kv_secret_get(void *context)
{
    struct kv_call *call = context;
    bool managed;
    struct kv_item *item = find_secret(call, &managed);
    const cJSON *version = item ? kv_item_version(item, call->version) : NULL;

    if (!version)
        kv_refuse_absent(call, KV_SECRETS);
    else if (!base_json_true(version, "enabled"))
        kv_refuse(call, "Disabled", "Secret", "get", "secret");
    else
        base_http_answer_json_take(call->response, 200,
                                   kv_secret_bundle(call, item, version, true, managed));
}

void kv_secret_update(void *context)
{
    struct kv_call *call = context;
    bool managed;
    struct kv_item *item = find_secret(call, &managed);
    cJSON *version = item ? kv_item_version(item, call->version) : NULL;

    if (!version) {
        kv_refuse_absent(call, KV_SECRETS);
        return;
    }
    if (managed) {
        kv_refuse(call, "Managed", "update", call->name);
        return;
    }
    cJSON *fresh = base_json_copy(version);
    if (take_content_type(call, fresh) && kv_take_metadata(call, fresh)) {
        kv_item_replace_version(call->kv, item, version, fresh);
        kv_item_keep(call->kv, call->vault, item);
        base_http_answer_json_take(call->response, 200,
                                   kv_secret_bundle(call, item, fresh, false, false));
        return;
    }
    cJSON_Delete(fresh);
}

void kv_secret_list(void *context)
{
    struct kv_call *call = context;
    cJSON *all = cJSON_CreateArray();

    for (const struct kv_item *item = call->vault->items; item; item = item->next) {
        if (kv_item_deleted_ms(item) || !kv_item_version(item, NULL))
            continue;
        bool managed = base_equal(item->kind, KV_CERTIFICATES);
        cJSON *entry = kv_secret_bundle(call, item, kv_item_version(item, NULL), false, managed);
        base_json_set(entry, "id", kv_id(call, KV_SECRETS, item->name, NULL));
        cJSON_AddItemToArray(all, entry);
    }
    kv_answer_page(call, all);
}

void kv_secret_versions(void *context)
{
    struct kv_call *call = context;
    bool managed;
    struct kv_item *item = find_secret(call, &managed);
    cJSON *all, *version;

    if (!item) {
        kv_refuse_absent(call, KV_SECRETS);
        return;
    }
    all = cJSON_CreateArray();
    cJSON_ArrayForEach(version, base_json_at(item->doc, "versions"))
        cJSON_AddItemToArray(all, kv_secret_bundle(call, item, version, false, managed));
    kv_answer_page(call, all);
}

static struct kv_item *find_alive(struct kv_call *call, const char *kind)
{
    struct kv_item *item = kv_item_find(call->kv, call->vault, kind, call->name);
    return item && !kv_item_deleted_ms(item) ? item : NULL;
}

static struct kv_item *find_secret(struct kv_call *call, bool *managed)
{
    struct kv_item *item = find_alive(call, KV_SECRETS);

    *managed = !item;
    return item ? item : find_alive(call, KV_CERTIFICATES);
}

static struct kv_item *open_for_set(struct kv_call *call)
{
    struct kv_item *item = kv_item_find(call->kv, call->vault, KV_SECRETS, call->name);

    if (item && kv_item_deleted_ms(item)) {
        kv_refuse(call, "Recoverable", "Secret", call->name);
        return NULL;
    }
    if (kv_item_find(call->kv, call->vault, KV_CERTIFICATES, call->name)) {
        kv_refuse(call, "Managed", "set", call->name);
        return NULL;
    }
    return item ? item : kv_item_add(call->vault, KV_SECRETS, call->name);
}

static bool take_value(struct kv_call *call, cJSON *version)
{
    const char *value = base_json_text(call->body, "value");

    if (!value)
        kv_refuse(call, "BadMember", "value", "a text was expected");
    else if (strlen(value) > VALUE_MAX)
        kv_refuse(
            call, "BadMember", "value",
            base_arena_printf(call->arena,
                              "Secret value has a length of %zu. Maximum allowed length is %d.",
                              strlen(value), VALUE_MAX));
    else
        base_json_set_text(version, "value", value);
    return value && strlen(value) <= VALUE_MAX;
}

static bool take_content_type(struct kv_call *call, cJSON *version)
{
    const cJSON *type = base_json_at(call->body, "contentType");

    if (!type || cJSON_IsNull(type))
        return true;
    if (!cJSON_IsString(type) || strlen(type->valuestring) > CONTENT_TYPE_MAX) {
        kv_refuse(call, "BadMember", "contentType",
                  "a text of at most 255 characters was expected");
        return false;
    }
    base_json_set_text(version, "contentType", type->valuestring);
    return true;
}
