/* keyvault/call.h: one data-plane request on its way from the host name to its operation. */
#ifndef KEYVAULT_CALL_H
#define KEYVAULT_CALL_H

#include "simulators/keyvault/world.h"
#include "simulators/kit/token.h"

struct kv_right { /* what a caller needs for an operation, under either permission model */
    const char *collection; /* KV_SECRETS, KV_CERTIFICATES, KV_KEYS */
    const char *action;     /* data action below Microsoft.KeyVault/vaults/{collection}/ */
    const char *permission; /* access policy permission of the collection */
};

struct kv_call {
    kv_t *kv;
    const struct base_http_request *request;
    struct base_http_response *response;
    struct base_arena *arena;
    int64_t now_ms;
    char *vault_name;        /* first label of the host; in the arena */
    const cJSON *vault_body; /* a copy, good without the lock */
    struct sim_caller caller;
    const struct kv_right *right;
    const char *name, *version; /* captures; NULL when the path has none */
    const cJSON *body;          /* parsed; NULL when there is none */
    struct kv_vault *vault;     /* while the operation runs, with the lock held */
};

/* error.c: answers the row named `key`; texts fill {0}, {1}... of its sentence. */
#define kv_refuse(call, key, ...)                                                                  \
    kv_refuse_with(call, key, (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})
void kv_refuse_with(struct kv_call *call, const char *key, const char *const *texts);
/* "Secret", "Certificate", "Key": of a collection, for sentences and codes. */
const char *kv_noun(const char *collection);
/* SecretNotFound, CertificateNotFound or KeyNotFound. */
void kv_refuse_absent(struct kv_call *call, const char *collection);

/* auth.c: without the lock. False: refused, the answer is filled. */
bool kv_authenticate(struct kv_call *call); /* who asks? */
bool kv_authorize(struct kv_call *call);    /* may they? */

/* bundle.c: what answers look like. Ids are written for the host of the request. */
cJSON *kv_id(const struct kv_call *call, const char *collection, const char *name,
             const char *version);
cJSON *kv_attributes(const struct kv_call *call, const cJSON *version);
/* A secret: with `whole`, its value and its version in the id. `managed`: `item` is a certificate. */
cJSON *kv_secret_bundle(const struct kv_call *call, const struct kv_item *item,
                        const cJSON *version, bool whole, bool managed);
cJSON *kv_certificate_bundle(const struct kv_call *call, const struct kv_item *item,
                             const cJSON *version);
cJSON *kv_certificate_item(const struct kv_call *call, const struct kv_item *item,
                           const cJSON *version, bool versioned);
cJSON *kv_policy_bundle(const struct kv_call *call, const struct kv_item *item);
/* recoveryId, deletedDate and scheduledPurgeDate for a deleted one. */
void kv_add_deletion(const struct kv_call *call, const struct kv_item *item, cJSON *bundle);
/* Answers {value, nextLink}: the page of `all` (taken) that maxresults and $skiptoken ask for. */
void kv_answer_page(struct kv_call *call, cJSON *all);
/* Tags and attributes {enabled, exp, nbf} of a request into a version. False: refused. */
bool kv_take_metadata(struct kv_call *call, cJSON *version);

/* material.c: reads key and certificate of an import into `version` (value, contentType, cer, x5t, jwk, exp, nbf) and
 * completes `policy`. False: refused, the answer is filled. */
bool kv_material_import(struct kv_call *call, cJSON *policy, cJSON *version);
/* The same for a new self-signed certificate that `policy` describes. */
bool kv_material_make(struct kv_call *call, cJSON *policy, cJSON *version);
/* Fills what the policy of a request leaves out. */
void kv_policy_complete(cJSON *policy);

/* certificate.c: the item to write a new version of a certificate into; NULL: refused (deleted, or the name is taken). */
struct kv_item *kv_certificate_open(struct kv_call *call);

/* The operations. */
void kv_secret_set(void *call);
void kv_secret_get(void *call);
void kv_secret_update(void *call);
void kv_secret_list(void *call);
void kv_secret_versions(void *call);
void kv_certificate_import(void *call);
void kv_certificate_get(void *call);
void kv_certificate_update(void *call);
void kv_certificate_list(void *call);
void kv_certificate_versions(void *call);
void kv_certificate_policy(void *call);
void kv_certificate_update_policy(void *call);
void kv_certificate_create(void *call);
void kv_certificate_pending(void *call);
void kv_certificate_drop_pending(void *call);
void kv_key_get(void *call);
void kv_key_list(void *call);
void kv_key_versions(void *call);
void kv_item_delete(void *call);
void kv_deleted_list(void *call);
void kv_deleted_get(void *call);
void kv_deleted_recover(void *call);
void kv_deleted_purge(void *call);

/* arm.c: registers the provider. */
void kv_arm_add(kv_t *kv);
/* fault.c: how the calls of this room are named, and refused on purpose. */
void kv_fault_add(kv_t *kv);

#endif
