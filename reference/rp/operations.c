/* Decides what an operation document says when it is born. */
#include "reference/rp/operations.h"
#include "reference/rp/api/version.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *verb, *state;
} STATES[] = {{"create", RP_CREATING}, {"update", RP_UPDATING}, {"delete", RP_DELETING}};

enum base_status rp_operation_start(const struct rp_world *world, const char *correlation,
                                    struct rp_resource *resource, const char *verb,
                                    struct rp_operation *operation, struct base_error *err)
{
    memset(operation, 0, sizeof *operation);
    base_uuid(world->random, operation->id);
    snprintf(operation->kind, sizeof operation->kind, "%s.%s", rp_type_word(resource->type), verb);
    operation->resource = base_strdup(resource->key);
    operation->resource_id = base_strdup(resource->id);
    memcpy(operation->resource_uid, resource->uid, sizeof operation->resource_uid);
    memcpy(operation->subscription, resource->subscription, sizeof operation->subscription);
    rp_store_copy(operation->location, sizeof operation->location,
                  base_json_text(resource->desired, "location"));
    rp_store_copy(operation->correlation, sizeof operation->correlation, correlation);
    operation->created_ms = operation->due_ms = base_clock_ms(world->clock);
    for (size_t i = 0; i < sizeof STATES / sizeof *STATES; i++)
        if (!strcmp(STATES[i].verb, verb))
            rp_store_copy(resource->state, sizeof resource->state, STATES[i].state);
    memcpy(resource->operation, operation->id, sizeof resource->operation);
    return rp_operation_insert(world->db, operation, err);
}
