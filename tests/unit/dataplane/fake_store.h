/* tests/unit/dataplane/fake_store.h: a FHIR server in a cJSON array, for tests of the engine. */
#ifndef TESTS_UNIT_DATAPLANE_FAKE_STORE_H
#define TESTS_UNIT_DATAPLANE_FAKE_STORE_H

#include "reference/dataplane/store.h"

#include "common/text.h"

struct fake_store {
    cJSON *resources; /* array */
    int searches, updates;
    int conflicts; /* answer this many updates with 412 */
    char last_if_match[32];
};

static bool fake_matches(const cJSON *resource, const char *type, const char *system,
                         const char *value)
{
    const cJSON *identifier;

    if (!base_equal(base_json_text(resource, "resourceType"), type))
        return false;
    cJSON_ArrayForEach(identifier, cJSON_GetObjectItemCaseSensitive(resource, "identifier"))
    {
        if (base_equal(base_json_text(identifier, "value"), value) &&
            (!system || base_equal(base_json_text(identifier, "system"), system)))
            return true;
    }
    return false;
}

static enum base_status fake_search(void *context, const char *type, const char *system,
                                    const char *value, cJSON **out, struct base_error *err)
{
    struct fake_store *store = context;
    const cJSON *resource;

    (void)err;
    store->searches++;
    *out = cJSON_CreateArray();
    cJSON_ArrayForEach(resource, store->resources) if (fake_matches(resource, type, system, value))(
        void) cJSON_AddItemToArray(*out, base_json_copy(resource));
    return BASE_OK;
}

static enum base_status fake_update(void *context, const cJSON *resource, const char *if_version,
                                    cJSON **out, struct base_error *err)
{
    struct fake_store *store = context;
    cJSON *present, *copy;

    *out = NULL;
    store->updates++;
    (void)snprintf(store->last_if_match, sizeof store->last_if_match, "%s",
                   if_version ? if_version : "");
    if (store->conflicts > 0) {
        store->conflicts--;
        return base_error_set(err, BASE_CONFLICT, "conflict", "precondition failed");
    }
    copy = base_json_copy(resource);
    cJSON_ArrayForEach(present, store->resources) if (base_equal(base_json_text(present, "id"),
                                                                 base_json_text(resource, "id")))
    {
        (void)cJSON_ReplaceItemViaPointer(store->resources, present, copy);
        return BASE_OK;
    }
    (void)cJSON_AddItemToArray(store->resources, copy);
    return BASE_OK;
}

static struct dp_store fake_store_port(struct fake_store *store)
{
    store->resources = store->resources ? store->resources : cJSON_CreateArray();
    return (struct dp_store){store, fake_search, fake_update};
}

#endif
