/* blob/world.h: what the Blob service remembers: accounts, containers, blobs. State and nothing
 * else.
 *
 * Everything here is guarded by blob->lock, which is never held while the kit's providers, tokens
 * or calls are used. Documents in the world's store: rooms "blob.account" (keys), "blob.container",
 * "blob.item". */
#ifndef BLOB_WORLD_H
#define BLOB_WORLD_H

#include "simulators/blob/blob.h"
#include "simulators/kit/resource.h"

#include <pthread.h>

enum blob_lease_state {
    BLOB_LEASE_AVAILABLE,
    BLOB_LEASE_LEASED,
    BLOB_LEASE_EXPIRED,
    BLOB_LEASE_BREAKING,
    BLOB_LEASE_BROKEN,
};

struct blob_lease {
    enum blob_lease_state state; /* as last written; blob_lease_now says what it is by now */
    char id[BASE_UUID_TEXT];
    int64_t duration_s; /* -1: infinite */
    int64_t until_ms;   /* LEASED: end of a finite lease; BREAKING: when it is broken */
};

/* What a container and a blob have in common. */
struct blob_entry {
    char *name;
    char etag[32]; /* without quotes */
    int64_t created_ms, modified_ms;
    struct base_headers metadata; /* names without x-ms-meta-, in the case they came with */
    struct blob_lease lease;
};

struct blob_item {
    struct blob_entry entry;
    struct base_headers content; /* Content-Type, Content-Encoding, ... as answered */
    struct base_buf body;
};

struct blob_container {
    struct blob_entry entry;
    struct blob_item **items; /* sorted by name, bytewise */
    size_t count, cap;
};

struct blob_account {
    char *name;
    char *id;      /* ARM id */
    char *keys[2]; /* base64 of 64 bytes */
    int64_t key_ms[2];
    bool shared_key;                    /* properties.allowSharedKeyAccess */
    struct blob_container **containers; /* sorted by name */
    size_t count, cap;
};

struct blob {
    sim_world_t *world;
    sim_provider_t *provider;
    pthread_mutex_t lock;
    struct blob_account **accounts;
    size_t count, cap;
    uint64_t etag; /* the last one given out: 100 ns ticks, always rising */
};

/* All below: lock held by the caller. */
struct blob_account *blob_account_find(blob_t *blob, const char *name);
struct blob_account *blob_account_by_id(blob_t *blob,
                                        const char *id); /* ARM ids compare without case */
struct blob_account *blob_account_make(blob_t *blob, const char *name, const char *id);
void blob_account_drop(blob_t *blob, struct blob_account *account);
void blob_account_new_key(blob_t *blob, struct blob_account *account, int index);
void blob_account_save(blob_t *blob, const struct blob_account *account);

struct blob_container *blob_container_find(struct blob_account *account, const char *name);
/* A new one with its etag; not saved yet. */
struct blob_container *blob_container_make(blob_t *blob, struct blob_account *account,
                                           const char *name);
void blob_container_drop(blob_t *blob, struct blob_account *account,
                         struct blob_container *container);
void blob_container_save(blob_t *blob, const struct blob_account *account,
                         const struct blob_container *container);

struct blob_item *blob_item_find(struct blob_container *container, const char *name);
/* Index of the first item whose name is not below `name`. */
size_t blob_item_lower(const struct blob_container *container, const char *name);
struct blob_item *blob_item_make(blob_t *blob, struct blob_container *container, const char *name);
void blob_item_drop(blob_t *blob, const struct blob_account *account,
                    struct blob_container *container, struct blob_item *item);
void blob_item_save(blob_t *blob, const struct blob_account *account,
                    const struct blob_container *container, const struct blob_item *item);

/* A new etag and modification time. */
void blob_entry_touch(blob_t *blob, struct blob_entry *entry);

/* Loads accounts, containers and blobs; called once. */
BASE_MUST_USE enum base_status blob_load(blob_t *blob, struct base_error *err);
/* The documents of the store, and back. */
cJSON *blob_entry_json(const struct blob_entry *entry) BASE_MUST_USE;
cJSON *blob_view(void *blob) BASE_MUST_USE;
void blob_state_free(blob_t *blob);

/* arm.c: the provider's table. Takes the lock itself. */
void blob_arm_add(blob_t *blob);
/* fault.c: how the calls of this room are named, and refused on purpose. */
void blob_fault_add(blob_t *blob);
/* Names: 3..24 lower-case letters and digits; 3..63 for containers. */
bool blob_account_name_ok(const char *name);
bool blob_container_name_ok(const char *name);
/* Makes or removes the ARM resource of a container that the data plane made or removed. Lock NOT
 * held. */
void blob_arm_mirror(blob_t *blob, const char *account_id, const char *container,
                     const char *caller, bool removed);

#endif
