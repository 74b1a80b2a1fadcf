/* Decides how a self-signed certificate comes about: it is there at once, and the pending operation says so. */
#include "simulators/keyvault/call.h"

#include <string.h>

#define MONTHS_MAX 120 /* longest validity */

static bool check_policy(struct kv_call *call, const cJSON *policy);
static cJSON *operation(struct kv_call *call, const struct kv_item *item, const char *status);

void kv_certificate_create(void *context)
{
    struct kv_call *call = context;
    const cJSON *wanted = base_json_at(call->body, "policy");
    struct kv_item *item;
    cJSON *policy, *given = cJSON_CreateObject();

    if (!check_policy(call, wanted)) {
        cJSON_Delete(given);
        return;
    }
    policy = base_json_copy(wanted);
    if (kv_material_make(call, policy, given) && kv_take_metadata(call, given) &&
        (item = kv_certificate_open(call))) {
        (void)kv_item_add_version(call->kv, item, given);
        base_json_set(item->doc, "policy", base_json_copy(policy));
        base_json_set_bool(item->doc, "pending", true);
        kv_item_keep(call->kv, call->vault, item);
        base_headers_addf(&call->response->headers, "Location",
                          "%s://%s/certificates/%s/pending?api-version=%s", call->request->scheme,
                          call->request->host, item->name,
                          base_query_get(call->arena, call->request->query, "api-version"));
        base_http_answer_json_take(call->response, 202, operation(call, item, "inProgress"));
    }
    cJSON_Delete(policy);
    cJSON_Delete(given);
}

static struct kv_item *find_pending(struct kv_call *call)
{
    struct kv_item *item = kv_item_find(call->kv, call->vault, KV_CERTIFICATES, call->name);

    if (item && !kv_item_deleted_ms(item) && base_json_true(item->doc, "pending"))
        return item;
    kv_refuse(call, "NoPending", call->name);
    return NULL;
}

void kv_certificate_pending(void *context)
{
    struct kv_call *call = context;
    const struct kv_item *item = find_pending(call);

    if (item)
        base_http_answer_json_take(call->response, 200, operation(call, item, "completed"));
}

void kv_certificate_drop_pending(void *context)
{
    struct kv_call *call = context;
    struct kv_item *item = find_pending(call);

    if (!item)
        return;
    cJSON *answer = operation(call, item, "completed");
    cJSON_DeleteItemFromObjectCaseSensitive(item->doc, "pending");
    kv_item_keep(call->kv, call->vault, item);
    base_http_answer_json_take(call->response, 200, answer);
}

static bool good_name(const char *subject)
{
    size_t len = subject ? strlen(subject) : 0;

    if (len <= 3 || len > 3 + 64 || !base_starts_nocase(subject, "CN="))
        return false;
    for (size_t i = 0; i < len; i++)
        if (subject[i] < ' ' || subject[i] > '~' || subject[i] == ',')
            return false;
    return true;
}

static bool check_policy(struct kv_call *call, const cJSON *policy)
{
    const char *issuer = base_json_text(policy, "issuer.name");
    const char *subject = base_json_text(policy, "x509_props.subject");
    double months = base_json_number(policy, "x509_props.validity_months", 12);

    if (!cJSON_IsObject(policy)) {
        kv_refuse(call, "BadMember", "policy", "an object was expected");
        return false;
    }
    if (!issuer || !base_equal_nocase(issuer, "Self")) {
        kv_refuse(call, "NotImplemented", "certificates of the issuer", issuer ? issuer : "(none)");
        return false;
    }
    if (!good_name(subject)) {
        kv_refuse(call, "BadMember", "policy.x509_props.subject",
                  "CN= and a name of 1 to 64 printable ASCII characters were expected");
        return false;
    }
    if (months < 1 || months > MONTHS_MAX) {
        kv_refuse(call, "BadMember", "policy.x509_props.validity_months", "1 to 120 was expected");
        return false;
    }
    return true;
}

static cJSON *operation(struct kv_call *call, const struct kv_item *item, const char *status)
{
    cJSON *body = cJSON_CreateObject();
    char id[33];

    base_random_hex(sim_world_random(call->kv->world), id, 32);
    base_json_set(body, "id",
                  base_json_textf("%s://%s/certificates/%s/pending", call->request->scheme,
                                  call->request->host, item->name));
    base_json_set_text(cJSON_AddObjectToObject(body, "issuer"), "name", "Self");
    base_json_set_bool(body, "cancellation_requested", false);
    base_json_set_text(body, "status", status);
    if (base_equal(status, "completed"))
        base_json_set(body, "target", kv_id(call, KV_CERTIFICATES, item->name, NULL));
    else
        base_json_set_text(body, "status_details",
                           "Pending certificate created. Certificate request is in progress. This "
                           "may take some time "
                           "based on the issuer provider. Please check again later.");
    base_json_set_text(body, "request_id", id);
    return body;
}
