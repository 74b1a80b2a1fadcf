/* Decides what secrets, certificates and lists look like in an answer. */
#include "simulators/keyvault/call.h"

#include <string.h>

#define PAGE 25      /* most entries of a list page, and the default */
#define TAGS 15      /* most tags of a version */
#define TAG_TEXT 256 /* longest tag name or value */
#define FULL_RETENTION 90

static void copy(cJSON *to, const cJSON *from, const char *name);
static bool take_time(struct kv_call *call, const cJSON *attributes, const char *name,
                      cJSON *version);
static bool take_tags(struct kv_call *call, cJSON *version);

cJSON *kv_id(const struct kv_call *call, const char *collection, const char *name,
             const char *version)
{
    return base_json_textf("%s://%s/%s/%s%s%s", call->request->scheme, call->request->host,
                           collection, name, version ? "/" : "", version ? version : "");
}

cJSON *kv_attributes(const struct kv_call *call, const cJSON *version)
{
    static const char *const names[] = {"enabled", "nbf", "exp", "created", "updated"};
    cJSON *attributes = cJSON_CreateObject();
    int days = kv_vault_retention_days(call->vault);

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        copy(attributes, version, names[i]);
    base_json_set(attributes, "recoveryLevel",
                  base_json_textf("%sRecoverable%s", days < FULL_RETENTION ? "Customized" : "",
                                  kv_vault_keeps(call->vault) ? "" : "+Purgeable"));
    base_json_set_number(attributes, "recoverableDays", days);
    return attributes;
}

cJSON *kv_secret_bundle(const struct kv_call *call, const struct kv_item *item,
                        const cJSON *version, bool whole, bool managed)
{
    cJSON *bundle = cJSON_CreateObject();
    const char *id = base_json_text(version, "id");

    if (whole)
        copy(bundle, version, "value");
    copy(bundle, version, "contentType");
    base_json_set(bundle, "id", kv_id(call, KV_SECRETS, item->name, id));
    if (managed && whole)
        base_json_set(bundle, "kid", kv_id(call, KV_KEYS, item->name, id));
    if (managed)
        base_json_set_bool(bundle, "managed", true);
    base_json_set(bundle, "attributes", kv_attributes(call, version));
    copy(bundle, version, "tags");
    return bundle;
}

cJSON *kv_certificate_bundle(const struct kv_call *call, const struct kv_item *item,
                             const cJSON *version)
{
    cJSON *bundle = cJSON_CreateObject();
    const char *id = base_json_text(version, "id");

    base_json_set(bundle, "id", kv_id(call, KV_CERTIFICATES, item->name, id));
    base_json_set(bundle, "kid", kv_id(call, KV_KEYS, item->name, id));
    base_json_set(bundle, "sid", kv_id(call, KV_SECRETS, item->name, id));
    copy(bundle, version, "x5t");
    copy(bundle, version, "cer");
    base_json_set(bundle, "attributes", kv_attributes(call, version));
    copy(bundle, version, "tags");
    base_json_set(bundle, "policy", kv_policy_bundle(call, item));
    return bundle;
}

cJSON *kv_certificate_item(const struct kv_call *call, const struct kv_item *item,
                           const cJSON *version, bool versioned)
{
    cJSON *entry = cJSON_CreateObject();

    base_json_set(
        entry, "id",
        kv_id(call, KV_CERTIFICATES, item->name, versioned ? base_json_text(version, "id") : NULL));
    copy(entry, version, "x5t");
    base_json_set(entry, "attributes", kv_attributes(call, version));
    copy(entry, version, "tags");
    return entry;
}

cJSON *kv_policy_bundle(const struct kv_call *call, const struct kv_item *item)
{
    const cJSON *policy = base_json_at(item->doc, "policy");
    cJSON *bundle = base_json_copy(policy);

    base_json_set(bundle, "id",
                  base_json_textf("%s://%s/%s/%s/policy", call->request->scheme,
                                  call->request->host, KV_CERTIFICATES, item->name));
    return bundle;
}

void kv_add_deletion(const struct kv_call *call, const struct kv_item *item, cJSON *bundle)
{
    base_json_set(bundle, "recoveryId",
                  base_json_textf("%s://%s/deleted%s/%s", call->request->scheme,
                                  call->request->host, item->kind, item->name));
    base_json_set_number(bundle, "deletedDate", (double)(kv_item_deleted_ms(item) / 1000));
    base_json_set_number(bundle, "scheduledPurgeDate",
                         (double)(kv_item_purge_ms(call->vault, item) / 1000));
}

