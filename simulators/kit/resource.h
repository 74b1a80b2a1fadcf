/* kit/resource.h: ARM resources of a simulated provider: a table of types, a store, and the handler
 * that does what every provider does (PUT, GET, PATCH, DELETE, list, POST action), with hooks for
 * what is particular.
 *
 * The ARM simulator checks the front door (token, subscription, group, RBAC, registration), then
 * calls the provider's handler with the request as the resource-provider contract has it: full
 * resource path, `referer`, `x-ms-client-object-id`, ... Providers never check the caller's token.
 * Resources live in the world's store. */
#ifndef KIT_RESOURCE_H
#define KIT_RESOURCE_H

#include "simulators/kit/world.h"

#define SIM_ID_NAMES 8

/* A resource id (or collection, or action path) taken apart. Texts live in the arena. */
struct sim_resource_id {
    const char *subscription; /* NULL at tenant scope */
    const char *group;        /* NULL when not in a group */
    const char *provider;     /* "Microsoft.EventHub" as spelled in the path */
    const char *type;         /* "Microsoft.EventHub/namespaces/eventhubs", as spelled */
    const char
        *names[SIM_ID_NAMES]; /* one for each type segment; the last is NULL for a collection */
    size_t depth;             /* type segments */
    const char *action; /* a trailing word after the name of a POST: "listKeys"; NULL otherwise */
    const char
        *parent_scope; /* for extension resources: the id before the last /providers/; else NULL */
};
/* `method` decides how an odd trailing segment is read: POST -> action, else collection. False: not
 * a resource path. */
bool sim_resource_id_parse(struct base_arena *arena, const char *method, const char *path,
                           struct sim_resource_id *out);

struct sim_resource_call; /* below */

struct sim_resource_type {
    const char *type;                /* canonical spelling */
    const char *const *api_versions; /* NULL-terminated */
    bool tracked;                    /* needs a location, may have tags */
    int created, updated, deleted;   /* status codes of PUT new, PUT old, DELETE; see SIM_ASYNC.
                                        created 0: only read, and for actions; writes are 405 */
    bool async_create,
        async_delete; /* answer 202 + Location (facts/arm.md 1.7); the operation is done at once */
    /* All hooks run under the provider's lock; NULL: nothing particular. To refuse, fill the answer
     * with sim_resource_refuse and return false. put: completes `body` (id, name, type, location,
     * tags, sku, kind, identity and properties of the request are in it; call->resource is the old
     * one or NULL). */
    bool (*put)(struct sim_resource_call *call, cJSON *body);
    bool (*remove)(struct sim_resource_call *call); /* before a DELETE; children first */
    bool (*action)(struct sim_resource_call *call); /* POST call->id.action; must fill the answer */
    /* GET of a resource or a list that the room keeps itself, outside of the store: fills the answer
     * and returns true; false: the store answers. With it, `action` is called for names that the
     * store does not hold as well. */
    bool (*read)(struct sim_resource_call *call);
    /* After the store changed (also for children of a deleted parent, deepest first). Under the
     * provider's lock: must not wait for a thread that may call the provider. */
    void (*changed)(void *context, const cJSON *body, bool removed);
    const char *const *defaults; /* names of children made with it, "type/name" relative:
                                    {"consumergroups/$Default", NULL} */
    /* Name of a setting (kit/setting.h, a duration): a new one is Creating for so long, and answers
     * 409 to writes, actions and children meanwhile. NULL: ready at once. */
    const char *delay;
    /* The same for the end of one: it is Deleting for so long, shown by GET and in lists, and answers 409 to writes, actions and
     * children; its data plane is gone at once. Needs async_delete. A setting that is made shorter ends it. NULL: gone at once. */
    const char *deletion_delay;
    /* PUT, and a DELETE that is async_delete, name an Azure-AsyncOperation (facts/arm.md 1.7) too. */
    bool async_status;
    const char *const
        *actions; /* names of those `action` knows, NULL-terminated, for COVERAGE.md */
};

struct sim_resource_call {
    sim_world_t *world;
    void *context; /* the provider's */
    const struct sim_resource_type *type;
    struct sim_resource_id id;
    const char *path;          /* the resource's id as in the request */
    const cJSON *resource;     /* the stored body; NULL when absent. Borrowed */
    const cJSON *request_body; /* parsed; NULL when empty */
    const char *caller;        /* x-ms-client-object-id; "" when unknown */
    const char *tenant;        /* x-ms-home-tenant-id; "" when unknown */
    const struct base_http_request *request;
    struct base_http_response *response;
};

typedef struct sim_provider sim_provider_t;
/* Registers the provider with the world. Table, names and context are borrowed for its life; freed
 * with the world. Loads what the store kept. */
sim_provider_t *sim_provider_add(sim_world_t *world, const char *name,
                                 const struct sim_resource_type *types, size_t count,
                                 void *context);
/* The provider's HTTP handler (context: the provider). */
void sim_provider_handle(void *provider, const struct base_http_request *request,
                         struct base_http_response *response);
/* By namespace, without case; NULL when unknown. */
sim_provider_t *sim_provider_find(sim_world_t *world, const char *name);
void sim_provider_each(sim_world_t *world, void (*each)(void *context, sim_provider_t *provider),
                       void *context);
const char *sim_provider_name(const sim_provider_t *provider);
const struct sim_resource_type *sim_provider_types(const sim_provider_t *provider, size_t *count);
/* The type of a provider by full type name, without case; NULL when unknown. */
const struct sim_resource_type *sim_provider_type(const sim_provider_t *provider, const char *type);

/* The stored body of a resource, a copy (cJSON_Delete it); NULL when absent. */
cJSON *sim_resource_get(sim_world_t *world, const char *id) BASE_MUST_USE;
/* Copies of all resources of a type (NULL: all types) at or below a scope (NULL: everywhere): an
 * array. */
cJSON *sim_resource_list(sim_world_t *world, const char *type, const char *scope) BASE_MUST_USE;
/* Puts a resource past the hooks (seeding, or a provider changing its own). Takes `body` (must hold
 * id, name, type). */
void sim_resource_put_raw(sim_world_t *world, cJSON *body, const char *created_by);
/* Copies of all resources of a type (NULL: all types) at or below a scope (NULL: everywhere) that are being deleted: an array.
 * sim_resource_get and sim_resource_list have them no longer. */
cJSON *sim_resource_going(sim_world_t *world, const char *type, const char *scope) BASE_MUST_USE;
/* Who made it: object id; "" when unknown or seeded. */
void sim_resource_creator(sim_world_t *world, const char *id, char out[BASE_UUID_TEXT]);

/* {"error":{"code","message","target"?}} with the status. */
void sim_resource_refuse(struct base_http_response *response, int status, const char *code,
                         const char *target, const char *fmt, ...) BASE_PRINTF(5, 6);

#endif
