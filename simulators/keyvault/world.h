/* keyvault/world.h: vaults and what they hold; state and nothing else. All under kv->lock, save kv_world_new and _free.
 *
 * An item is one name of a collection with all its versions, kept as one JSON document:
 * {name, deletedMs?, policy? (certificates), versions: [{id, value, contentType, tags, enabled, created, updated, exp?, nbf?,
 *  cer?, x5t?, jwk?}]}, oldest version first. A certificate's managed secret and key are views of the certificate. */
#ifndef KEYVAULT_WORLD_H
#define KEYVAULT_WORLD_H

#include "simulators/keyvault/keyvault.h"
#include "simulators/kit/resource.h"

#include <pthread.h>

#define KV_SECRETS "secrets"
#define KV_CERTIFICATES "certificates"
#define KV_KEYS "keys"
#define KV_DAY_MS (86400LL * 1000)

struct kv_item {
    struct kv_item *next;
    char *kind, *name;
    cJSON *doc;
};

struct kv_vault {
    struct kv_vault *next;
    char *name;            /* as made; compared without case */
    cJSON *body;           /* the ARM resource */
    int64_t deleted_ms;    /* 0: alive */
    struct kv_item *items; /* by kind and name */
};

struct kv {
    sim_world_t *world;
    sim_provider_t *provider;
    pthread_mutex_t lock;
    struct kv_vault *vaults;
};

kv_t *kv_world_new(sim_world_t *world, struct base_error *err) BASE_MUST_USE;
void kv_world_free(kv_t *kv);

/* The vault of that name, alive or soft-deleted; NULL when there is none. Forgets vaults whose time is over. */
struct kv_vault *kv_vault_find(kv_t *kv, const char *name);
/* Records the ARM resource (copied): a new vault, or new properties; a soft-deleted one lives again. */
void kv_vault_put(kv_t *kv, const cJSON *body);
void kv_vault_delete(kv_t *kv, struct kv_vault *vault); /* soft */
void kv_vault_purge(kv_t *kv, struct kv_vault *vault);
const char *kv_vault_text(const struct kv_vault *vault,
                          const char *dotted); /* of the body; "" when absent */
int kv_vault_retention_days(const struct kv_vault *vault);
bool kv_vault_keeps(const struct kv_vault *vault); /* purge protection */
int64_t kv_vault_purge_ms(const struct kv_vault *vault);

/* NULL when absent; soft-deleted items are found too. Forgets items whose time is over. */
struct kv_item *kv_item_find(kv_t *kv, struct kv_vault *vault, const char *kind, const char *name);
struct kv_item *kv_item_add(struct kv_vault *vault, const char *kind, const char *name);
void kv_item_keep(kv_t *kv, const struct kv_vault *vault,
                  const struct kv_item *item); /* after every change */
void kv_item_remove(kv_t *kv, struct kv_vault *vault, struct kv_item *item);
int64_t kv_item_deleted_ms(const struct kv_item *item); /* 0: alive */
int64_t kv_item_purge_ms(const struct kv_vault *vault, const struct kv_item *item);
/* The version with that id; NULL or "": the newest. NULL when absent. */
cJSON *kv_item_version(const struct kv_item *item, const char *id);
/* Appends a version with a new id, created and updated now, enabled unless `given` (copied) says otherwise. */
const cJSON *kv_item_add_version(kv_t *kv, struct kv_item *item, const cJSON *given);
/* Puts `fresh` (taken over) in the place of `version`, updated now. */
void kv_item_replace_version(kv_t *kv, struct kv_item *item, cJSON *version, cJSON *fresh);

#endif
