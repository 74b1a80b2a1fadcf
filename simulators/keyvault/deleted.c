/* Decides what deleting, recovering and purging do, for secrets and certificates alike (soft delete is always on). */
#include "simulators/keyvault/call.h"

static cJSON *bundle_of(struct kv_call *call, const struct kv_item *item, bool listed);
static struct kv_item *find_deleted(struct kv_call *call);

void kv_item_delete(void *context)
{
    struct kv_call *call = context;
    const char *kind = call->right->collection;
    struct kv_item *item = kv_item_find(call->kv, call->vault, kind, call->name);

    if (item && !kv_item_deleted_ms(item)) {
        base_json_set_number(item->doc, "deletedMs", (double)call->now_ms);
        kv_item_keep(call->kv, call->vault, item);
        base_http_answer_json_take(call->response, 200, bundle_of(call, item, false));
        return;
    }
    item = kv_item_find(call->kv, call->vault, KV_CERTIFICATES, call->name);
    if (base_equal(kind, KV_SECRETS) && item && !kv_item_deleted_ms(item))
        kv_refuse(call, "Managed", "delete", call->name);
    else
        kv_refuse_absent(call, kind);
}

void kv_deleted_list(void *context)
{
    struct kv_call *call = context;
    cJSON *all = cJSON_CreateArray();

    for (const struct kv_item *item = call->vault->items; item; item = item->next)
        if (base_equal(item->kind, call->right->collection) && kv_item_deleted_ms(item) &&
            call->now_ms < kv_item_purge_ms(call->vault, item))
            cJSON_AddItemToArray(all, bundle_of(call, item, true));
    kv_answer_page(call, all);
}

void kv_deleted_get(void *context)
{
    struct kv_call *call = context;
    struct kv_item *item = find_deleted(call);

    if (item)
        base_http_answer_json_take(call->response, 200, bundle_of(call, item, false));
}

void kv_deleted_recover(void *context)
{
    struct kv_call *call = context;
    struct kv_item *item = find_deleted(call);

    if (!item)
        return;
    cJSON_DeleteItemFromObjectCaseSensitive(item->doc, "deletedMs");
    kv_item_keep(call->kv, call->vault, item);
    base_http_answer_json_take(call->response, 200, bundle_of(call, item, false));
}

void kv_deleted_purge(void *context)
{
    struct kv_call *call = context;
    struct kv_item *item = find_deleted(call);

    if (!item)
        return;
    if (kv_vault_keeps(call->vault)) {
        kv_refuse(call, "Protected");
        return;
    }
    kv_item_remove(call->kv, call->vault, item);
    call->response->status = 204;
}

static struct kv_item *find_deleted(struct kv_call *call)
{
    struct kv_item *item = kv_item_find(call->kv, call->vault, call->right->collection, call->name);

    if (item && kv_item_deleted_ms(item))
        return item;
    kv_refuse(call, "NotDeleted", kv_noun(call->right->collection), call->name);
    return NULL;
}

static cJSON *bundle_of(struct kv_call *call, const struct kv_item *item, bool listed)
{
    const cJSON *version = kv_item_version(item, NULL);
    bool secret = base_equal(item->kind, KV_SECRETS);
    cJSON *bundle;

    if (secret)
        bundle = kv_secret_bundle(call, item, version, false, false);
    else
        bundle = listed ? kv_certificate_item(call, item, version, false)
                        : kv_certificate_bundle(call, item, version);
    if (listed)
        base_json_set(bundle, "id", kv_id(call, item->kind, item->name, NULL));
    if (kv_item_deleted_ms(item))
        kv_add_deletion(call, item, bundle);
    return bundle;
}
