/* Decides which certificate a managed identity has, and until when. */
#include "simulators/arm/credentials.h"
#include "simulators/kit/keys.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS (24LL * 3600 * 1000)
#define VALID_MS (90 * DAY_MS)
#define RENEW_MS (46 * DAY_MS)
#define MINUTE_MS (60LL * 1000)
#define EARLY_MS (5LL * 60 * 1000) /* not_before lies that far back, for clocks that are late */

static const char *const members[] = {"client_secret", "internal_id", "not_before",
                                      "not_after",     "renew_after", "cannot_renew_after"};

static void set_time(cJSON *document, const char *name, int64_t ms)
{
    char text[BASE_TIME_TEXT];

    base_time_iso_s(ms, text);
    base_json_set_text(document, name, text);
}

/* The world's setting "identity-certificate-minutes" makes lives that can be watched; their renewal is due at half. */
static void lives(struct arm *arm, int64_t *valid_ms, int64_t *renew_ms)
{
    const char *setting = sim_setting(arm->world, "identity-certificate-minutes");
    int64_t minutes = 0;

    *valid_ms = VALID_MS;
    *renew_ms = RENEW_MS;
    if (setting && base_parse_int64(setting, &minutes) && minutes > 0) {
        *valid_ms = minutes * MINUTE_MS;
        *renew_ms = *valid_ms / 2;
    }
}

/* A new key and certificate, registered with the directory; about 100 ms of arithmetic, so no lock is held. */
static cJSON *make(struct arm *arm, const struct arm_identity *identity, struct base_error *err)
{
    int64_t now = sim_now_ms(arm->world), valid_ms, renew_ms;
    base_key_t *key = sim_key_take(arm->world);
    struct base_buf pfx = {0}, der = {0}, secret = {0};
    char internal[65];
    cJSON *document = NULL;

    lives(arm, &valid_ms, &renew_ms);
    base_key_certify(key, NULL,
                     &(struct base_certificate_request){.common_name = identity->client,
                                                        .not_before_ms = now - EARLY_MS,
                                                        .not_after_ms = now + valid_ms,
                                                        .client = true},
                     sim_world_random(arm->world));
    if (base_key_pkcs12(key, "", &pfx, err) == BASE_OK) {
        base_base64_encode(&secret, pfx.data, pfx.len);
        base_key_certificate_der(key, &der);
        base_random_hex(sim_world_random(arm->world), internal, 64);
        document = cJSON_CreateObject();
        base_json_set_text(document, "client_secret", secret.data);
        base_json_set_text(document, "internal_id", internal);
        set_time(document, "not_before", now - EARLY_MS);
        set_time(document, "renew_after", now + renew_ms);
        set_time(document, "cannot_renew_after", now + valid_ms);
        set_time(document, "not_after", now + valid_ms);
        base_json_set_number(document, "renewAfterMs", (double)(now + renew_ms));
        base_buf_clear(&secret);
        base_base64_encode(&secret, der.data, der.len);
        base_json_set_text(document, "certificate", secret.data);
    }
    base_buf_release(&pfx);
    base_buf_release(&der);
    base_buf_release(&secret);
    base_key_free(key);
    return document;
}

static bool fresh(struct arm *arm, const cJSON *document)
{
    return document &&
           base_json_number(document, "renewAfterMs", 0) > (double)sim_now_ms(arm->world);
}

static void register_certificate(struct arm *arm, const struct arm_identity *identity,
                                 const cJSON *document)
{
    const char *text = base_json_text(document, "certificate");
    struct base_buf der = {0};

    if (base_base64_decode(&der, text, strlen(text)))
        sim_credential_add_certificate(arm->world, identity->client, der.data, der.len);
    base_buf_release(&der);
}

/* Keeps the new one unless another request was quicker, or the identity went away meanwhile. */
static cJSON *settle(struct arm *arm, const struct arm_identity *identity, cJSON *made)
{
    struct sim_principal principal;

    pthread_mutex_lock(&arm->identity_lock);
    cJSON *kept = arm_docs_get(arm->credentials, identity->principal);
    if (fresh(arm, kept)) {
        cJSON_Delete(made);
        made = kept;
        kept = NULL;
    } else if (sim_principal_by_object(arm->world, identity->principal, &principal)) {
        arm_docs_put(arm->credentials, identity->principal, base_json_copy(made));
        register_certificate(arm, identity, made);
    }
    pthread_mutex_unlock(&arm->identity_lock);
    cJSON_Delete(kept);
    return made;
}

cJSON *arm_credentials(struct arm *arm, const struct arm_identity *identity, struct base_error *err)
{
    cJSON *document = arm_docs_get(arm->credentials, identity->principal), *answer;

    if (!fresh(arm, document)) {
        cJSON_Delete(document);
        document = make(arm, identity, err);
        if (!document)
            return NULL;
        document = settle(arm, identity, document);
    }
    answer = cJSON_CreateObject();
    base_json_set_text(answer, "client_id", identity->client);
    base_json_set_text(answer, "object_id", identity->principal);
    base_json_set_text(answer, "tenant_id", identity->tenant);
    base_json_set_text(answer, "client_secret_url", identity->url);
    base_json_set_text(answer, "authentication_endpoint", ARM_AUTHORITY "/");
    base_json_set_text(answer, "mtls_authentication_endpoint", ARM_AUTHORITY "/");
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        base_json_set_text(answer, members[i], base_json_text(document, members[i]));
    cJSON_Delete(document);
    return answer;
}