static bool whole_number(struct kv_call *call, const char *name, int64_t fallback, int64_t *out)
{
    const char *text = base_query_get(call->arena, call->request->query, name);

    *out = fallback;
    return !text || base_parse_int64(text, out);
}

void kv_answer_page(struct kv_call *call, cJSON *all)
{
    int64_t most, skip;
    cJSON *answer, *value;
    int count = cJSON_GetArraySize(all);

    if (!whole_number(call, "maxresults", PAGE, &most) || most < 1 || most > PAGE ||
        !whole_number(call, "$skiptoken", 0, &skip) || skip < 0) {
        const char *given = base_query_get(call->arena, call->request->query, "maxresults");
        kv_refuse(call, "BadPage", given ? given : "a bad $skiptoken");
        cJSON_Delete(all);
        return;
    }
    answer = cJSON_CreateObject();
    value = cJSON_AddArrayToObject(answer, "value");
    for (int i = (int)(skip < count ? skip : count); i < count && i < skip + most; i++)
        cJSON_AddItemToArray(value, base_json_copy(cJSON_GetArrayItem(all, i)));
    if (skip + most < count) {
        const char *version = base_query_get(call->arena, call->request->query, "api-version");
        base_json_set(answer, "nextLink",
                      base_json_textf("%s://%s%s?api-version=%s&$skiptoken=%lld&maxresults=%lld",
                                      call->request->scheme, call->request->host,
                                      call->request->path, version, (long long)(skip + most),
                                      (long long)most));
    } else {
        cJSON_AddNullToObject(answer, "nextLink");
    }
    base_http_answer_json_take(call->response, 200, answer);
    cJSON_Delete(all);
}

bool kv_take_metadata(struct kv_call *call, cJSON *version)
{
    const cJSON *attributes = base_json_at(call->body, "attributes");
    const cJSON *enabled = base_json_at(attributes, "enabled");

    if (attributes && !cJSON_IsObject(attributes) && !cJSON_IsNull(attributes)) {
        kv_refuse(call, "BadMember", "attributes", "an object was expected");
        return false;
    }
    if (enabled && !cJSON_IsBool(enabled) && !cJSON_IsNull(enabled)) {
        kv_refuse(call, "BadMember", "attributes.enabled", "true or false was expected");
        return false;
    }
    if (!take_time(call, attributes, "exp", version) ||
        !take_time(call, attributes, "nbf", version) || !take_tags(call, version))
        return false;
    if (cJSON_IsBool(enabled))
        base_json_set_bool(version, "enabled", cJSON_IsTrue(enabled));
    return true;
}

static void copy(cJSON *to, const cJSON *from, const char *name)
{
    const cJSON *member = base_json_at(from, name);
    if (member)
        base_json_set(to, name, base_json_copy(member));
}

static bool take_time(struct kv_call *call, const cJSON *attributes, const char *name,
                      cJSON *version)
{
    const cJSON *time = base_json_at(attributes, name);

    if (!time || cJSON_IsNull(time))
        return true;
    if (!cJSON_IsNumber(time) || time->valuedouble < 0 || time->valuedouble > 253402300799.0) {
        kv_refuse(call, "BadMember", name, "seconds since 1970 were expected");
        return false;
    }
    base_json_set_number(version, name, (double)(int64_t)time->valuedouble);
    return true;
}

static bool take_tags(struct kv_call *call, cJSON *version)
{
    const cJSON *tags = base_json_at(call->body, "tags"), *tag;
    bool good = cJSON_IsObject(tags) && cJSON_GetArraySize(tags) <= TAGS;

    if (!tags || cJSON_IsNull(tags))
        return true;
    cJSON_ArrayForEach(tag, tags) good = good && cJSON_IsString(tag) &&
                                         strlen(tag->valuestring) <= TAG_TEXT &&
                                         strlen(tag->string) <= TAG_TEXT;
    if (good)
        base_json_set(version, "tags", base_json_copy(tags));
    else
        kv_refuse(call, "BadMember", "tags",
                  "an object of at most 15 texts, each of at most 256 characters, was expected");
    return good;
}
