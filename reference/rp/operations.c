/* Decides what an operation document says when it is born. */
#include "reference/rp/operations.h"
#include "reference/rp/api/version.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *verb, *state;
} STATES[] = {{"create", RP_CREATING}, {"update", RP_UPDATING}, {"delete", RP_DELETING}};

/* As the database has it now: `resource` may have been read before the transaction began. */
static enum base_status running_on(base_db_t *db, const struct rp_resource *resource,
                                   char after[BASE_UUID_TEXT], struct base_error *err)
{
    struct base_db_statement row;
    enum base_status status =
        base_db_query(db, &row, err, "SELECT operation FROM resource WHERE key=? AND uid=?", "tt",
                      resource->key, resource->uid);

    if (status != BASE_OK)
        return status;
    if (base_db_next(&row, err))
        rp_store_copy(after, BASE_UUID_TEXT, base_db_text(&row, 0));
    base_db_done(&row);
    return BASE_OK;
}

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
    enum base_status status = running_on(world->db, resource, operation->after, err);
    if (status != BASE_OK)
        return status;
    operation->created_ms = operation->due_ms = base_clock_ms(world->clock);
    for (size_t i = 0; i < sizeof STATES / sizeof *STATES; i++)
        if (!strcmp(STATES[i].verb, verb))
            rp_store_copy(resource->state, sizeof resource->state, STATES[i].state);
    memcpy(resource->operation, operation->id, sizeof resource->operation);
    return rp_operation_insert(world->db, operation, err);
}
