/* eventhub/world.h: what Event Hubs remembers: namespaces, hubs, groups, rules, partitions. State and nothing else.
 *
 * The tree is guarded by eh->lock, which is never held while tokens, calls or kit providers are used. A hub found in
 * the tree is counted: it outlives its deletion as long as a link or request holds it (then `gone` is set).
 * Documents in the world's store: rooms "eventhub.rule" (keys) and "eventhub.hub" (uid: the name of its folder). */
#ifndef EVENTHUB_WORLD_H
#define EVENTHUB_WORLD_H

#include "simulators/eventhub/eventhub.h"
#include "simulators/eventhub/log.h"
#include "simulators/kit/resource.h"

#include <pthread.h>
#include <stdatomic.h>

#define EH_PARTITIONS_MAX 100 /* of a hub, any tier */

enum eh_right { EH_SEND = 1, EH_LISTEN = 2, EH_MANAGE = 4 };

struct eh_rule {
    char *name;
    char *id;
    unsigned rights; /* enum eh_right */
    char *keys[2];   /* base64 texts of 32 bytes; signatures use the text's bytes */
};
struct eh_rules {
    struct eh_rule *items;
    size_t count;
};

enum eh_status { EH_ACTIVE, EH_DISABLED, EH_SEND_DISABLED, EH_RECEIVE_DISABLED };

struct eh_link;

struct eh_partition {
    eh_log_t *log;
    struct eh_link *readers; /* loop thread only: receiver links, newest first */
    atomic_bool dirty;       /* waits in the loop's list */
};

struct eh_hub {
    atomic_int refs;
    atomic_bool gone;
    char *name, *id, *namespace_name; /* fixed */
    char uid[BASE_UUID_TEXT];
    int64_t created_ms;
    int partition_count;
    struct eh_partition *partitions;
    atomic_uint turn; /* round robin of batches without a key */
    /* under eh->lock: */
    enum eh_status status;
    char **groups;
    size_t group_count;
    struct eh_rules rules;
};

struct eh_namespace {
    char *name, *id;
    bool local_auth; /* shared keys allowed */
    struct eh_rules rules;
    struct eh_hub **hubs;
    size_t count;
};

struct eh_loop;
struct eh_strike; /* fault.h */

struct eh {
    sim_world_t *world;
    pthread_mutex_t lock;
    struct eh_namespace **namespaces;
    size_t count;
    struct eh_loop *_Atomic loop; /* NULL while not serving */
    struct base_error load_error; /* the first log that could not be opened; under lock */
    atomic_uint generation;       /* rises when hubs, groups or states change: links look again */
    pthread_mutex_t link_lock;    /* the list of live links, for the view */
    struct eh_link *links;
    struct eh_strike *_Atomic strike; /* for the loop to carry out; NULL: none */
    pthread_mutex_t strike_lock;
    pthread_cond_t strike_done; /* monotonic */
    bool strike_busy;
};

/* -- under eh->lock -- */
struct eh_namespace *eh_namespace_find(eh_t *eh, const char *name); /* without case; NULL */
struct eh_hub *eh_hub_find(struct eh_namespace *space, const char *name);
const char *eh_group_find(const struct eh_hub *hub, const char *name); /* as spelled; NULL */
const struct eh_rule *eh_rule_find(const struct eh_rules *rules, const char *name);

/* -- takes eh->lock -- */
/* A counted hub by names; NULL when absent. Give back with eh_hub_unref. */
struct eh_hub *eh_hub_get(eh_t *eh, const char *space, const char *hub);
struct eh_hub *eh_hub_ref(struct eh_hub *hub);
void eh_hub_unref(struct eh_hub *hub); /* NULL is fine */
bool eh_namespace_exists(eh_t *eh, const char *name);
/* The group's spelling into `out` (size bytes); false when there is none. */
bool eh_group_spelling(eh_t *eh, struct eh_hub *hub, const char *name, char *out, size_t size);
enum eh_status eh_hub_status(eh_t *eh, struct eh_hub *hub);

/* -- changes, told by ARM; bodies as stored; take eh->lock -- */
void eh_namespace_apply(eh_t *eh, const cJSON *body, bool removed);
void eh_hub_apply(eh_t *eh, const cJSON *body, bool removed);
void eh_group_apply(eh_t *eh, const cJSON *body, bool removed);
void eh_rule_apply(eh_t *eh, const cJSON *body, bool removed);
void eh_rules_release(struct eh_rules *rules);
/* A new key (0, 1) for the rule with this ARM id; `text` NULL: a random one. False: no such rule. */
bool eh_rule_new_key(eh_t *eh, const char *id, int index, const char *text);
/* {keyName,primaryKey,...}; NULL: no such rule. */
cJSON *eh_rule_keys_json(eh_t *eh, const char *id) BASE_MUST_USE;

/* Loads everything; called once. */
BASE_MUST_USE enum base_status eh_world_load(eh_t *eh, struct base_error *err);
void eh_world_release(eh_t *eh);
cJSON *eh_view_hubs(void *eh) BASE_MUST_USE;

/* Where a batch goes: to `fixed` (>= 0), by its key, or in turn. Appends it and wakes the readers. */
BASE_MUST_USE enum base_status eh_hub_append(eh_t *eh, struct eh_hub *hub, int fixed,
                                             const struct eh_batch *batch, struct base_error *err);

/* loop.c: readers of this partition have something to do. Any thread. */
void eh_loop_wake(struct eh_loop *loop, struct eh_hub *hub, int partition);
/* loop.c: hubs, groups or states changed. Any thread; loop NULL is fine. */
void eh_loop_look(struct eh_loop *loop);

/* arm.c: adds the provider. */
void eh_arm_add(eh_t *eh);

#endif
