/* The management side (facts arm.md §4.2) and sending by HTTPS (facts eventhub.md §7). */
#include "fixture.h"

static void expect(struct fixture *f, const char *method, const char *path, const char *body,
                   int status, const char *code, const char *words)
{
    cJSON *answer = NULL;
    assert_int_equal(arm(f, method, path, body, &answer), status);
    if (code)
        assert_string_equal(base_json_text(answer, "error.code"), code);
    if (words)
        assert_non_null(strstr(base_json_text(answer, "error.message"), words));
    cJSON_Delete(answer);
}

static void shapes(void **state)
{
    struct fixture *f = *state;
    cJSON *body;
    assert_int_equal(arm(f, "GET", SPACE_ID, NULL, &body), 200);
    assert_string_equal(base_json_text(body, "properties.serviceBusEndpoint"),
                        "https://" HOST ":443/");
    assert_string_equal(base_json_text(body, "sku.name"), "Standard");
    assert_string_equal(base_json_text(body, "properties.provisioningState"), "Succeeded");
    cJSON_Delete(body);
    assert_int_equal(arm(f, "GET", HUB_ID, NULL, &body), 200);
    assert_string_equal(base_json_text(body, "properties.partitionIds.1"), "1");
    assert_string_equal(base_json_text(body, "location"), "westus2");
    assert_int_equal((int)base_json_number(body, "properties.messageRetentionInDays", 0), 7);
    cJSON_Delete(body);
    assert_int_equal(arm(f, "GET", HUB_ID "/consumergroups/$Default", NULL, &body), 200);
    cJSON_Delete(body);
    assert_int_equal(
        arm(f, "GET", SPACE_ID "/authorizationRules/RootManageSharedAccessKey", NULL, &body), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(body, "properties.rights")), 3);
    cJSON_Delete(body);
    assert_int_equal(arm(f, "PUT", HUB_ID "/authorizationRules/sendOnly",
                         "{\"properties\":{\"rights\":[\"Send\"]}}", NULL),
                     200);
    cJSON *first, *second;
    assert_int_equal(arm(f, "POST", HUB_ID "/authorizationRules/sendOnly/listKeys", NULL, &first),
                     200);
    assert_non_null(strstr(base_json_text(first, "primaryConnectionString"), ";EntityPath=hub1"));
    assert_int_equal(arm(f, "POST", HUB_ID "/authorizationRules/sendOnly/regenerateKeys",
                         "{\"keyType\":\"PrimaryKey\"}", &second),
                     200);
    assert_string_not_equal(base_json_text(first, "primaryKey"),
                            base_json_text(second, "primaryKey"));
    assert_string_equal(base_json_text(first, "secondaryKey"),
                        base_json_text(second, "secondaryKey"));
    cJSON_Delete(first);
    cJSON_Delete(second);
    assert_int_equal(arm(f, "DELETE", SPACE_ID, NULL, NULL), 202);
    assert_int_equal(arm(f, "GET", HUB_ID, NULL, NULL), 404);
    cJSON *rows = sim_view_get(f->world, "eventhubs");
    assert_int_equal(cJSON_GetArraySize(rows), 0);
    cJSON_Delete(rows);
}

static void refusals(void **state)
{
    struct fixture *f = *state;
    expect(f, "PUT", SPACES "abc", "{\"location\":\"westus2\"}", 400, "BadRequest",
           "SubCode=40000.");
    expect(f, "PUT", SPACES "space-", "{\"location\":\"westus2\"}", 400, "BadRequest",
           "no hyphen last");
    expect(f, "PUT",
           "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/other/providers/"
           "Microsoft.EventHub/namespaces/space1",
           "{\"location\":\"westus2\"}", 409, "Conflict", "SubCode=40900.");
    expect(f, "PUT", HUB_ID, "{\"properties\":{\"partitionCount\":4}}", 400, "BadRequest",
           "cannot be changed");
    expect(f, "PUT", SPACE_ID "/eventhubs/h2", "{\"properties\":{\"partitionCount\":33}}", 400,
           "BadRequest", "1 to 32 partitions");
    expect(f, "PUT", SPACE_ID "/eventhubs/h2", "{\"properties\":{\"messageRetentionInDays\":8}}",
           400, "BadRequest", "1 to 7 days");
    expect(f, "PUT", SPACE_ID "/eventhubs/-h", "{}", 400, "BadRequest", "is invalid");
    expect(f, "PUT", SPACE_ID "/eventhubs/h2",
           "{\"properties\":{\"captureDescription\":{\"enabled\":true,\"encoding\":\"Avro\"}}}",
           400, "BadRequest", "Capture is not served");
    expect(f, "PUT", SPACE_ID "/eventhubs/h2", "{\"properties\":{\"captureDescription\":\"on\"}}",
           400, "BadRequest", "captureDescription is invalid");
    expect(f, "PATCH", HUB_ID, "{\"properties\":{\"captureDescription\":{\"enabled\":true}}}", 400,
           "BadRequest", "Capture is not served");
    expect(f, "PUT", SPACE_ID "/eventhubs/h2",
           "{\"properties\":{\"captureDescription\":{\"enabled\":false}}}", 200, NULL, NULL);
    expect(f, "DELETE", HUB_ID "/consumergroups/$Default", NULL, 400, "BadRequest",
           "cannot be deleted");
    expect(f, "PUT", HUB_ID "/authorizationRules/r", "{\"properties\":{\"rights\":[\"Manage\"]}}",
           400, "BadRequest", "Manage needs the two others");
    expect(f, "PUT", HUB_ID "/authorizationRules/r", "{\"properties\":{\"rights\":[\"Read\"]}}",
           400, "BadRequest", NULL);
    expect(f, "POST", SPACE_ID "/authorizationRules/RootManageSharedAccessKey/regenerateKeys",
           "{\"keyType\":\"x\"}", 400, "BadRequest", "PrimaryKey or SecondaryKey");
}

