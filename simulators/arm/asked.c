/* Decides what is remembered of the members that clients asked for. */
#include "simulators/arm/asked.h"

#include <string.h>

/* ARM's own at the top of a resource, or told by the provider wherever it is asked for. */
static const char *const ruled[] = {"id",         "name",     "type", "apiVersion", "etag",
                                    "systemData", "location", "tags", NULL};

static cJSON *shape(const cJSON *value)
{
    cJSON *names;
    const cJSON *member;

    if (!cJSON_IsObject(value))
        return cJSON_CreateTrue();
    names = cJSON_CreateObject();
    cJSON_ArrayForEach(member, value)
    {
        if (!cJSON_IsNull(member))
            base_json_set(names, member->string, shape(member));
    }
    return names;
}

static cJSON *shape_of_resource(const cJSON *body)
{
    cJSON *names = shape(body);

    for (size_t i = 0; ruled[i]; i++)
        cJSON_DeleteItemFromObject(names, ruled[i]);
    cJSON_DeleteItemFromObject(base_json_at(names, "properties"), "provisioningState");
    return names;
}

/* As RFC 7396 merges values. */
static void merge(cJSON *names, const cJSON *patch)
{
    const cJSON *member;

    cJSON_ArrayForEach(member, patch)
    {
        cJSON *old = cJSON_GetObjectItem(names, member->string);
        if (cJSON_IsNull(member))
            cJSON_DeleteItemFromObject(names, member->string);
        else if (cJSON_IsObject(member) && cJSON_IsObject(old))
            merge(old, member);
        else
            base_json_set(names, old ? old->string : member->string, shape(member));
    }
}

static void keep(struct arm *arm, const char *id, cJSON *names)
{
    cJSON *document = cJSON_CreateObject();

    base_json_set_text(document, "id", id);
    base_json_set(document, "members", names);
    arm_docs_put(arm->asked, id, document);
}

void arm_asked_put(struct arm *arm, const char *id, const cJSON *body)
{
    cJSON *names = shape_of_resource(body), *old = arm_asked_get(arm, id);

    if (old && base_json_equal(old, names))
        cJSON_Delete(names);
    else
        keep(arm, id, names);
    cJSON_Delete(old);
}

void arm_asked_patch(struct arm *arm, const char *id, const cJSON *body)
{
    cJSON *names = arm_asked_get(arm, id), *patch = base_json_copy(body);

    for (size_t i = 0; ruled[i]; i++)
        cJSON_DeleteItemFromObject(patch, ruled[i]);
    if (!names)
        names = cJSON_CreateObject();
    merge(names, patch);
    keep(arm, id, names);
    cJSON_Delete(patch);
}

cJSON *arm_asked_get(struct arm *arm, const char *id)
{
    cJSON *document = arm_docs_get(arm->asked, id);
    cJSON *names = cJSON_DetachItemFromObject(document, "members");

    cJSON_Delete(document);
    return names;
}

void arm_asked_gone(struct arm *arm, const char *id)
{
    cJSON *doomed = arm_docs_list(arm->asked, id), *document;

    cJSON_ArrayForEach(document, doomed)
        arm_docs_remove(arm->asked, base_json_text(document, "id"));
    cJSON_Delete(doomed);
}
