/* Decides what can be read of the keys behind certificates; keys of their own are not kept. */
#include "simulators/keyvault/call.h"

static const char *const operations[] = {"sign",      "verify",  "wrapKey",
                                         "unwrapKey", "encrypt", "decrypt"};

static struct kv_item *find_alive(struct kv_call *call);
static cJSON *key_item(struct kv_call *call, const struct kv_item *item, const cJSON *version,
                       bool versioned);

void kv_key_get(void *context)
{
    struct kv_call *call = context;
    struct kv_item *item = find_alive(call);
    const cJSON *version = item ? kv_item_version(item, call->version) : NULL;

    if (!version) {
        kv_refuse_absent(call, KV_KEYS);
        return;
    }
    cJSON *bundle = cJSON_CreateObject(), *key = base_json_copy(base_json_at(version, "jwk"));
    base_json_set(key, "kid", kv_id(call, KV_KEYS, item->name, base_json_text(version, "id")));
    base_json_set(key, "key_ops",
                  cJSON_CreateStringArray(operations, sizeof operations / sizeof *operations));
    base_json_set(bundle, "key", key);
    base_json_set(bundle, "attributes", kv_attributes(call, version));
    if (base_json_at(version, "tags"))
        base_json_set(bundle, "tags", base_json_copy(base_json_at(version, "tags")));
    base_json_set_bool(bundle, "managed", true);
    base_http_answer_json_take(call->response, 200, bundle);
}

void kv_key_list(void *context)
{
    struct kv_call *call = context;
    cJSON *all = cJSON_CreateArray();

    for (const struct kv_item *item = call->vault->items; item; item = item->next)
        if (base_equal(item->kind, KV_CERTIFICATES) && !kv_item_deleted_ms(item) &&
            kv_item_version(item, NULL))
            cJSON_AddItemToArray(all, key_item(call, item, kv_item_version(item, NULL), false));
    kv_answer_page(call, all);
}

void kv_key_versions(void *context)
{
    struct kv_call *call = context;
    struct kv_item *item = find_alive(call);
    cJSON *all, *version;

    if (!item) {
        kv_refuse_absent(call, KV_KEYS);
        return;
    }
    all = cJSON_CreateArray();
    cJSON_ArrayForEach(version, base_json_at(item->doc, "versions"))
        cJSON_AddItemToArray(all, key_item(call, item, version, true));
    kv_answer_page(call, all);
}

static struct kv_item *find_alive(struct kv_call *call)
{
    struct kv_item *item = kv_item_find(call->kv, call->vault, KV_CERTIFICATES, call->name);
    return item && !kv_item_deleted_ms(item) ? item : NULL;
}

static cJSON *key_item(struct kv_call *call, const struct kv_item *item, const cJSON *version,
                       bool versioned)
{
    cJSON *entry = cJSON_CreateObject();

    base_json_set(
        entry, "kid",
        kv_id(call, KV_KEYS, item->name, versioned ? base_json_text(version, "id") : NULL));
    base_json_set(entry, "attributes", kv_attributes(call, version));
    base_json_set_bool(entry, "managed", true);
    return entry;
}