static void quotas(void **state)
{
    struct fixture *f = *state;
    char path[512];
    for (int i = 2; i <= 10; i++) {
        snprintf(path, sizeof(path), SPACE_ID "/eventhubs/hub%d", i);
        assert_int_equal(arm(f, "PUT", path, "{}", NULL), 200);
    }
    expect(f, "PUT", SPACE_ID "/eventhubs/hub11", "{}", 403, "Forbidden", "SubCode=40300.");
    expect(f, "PUT", SPACE_ID "/eventhubs/hub10", "{}", 200, NULL, NULL); /* one that is there */
    assert_int_equal(arm(f, "DELETE", SPACE_ID "/eventhubs/hub10", NULL, NULL), 200);
    expect(f, "PUT", SPACE_ID "/eventhubs/hub11", "{}", 200, NULL, NULL);
    for (int i = 1; i <= 19; i++) {
        snprintf(path, sizeof(path), HUB_ID "/consumergroups/g%d", i);
        assert_int_equal(arm(f, "PUT", path, "{}", NULL), 200);
    }
    expect(f, "PUT", HUB_ID "/consumergroups/g20", "{}", 403, "Forbidden", "consumer groups");
}

static int post(struct fixture *f, const char *path, const char *type, const char *more,
                const char *body, char **text)
{
    struct base_http_response answer = {0};
    struct base_headers headers = {0};
    char *url = base_asprintf("https://" HOST "%s", path),
         *bearer = base_asprintf("Bearer %s", f->token);
    base_headers_add(&headers, "Content-Type", type);
    base_headers_add(&headers, "Authorization", bearer);
    if (more)
        base_headers_add(&headers, "BrokerProperties", more);
    base_headers_add(&headers, "device", "\"d1\"");
    sim_call(f->world, "test", "POST", url, &headers, body, &answer);
    int status = answer.status;
    if (text)
        *text = base_strdup(answer.body.data);
    base_http_response_release(&answer);
    base_headers_release(&headers);
    free(url);
    free(bearer);
    return status;
}

#define ENTRY "application/atom+xml;type=entry;charset=utf-8"
#define BATCH "application/vnd.microsoft.servicebus.json"

static void rest(void **state)
{
    struct fixture *f = *state;
    struct client c;
    struct amqp_message message;
    struct amqp_value value;
    char *text;
    assert_int_equal(
        post(f, "/hub1/messages?timeout=60&api-version=2014-01", ENTRY, NULL, "{}", &text), 401);
    assert_non_null(
        strstr(text, "<Error><Code>401</Code><Detail>Unauthorized access. 'Send' claim(s)"));
    free(text);
    assign(f, SPACE_ID, "Azure Event Hubs Data Owner");
    assert_int_equal(
        post(f, "/hub1/messages", ENTRY, "{\"PartitionKey\":\"131\"}", "{\"a\":1}", NULL), 201);
    assert_int_equal(post(f, "/hub1/partitions/0/messages", BATCH, NULL,
                          "[{\"Body\":\"x\",\"UserProperties\":{\"n\":5}},{\"Body\":\"y\"}]", NULL),
                     201);
    assert_int_equal(post(f, "/hub1/partitions/2/messages", ENTRY, NULL, "z", NULL), 400);
    assert_int_equal(post(f, "/nohub/messages", ENTRY, NULL, "z", NULL), 404);
    assert_int_equal(post(f, "/hub1", ENTRY, NULL, "z", NULL), 404);
    assert_int_equal(post(f, "/hub1/messages", BATCH, NULL, "{\"Body\":\"x\"}", NULL), 400);
    assert_int_equal(post(f, "/hub1/messages", BATCH, NULL, "[{\"Body\":5}]", NULL), 400);
    assert_int_equal(post(f, "/hub1/messages", ENTRY, "{\"Nope\":1}", "x", NULL), 400);
    connect_user(f, &c);
    struct test_link *reader = open_receiver(
        &c, &(struct reading){.address = "hub1/ConsumerGroups/$Default/Partitions/0"});
    RUN_UNTIL(&c, reader->received == 3);
    (void)event_at(reader, 0, &message);
    assert_true(amqp_bytes_equal(message.data, "{\"a\":1}"));
    assert_true(amqp_map_get(&message.application_properties, "device", &value));
    assert_true(amqp_value_is(&value, "d1"));
    assert_true(amqp_bytes_equal(message.properties.content_type, ENTRY));
    (void)event_at(reader, 1, &message);
    assert_true(amqp_map_get(&message.application_properties, "n", &value));
    assert_int_equal(value.as.integer, 5);
    assert_int_equal(post(f, "/hub1/partitions/0/messages", ENTRY, NULL, "woken", NULL), 201);
    RUN_UNTIL(&c, reader->received == 4); /* another thread's event reaches a waiting reader */
    hang_up(&c);
}

static void restart(void **state)
{
    struct fixture *f = *state;
    cJSON *before, *after;
    const char *path = SPACE_ID "/authorizationRules/RootManageSharedAccessKey/listKeys";
    assert_int_equal(arm(f, "POST", path, NULL, &before), 200);
    world_close(f);
    world_open(f);
    assert_int_equal(arm(f, "POST", path, NULL, &after), 200);
    assert_true(base_json_equal(before, after));
    cJSON_Delete(before);
    cJSON_Delete(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shapes, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(quotas, setup, teardown),
        cmocka_unit_test_setup_teardown(rest, setup, teardown),
        cmocka_unit_test_setup_teardown(restart, setup_folder, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
