/* What is stored of a resource in one place: the connector's entity, and the way to a workspace's own cluster. */
#include "rp_test.h"

#include <ctype.h>

static struct rp_resource stored(struct test_world *w, const char *id)
{
    struct rp_resource resource = {0};
    char *key = base_strdup(id);

    for (char *c = key; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    assert_int_equal(rp_resource_get(w->rp.db, key, &resource, NULL), BASE_OK);
    free(key);
    return resource;
}

static void assert_uuid_at(const cJSON *document, const char *dotted)
{
    const char *text = base_json_text(document, dotted);

    if (!text || strlen(text) != BASE_UUID_TEXT - 1)
        fail_msg("%s: expected a GUID, found %s", dotted, text ? text : "nothing");
}

/* IC-10 */
static void a_connector_is_one_entity(void **state)
{
    static const char definition[] = "iomtIngestResourceDefinition";
    struct test_world *w = world_new(NULL);
    struct rp_resource connector;
    const cJSON *held;

    (void)state;
    make(w, WS, "{\"location\":\"westus2\",\"properties\":{}}");
    make(w, IC, CONNECTOR);
    connector = stored(w, IC);
    held = cJSON_GetObjectItemCaseSensitive(connector.desired, definition);
    assert_int_equal(cJSON_GetArraySize(held), 1); /* one ConnectionDefinition and nothing else */
    held = cJSON_GetObjectItemCaseSensitive(held, "connectionDefinition");
    assert_int_equal(cJSON_GetArraySize(held), 2); /* type and properties */
    assert_string_equal(base_json_text(held, "type"), "EventHub");
    assert_string_equal(base_json_text(held, "properties.eventHubName"), "EventHub");
    assert_uuid_at(connector.metadata, "roleAssignments.receiver");
    assert_uuid_at(connector.metadata, "roleAssignments.sender");
    assert_uuid_at(connector.metadata, "aks.uid");
    assert_non_null(base_json_text(connector.metadata, "aks.name"));
    assert_non_null(base_json_text(connector.metadata, "eventHubNamespace.id"));
    rp_resource_release(&connector);
    world_free(w);
}

/* WS-06 */
static void a_cluster_of_its_own_is_found_again(void **state)
{
    struct test_world *w = world_new(NULL);
    struct rp_resource workspace;

    (void)state;
    make(w, WS, "{\"location\":\"westus2\",\"sku\":{\"name\":\"Dedicated\"},\"properties\":{}}");
    workspace = stored(w, WS);
    assert_non_null(strstr(base_json_text(workspace.metadata, "cluster"),
                           "/providers/Microsoft.ContainerService/managedClusters/"));
    assert_string_equal(base_json_text(workspace.metadata, "allocation.cluster"), "");
    rp_resource_release(&workspace);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connector_is_one_entity),
        cmocka_unit_test(a_cluster_of_its_own_is_found_again),
    };
    use_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
