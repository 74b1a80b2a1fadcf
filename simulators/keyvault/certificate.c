/* Decides what the operations on certificates do, save making new ones. */
#include "simulators/keyvault/call.h"

static struct kv_item *find_alive(struct kv_call *call);

void kv_certificate_import(void *context)
{
    struct kv_call *call = context;
    struct kv_item *item;
    const cJSON *wanted = base_json_at(call->body, "policy");
    cJSON *policy = cJSON_IsObject(wanted) ? base_json_copy(wanted) : cJSON_CreateObject();
    cJSON *given = cJSON_CreateObject();

    if (kv_material_import(call, policy, given) && kv_take_metadata(call, given) &&
        (item = kv_certificate_open(call))) {
        const cJSON *version = kv_item_add_version(call->kv, item, given);
        base_json_set(item->doc, "policy", base_json_copy(policy));
        kv_item_keep(call->kv, call->vault, item);
        base_http_answer_json_take(call->response, 200, kv_certificate_bundle(call, item, version));
    }
    cJSON_Delete(given);
    cJSON_Delete(policy);
}

struct kv_item *kv_certificate_open(struct kv_call *call)
{
    struct kv_item *item = kv_item_find(call->kv, call->vault, KV_CERTIFICATES, call->name);

    if (item && kv_item_deleted_ms(item)) {
        kv_refuse(call, "Recoverable", "Certificate", call->name);
        return NULL;
    }
    if (kv_item_find(call->kv, call->vault, KV_SECRETS, call->name)) {
        kv_refuse(call, "NameTaken", "secret", call->name);
        return NULL;
    }
    return item ? item : kv_item_add(call->vault, KV_CERTIFICATES, call->name);
}

void kv_certificate_get(void *context)
{
    struct kv_call *call = context;
    struct kv_item *item = find_alive(call);
    const cJSON *version = item ? kv_item_version(item, call->version) : NULL;

    if (version)
        base_http_answer_json_take(call->response, 200, kv_certificate_bundle(call, item, version));
    else
        kv_refuse_absent(call, KV_CERTIFICATES);
}

/* exp and nbf are the certificate's own: a request cannot move them. */
void kv_certificate_update(void *context)
{
    struct kv_call *call = context;
    struct kv_item *item = find_alive(call);
    cJSON *version = item ? kv_item_version(item, call->version) : NULL;

    if (!version) {
        kv_refuse_absent(call, KV_CERTIFICATES);
        return;
    }
    cJSON *fresh = base_json_copy(version);
    if (kv_take_metadata(call, fresh)) {
        base_json_set_number(fresh, "nbf", base_json_number(version, "nbf", 0));
        base_json_set_number(fresh, "exp", base_json_number(version, "exp", 0));
        kv_item_replace_version(call->kv, item, version, fresh);
        kv_item_keep(call->kv, call->vault, item);
        base_http_answer_json_take(call->response, 200, kv_certificate_bundle(call, item, fresh));
        return;
    }
    cJSON_Delete(fresh);
}

void kv_certificate_list(void *context)
{
    struct kv_call *call = context;
    cJSON *all = cJSON_CreateArray();

    for (const struct kv_item *item = call->vault->items; item; item = item->next)
        if (base_equal(item->kind, KV_CERTIFICATES) && !kv_item_deleted_ms(item) &&
            kv_item_version(item, NULL))
            cJSON_AddItemToArray(
                all, kv_certificate_item(call, item, kv_item_version(item, NULL), false));
    kv_answer_page(call, all);
}

void kv_certificate_versions(void *context)
{
    struct kv_call *call = context;
    struct kv_item *item = find_alive(call);
    cJSON *all, *version;

    if (!item) {
        kv_refuse_absent(call, KV_CERTIFICATES);
        return;
    }
    all = cJSON_CreateArray();
    cJSON_ArrayForEach(version, base_json_at(item->doc, "versions"))
        cJSON_AddItemToArray(all, kv_certificate_item(call, item, version, true));
    kv_answer_page(call, all);
}

void kv_certificate_policy(void *context)
{
    struct kv_call *call = context;
    struct kv_item *item = find_alive(call);

    if (item)
        base_http_answer_json_take(call->response, 200, kv_policy_bundle(call, item));
    else
        kv_refuse_absent(call, KV_CERTIFICATES);
}

void kv_certificate_update_policy(void *context)
{
    struct kv_call *call = context;
    struct kv_item *item = find_alive(call);

    if (!item) {
        kv_refuse_absent(call, KV_CERTIFICATES);
        return;
    }
    if (!call->body) {
        kv_refuse(call, "BadMember", "policy", "an object was expected");
        return;
    }
    cJSON *policy = base_json_merge_patch(base_json_at(item->doc, "policy"), call->body);
    kv_policy_complete(policy);
    base_json_set_number(base_json_at(policy, "attributes"), "updated",
                         (double)(call->now_ms / 1000));
    base_json_set(item->doc, "policy", policy);
    kv_item_keep(call->kv, call->vault, item);
    base_http_answer_json_take(call->response, 200, kv_policy_bundle(call, item));
}

static struct kv_item *find_alive(struct kv_call *call)
{
    struct kv_item *item = kv_item_find(call->kv, call->vault, KV_CERTIFICATES, call->name);
    return item && !kv_item_deleted_ms(item) ? item : NULL;
}
