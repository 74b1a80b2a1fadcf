/* Decides what follows when a mapping of the older draft is written: the destinations that use it get its content (DST-05). */
#include "reference/rp/frontend/call.h"
#include "reference/rp/operations.h"
#include "common/text.h"

#include <string.h>

static bool uses(const struct rp_resource *destination, const char *mapping)
{
    return destination->type == RP_DESTINATION &&
           base_equal(base_json_text(destination->desired, "mapping"), mapping);
}

static enum base_status renew(struct rp_call *call, struct rp_resource *destination,
                              const struct rp_resource *mapping, struct base_error *err)
{
    struct rp_operation operation = {0};
    cJSON *content = cJSON_CreateObject();
    const char *verb = base_json_true(destination->metadata, "ready") ? "update" : "create";

    base_json_set(content, "content", base_json_copy(base_json_at(mapping->desired, "content")));
    base_json_set(destination->desired, "fhirMapping", content);
    enum base_status status =
        rp_operation_start(call->world, call->correlation, destination, verb, &operation, err);
    if (status == BASE_OK)
        status = rp_resource_update(call->world->db, destination, err);
    rp_operation_release(&operation);
    return status;
}

/* True: goes on with the next; false + answered. */
static bool hand_on(struct rp_call *call, struct rp_resource *destination,
                    const struct rp_resource *mapping)
{
    struct base_error err = {0};
    const cJSON *had = base_json_at(destination->desired, "fhirMapping.content");

    if (base_json_equal(had, base_json_at(mapping->desired, "content")))
        return true;
    if (!base_equal(base_json_text(mapping->desired, "mappingKind"), "fhir"))
        rp_answer_error(call, 409, "Conflict", "properties.content.templateType",
                        "%s uses this mapping as its FHIR mapping", destination->id);
    else if (rp_resource_busy(destination))
        rp_answer_error(call, 409, "Conflict", NULL,
                        "An operation is in progress on %s, which uses this mapping; repeat the "
                        "request after it.",
                        destination->id);
    else if (renew(call, destination, mapping, &err) != BASE_OK)
        rp_answer_failure(call, &err);
    else
        return true;
    return false;
}

static bool hand_to_users(struct rp_call *call, const struct rp_resource *mapping)
{
    struct rp_resource *list = NULL;
    struct base_error err = {0};
    size_t count = 0;
    bool good =
        rp_resource_children(call->world->db, call->parent_key, &list, &count, &err) == BASE_OK;

    if (!good)
        rp_answer_failure(call, &err);
    for (size_t i = 0; good && i < count; i++)
        if (uses(&list[i], call->key))
            good = hand_on(call, &list[i], mapping);
    rp_resources_free(list, count);
    return good;
}

static const struct rp_write_rules RULES = {.follow = hand_to_users};

void rp_mapping_put(struct rp_call *call)
{
    rp_write_put(call, &RULES);
}

void rp_mapping_patch(struct rp_call *call)
{
    rp_write_patch(call, &RULES);
}

/* A mapping in use stays. */
static bool in_use(struct rp_call *call, const struct rp_resource *mapping)
{
    struct rp_resource *list = NULL;
    struct base_error err = {0};
    size_t count = 0;
    bool used = false;

    if (rp_resource_children(call->world->db, mapping->parent, &list, &count, &err) != BASE_OK) {
        rp_answer_failure(call, &err);
        return true;
    }
    for (size_t i = 0; !used && i < count; i++) {
        used = uses(&list[i], mapping->key);
        if (used)
            rp_answer_error(call, 409, "CannotDeleteResource", NULL,
                            "The mapping '%s' cannot be deleted while %s uses it",
                            rp_resource_name(mapping), list[i].id);
    }
    rp_resources_free(list, count);
    return used;
}

void rp_mapping_delete(struct rp_call *call)
{
    rp_delete(call, in_use);
}
