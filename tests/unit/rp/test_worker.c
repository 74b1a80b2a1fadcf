/* Commands against a made-up Azure: create, delete, faults, restarts, races. */
#include "rp_test.h"

#include "common/file.h"

#define WORKSPACE "{\"location\":\"westus2\",\"properties\":{}}"

static void make_all(struct test_world *w)
{
    make(w, WS, WORKSPACE);
    make(w, IC, CONNECTOR);
    make(w, DEST, DESTINATION_TO(FHIR));
}

static void remove_all(struct test_world *w)
{
    assert_int_equal(status_of(w, "DELETE", DEST, NULL), 202);
    settle(w);
    assert_int_equal(status_of(w, "DELETE", IC, NULL), 202);
    settle(w);
    assert_int_equal(status_of(w, "DELETE", WS, NULL), 202);
    settle(w);
    assert_int_equal(status_of(w, "GET", WS, NULL), 404);
    assert_int_equal(fake_left(&w->fake, ""), 0);
}

static int64_t count(struct test_world *w, const char *sql)
{
    struct base_db_statement row;
    int64_t number = -1;

    assert_int_equal(base_db_query(w->rp.db, &row, NULL, sql, ""), BASE_OK);
    if (base_db_next(&row, NULL))
        number = base_db_int(&row, 0);
    base_db_done(&row);
    return number;
}

/* WS-01, IC-04, IC-05, DST-03, PRV-03, PRV-05 */
static void a_life_leaves_nothing_behind(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS, WORKSPACE);
    assert_int_equal(fake_left(&w->fake, "microsoft.eventhub"), 0); /* WS-02 */
    assert_int_equal(fake_left(&w->fake, "storageaccounts"),
                     3); /* account, container of mappings, a role */
    make(w, IC, CONNECTOR);
    assert_int_equal(fake_left(&w->fake, "/containers/"), 2); /* its checkpoints are its own */
    assert_int_equal(fake_left(&w->fake, "kv1.vault.azure.net/certificates/"), 1);
    assert_int_equal(fake_left(&w->fake, "/deployments/normalization-ic1-"), 1);
    make(w, DEST, DESTINATION_TO(FHIR));
    assert_int_equal(fake_left(&w->fake, "/consumergroups/"), 1);
    assert_int_equal(fake_left(&w->fake, "/deployments/destination-dest1-"), 1);
    assert_int_equal(fake_left(&w->fake, ".blob.core.windows.net/template/"), 2);
    remove_all(w);
    assert_int_equal(count(w, "SELECT count(*) FROM intent"), 0);
    assert_int_equal(count(w, "SELECT count(*) FROM allocation"), 0);
    assert_int_equal(count(w, "SELECT count(*) FROM holding"), 0);
    world_free(w);
    (void)state;
}

static const char *env_of(const struct fake *fake, const char *deployment, const char *name)
{
    const cJSON *thing, *variable;

    cJSON_ArrayForEach(thing, fake->things)
    {
        if (!strstr(thing->string, deployment))
            continue;
        cJSON_ArrayForEach(variable, base_json_at(thing, "spec.template.spec.containers.0.env"))
        {
            if (base_equal(base_json_text(variable, "name"), name))
                return base_json_text(variable, "value");
        }
    }
    return NULL;
}

/* PRV-03: settings under the connector's own names. */
static void pods_are_told_what_they_need(void **state)
{
    struct test_world *w = world_new(NULL);
    const struct fake *fake = &w->fake;

    (void)state;
    make_all(w);
    assert_string_equal(env_of(fake, "normalization-", "InputEventHub__EventHubNamespaceFQDN"),
                        "myeventhub.servicesbus.windows.net");
    assert_string_equal(env_of(fake, "normalization-", "InputEventHub__EventHubConsumerGroup"),
                        "consumerGroupA");
    assert_non_null(
        strstr(env_of(fake, "normalization-", "ExternalIdentity__KeyVaultCertificateUri"),
               "https://kv1.vault.azure.net/secrets/iomt-"));
    assert_string_equal(env_of(fake, "normalization-", "InternalIdentity__ClientId"),
                        "88888888-8888-8888-8888-888888888888");
    assert_string_equal(env_of(fake, "destination-", "FhirService__Url"),
                        "https://ws1-fs1.fhir.azurehealthcareapis.com");
    assert_string_equal(
        env_of(fake, "destination-", "ResourceIdentity__ResourceIdentityServiceType"), "Create");
    assert_non_null(strstr(
        env_of(fake, "normalization-", "CheckpointStorage__BlobStorageContainerUri"), "/iomt-"));
    assert_string_equal(
        env_of(fake, "destination-", "CheckpointStorage__BlobStorageContainerUri"),
        env_of(fake, "normalization-", "CheckpointStorage__BlobStorageContainerUri"));
    assert_string_equal(env_of(fake, "destination-", "NormalizationEventHub__EventHubName"),
                        env_of(fake, "normalization-", "NormalizationEventHub__EventHubName"));
    world_free(w);
}

/* IC-08: a changed source gets another checkpoint prefix, also when it comes back; other changes keep it. */
static void a_changed_source_starts_anew(void **state)
{
    struct test_world *w = world_new(NULL);
    char *first, *second;

    (void)state;
    make(w, WS, WORKSPACE);
    make(w, IC, CONNECTOR);
    first = base_strdup(env_of(&w->fake, "normalization-", "Checkpoint__BlobPrefix"));
    assert_int_equal(
        status_of(
            w, "PATCH", IC,
            "{\"properties\":{\"ingestionEndpointConfiguration\":{\"consumerGroup\":\"other\"}}}"),
        202);
    settle(w);
    assert_string_equal(env_of(&w->fake, "normalization-", "InputEventHub__EventHubConsumerGroup"),
                        "other");
    assert_string_equal(env_of(&w->fake, "normalization-", "Checkpoint__BlobPrefix"), first);
    assert_int_equal(
        status_of(
            w, "PATCH", IC,
            "{\"properties\":{\"ingestionEndpointConfiguration\":{\"eventHubName\":\"Hub2\"}}}"),
        202);
    settle(w);
    second = base_strdup(env_of(&w->fake, "normalization-", "Checkpoint__BlobPrefix"));
    assert_string_not_equal(first, second);
    assert_int_equal(status_of(w, "PUT", IC, CONNECTOR), 200);
    settle(w);
    assert_string_not_equal(first, env_of(&w->fake, "normalization-", "Checkpoint__BlobPrefix"));
    free(first);
    free(second);
    world_free(w);
}

/* The same calls in the same order in each run; polls of the same URL may repeat. */
static void calls_come_in_the_same_order(void **state)
{
    struct test_world *a = world_new(NULL), *b = world_new(NULL);

    (void)state;
    make_all(a);
    remove_all(a);
    make_all(b);
    remove_all(b);
    assert_int_equal(a->fake.traced, b->fake.traced);
    for (size_t i = 0; i < a->fake.traced; i++)
        assert_string_equal(a->fake.trace[i], b->fake.trace[i]); /* ids are seeded */
    world_free(a);
    world_free(b);
}

/* PRV-04: what passes is survived; at every call, once refused and once with the answer lost. */
static void every_call_may_fail_once(void **state)
{
    struct test_world *clean = world_new(NULL);

    (void)state;
    make_all(clean);
    remove_all(clean);
    for (size_t i = 0; i < clean->fake.traced; i += 3) {
        struct test_world *w = world_new(NULL);
        w->fake.fault.match = clean->fake.trace[i];
        w->fake.fault.times = 4; /* the client tries four times by itself */
        w->fake.fault.status = i % 2 ? 503 : 0;
        w->fake.fault.code = "ServerBusy";
        make(w, WS, WORKSPACE);
        make(w, IC, CONNECTOR);
        if (strstr(clean->fake.trace[i], "fhirservices"))
            w->fake.fault.times = 0; /* asked by the front end, which answers 503 itself */
        make(w, DEST, DESTINATION_TO(FHIR));
        remove_all(w);
        world_free(w);
    }
    world_free(clean);
}

/* PRV-04 and "giving up keeps the intents": Failed with code and sentence, then PUT or DELETE pick up. */
static void what_fails_for_ever_fails_and_can_be_picked_up(void **state)
{
    struct test_world *w = world_new("{\"worker\":{\"attempts\":3}}");
    struct answer put, status;

    (void)state;
    make(w, WS, WORKSPACE);
    w->fake.fault.match = "/eventhubs/";
    w->fake.fault.times = -1;
    w->fake.fault.status = 400;
    w->fake.fault.code = "MessagingGatewayBadRequest";
    put = call(w, "PUT", IC, CONNECTOR);
    settle(w);
    assert_state(w, IC, "Failed");
    status = call(w, "GET",
                  strstr(base_headers_get(&put.headers, "Azure-AsyncOperation"), "/subscriptions/"),
                  NULL);
    assert_int_equal(status.status, 200);
    assert_string_equal(base_json_text(status.body, "status"), "Failed");
    assert_string_equal(base_json_text(status.body, "error.code"), "MessagingGatewayBadRequest");
    assert_non_null(strstr(base_json_text(status.body, "error.message"), "event hub"));
    answer_release(&status);
    answer_release(&put);

    assert_int_equal(status_of(w, "DELETE", IC, NULL),
                     202); /* deletion meets the same fault: Failed, but nothing is forgotten */
    settle(w);
    assert_state(w, IC, "Failed");
    w->fake.fault.times = 0;
    assert_int_equal(status_of(w, "PUT", IC, CONNECTOR), 200);
    settle(w);
    assert_state(w, IC, "Succeeded");
    make(w, DEST, DESTINATION_TO(FHIR));
    remove_all(w);
    world_free(w);
}

/* ID-02, E85 */
static void a_hash_conflict_gets_a_new_guid(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    w->fake.fault.match =
        "PUT management.azure.com/subscriptions/" INTERNAL "/resourcegroups/shared";
    w->fake.fault.times = 2; /* the vault's role assignment */
    w->fake.fault.status = 400;
    w->fake.fault.code = "HashConflictOnDifferentRoleAssignmentIds";
    make(w, WS, WORKSPACE);
    assert_int_equal(fake_calls(&w->fake, w->fake.fault.match), 3);
    assert_int_equal(
        fake_left(&w->fake, "vaults/kv1/providers/microsoft.authorization/roleassignments/"), 1);
    assert_int_equal(status_of(w, "DELETE", WS, NULL), 202);
    settle(w);
    assert_int_equal(fake_left(&w->fake, ""), 0);
    world_free(w);
}

/* A crash between any two turns: another process goes on from the same database. */
static void a_restart_goes_on(void **state)
{
    char folder[] = "/tmp/rp-worker-XXXXXX", path[64];
    struct test_world *w = world_new(NULL);

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/rp.db", folder);
    base_db_close(w->rp.db);
    world_open_db(w, path);
    make(w, WS, WORKSPACE);
    assert_int_equal(status_of(w, "PUT", IC, CONNECTOR), 201);
    assert_true(turn(w)); /* until it first waits */
    base_db_close(w->rp.db);
    world_open_db(w, path);
    struct rp_operation taken = {0};
    const struct rp_lease dead = {"another", base_clock_ms(&w->clock) + 100000, INT64_MAX / 2};
    assert_int_equal(rp_lease_take(w->rp.db, &dead, &taken, NULL),
                     BASE_OK); /* somebody took it and died */
    rp_operation_release(&taken);
    assert_false(turn(w));
    assert_int_equal(rp_lease_void_all(w->rp.db, NULL), BASE_OK);
    settle(w);
    assert_state(w, IC, "Succeeded");
    make(w, DEST, DESTINATION_TO(FHIR));
    remove_all(w);
    assert_int_equal(fake_calls(&w->fake, "PUT management.azure.com/subscriptions/" INTERNAL
                                          "/resourcegroups/iomt-"),
                     11); /* nothing was made twice */
    world_free(w);
    assert_int_equal(base_dir_remove(folder, NULL), BASE_OK);
}

/* PRV-04: a worker that dies over a step again and again. */
static void dying_over_a_step_ends(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    assert_int_equal(status_of(w, "PUT", WS, WORKSPACE), 201);
    for (int i = 0; i < 5; i++) {
        struct rp_operation taken = {0};
        const struct rp_lease lease = {"dying", base_clock_ms(&w->clock), INT64_MAX / 2};
        assert_int_equal(rp_lease_take(w->rp.db, &lease, &taken, NULL), BASE_OK);
        rp_operation_release(&taken);
        assert_int_equal(rp_lease_void_all(w->rp.db, NULL), BASE_OK);
    }
    settle(w);
    assert_state(w, WS, "Failed");
    assert_int_equal(status_of(w, "PUT", WS, WORKSPACE), 200);
    settle(w);
    assert_state(w, WS, "Succeeded");
    world_free(w);
}

static struct answer ended(struct test_world *w, struct answer *first)
{
    struct answer status = call(
        w, "GET",
        strstr(base_headers_get(&first->headers, "Azure-AsyncOperation"), "/subscriptions/"), NULL);

    answer_release(first);
    return status;
}

/* DELETE is honoured in every state: what runs is stopped, and what it made goes. */
static void a_delete_stops_what_runs(void **state)
{
    struct test_world *w = world_new(NULL);
    size_t steps = 0;

    (void)state;
    make(w, WS, WORKSPACE);
    for (bool more = true; more; steps++) { /* after none of its turns, after one, ... */
        struct answer put = call(w, "PUT", IC, CONNECTOR);
        for (size_t i = 0; i < steps && more; i++)
            more = turn(w);
        struct answer removal = call(w, "DELETE", IC, NULL);
        assert_int_equal(removal.status, 202);
        settle(w);
        struct answer first = ended(w, &put), second = ended(w, &removal);
        const char *word = base_json_text(first.body, "status");
        assert_true(!strcmp(word, "Canceled") || !strcmp(word, "Succeeded"));
        if (!strcmp(word, "Canceled")) {
            assert_string_equal(base_json_text(first.body, "error.code"), "OperationCanceled");
            assert_string_equal(base_json_text(first.body, "error.code"), "OperationCanceled");
        }
        assert_string_equal(base_json_text(second.body, "status"), "Succeeded");
        answer_release(&first);
        answer_release(&second);
        assert_int_equal(status_of(w, "GET", IC, NULL), 404);
        assert_int_equal(fake_left(&w->fake, "microsoft.eventhub"), 0);
        assert_int_equal(fake_left(&w->fake, "/deployments/"), 0);
        more = more && steps < 40;
    }
    assert_true(steps > 2);
    world_free(w);
}

/* Also one of a child, when the parent is to go. */
static void a_connector_that_goes_stops_its_destinations(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS, WORKSPACE);
    make(w, IC, CONNECTOR);
    w->fake.stuck_pods = true;
    assert_int_equal(status_of(w, "PUT", DEST, DESTINATION_TO(FHIR)), 201);
    for (int i = 0; i < 3; i++)
        (void)turn(w);
    assert_int_equal(status_of(w, "DELETE", IC, NULL), 202);
    settle(w);
    assert_int_equal(status_of(w, "GET", IC, NULL), 404);
    assert_int_equal(fake_left(&w->fake, "microsoft.eventhub"), 0);
    world_free(w);
}

/* What an operator stops ends Canceled, in a state from which PUT and DELETE go on. */
static void a_canceled_operation_is_picked_up(void **state)
{
    struct test_world *w = world_new(NULL);
    struct rp_resource resource;

    (void)state;
    make(w, WS, WORKSPACE);
    w->fake.fault.match = "/eventhubs/";
    w->fake.fault.times = -1;
    w->fake.fault.status = 429;
    w->fake.fault.code = "TooManyRequests";
    struct answer put = call(w, "PUT", IC, CONNECTOR);
    for (int i = 0; i < 40; i++) { /* told to wait again and again: that is no failure */
        (void)turn(w);
        base_clock_sleep(&w->clock, 500);
    }
    assert_state(w, IC, "Creating");
    char *key = base_strdup(IC);
    base_lower(key);
    assert_int_equal(rp_resource_get(w->rp.db, key, &resource, NULL), BASE_OK);
    free(key);
    assert_int_equal(
        rp_operation_cancel(w->rp.db, resource.operation, base_clock_ms(&w->clock), NULL), BASE_OK);
    settle(w);
    assert_state(w, IC, "Canceled");
    assert_int_equal(rp_operation_cancel(w->rp.db, resource.operation, 0, NULL), BASE_NOT_FOUND);
    struct answer first = ended(w, &put);
    assert_string_equal(base_json_text(first.body, "status"), "Canceled");
    assert_non_null(strstr(base_json_text(first.body, "error.message"), "Repeat the request"));
    answer_release(&first);
    w->fake.fault.times = 0;
    assert_int_equal(status_of(w, "PUT", IC, CONNECTOR), 200);
    settle(w);
    assert_state(w, IC, "Succeeded");
    assert_true(fake_calls(&w->fake, "/eventhubs/") > 8);
    rp_resource_release(&resource);
    world_free(w);
}

/* WS-02: the namespace lives as long as a connector holds it, whichever goes first; each life has a name of its own. */
static void the_namespace_follows_its_holders(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS, WORKSPACE);
    make(w, IC, CONNECTOR);
    make(w, WS "/iotconnectors/ic2", CONNECTOR);
    assert_int_equal(status_of(w, "DELETE", IC, NULL), 202);
    settle(w);
    assert_int_equal(fake_left(&w->fake, "/namespaces/iomt-"),
                     1 + 1 + 2 + 4 /* hub, two roles; Kubernetes objects */);
    assert_int_equal(status_of(w, "DELETE", WS "/iotconnectors/ic2", NULL),
                     202); /* the last goes while the next comes */
    assert_int_equal(status_of(w, "PUT", IC, CONNECTOR), 201);
    settle(w);
    assert_state(w, IC, "Succeeded");
    assert_int_equal(fake_left(&w->fake, "microsoft.eventhub/namespaces/"), 4);
    assert_int_equal(status_of(w, "DELETE", IC, NULL), 202);
    settle(w);
    assert_int_equal(fake_left(&w->fake, "microsoft.eventhub"), 0);
    world_free(w);
}

/* Destinations go with their connector. */
static void a_connector_takes_its_destinations_along(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    make_all(w);
    assert_int_equal(status_of(w, "DELETE", IC, NULL), 202);
    settle(w);
    assert_int_equal(status_of(w, "GET", DEST, NULL), 404);
    assert_int_equal(status_of(w, "GET", IC, NULL), 404);
    assert_int_equal(fake_left(&w->fake, "/deployments/"), 0);
    world_free(w);
}

/* PRV-02 */
static void an_exhausted_pool_fails_cleanly(void **state)
{
    struct test_world *w = world_new(
        "{\"regions\":[{\"name\":\"westus2\",\"capacity\":{\"subscriptions\":[{\"id\":\"" INTERNAL
        "\",\"maxWorkspaces\":1}],\"clusters\":[{\"id\":\"/subscriptions/s/resourceGroups/shared/"
        "providers/"
        "Microsoft.ContainerService/managedClusters/aks1\"}],\"vaults\":[{\"id\":\"/"
        "subscriptions/" INTERNAL "/resourceGroups/shared/providers/Microsoft.KeyVault/vaults/"
        "kv1\",\"uri\":\"https://kv1.vault.azure.net\"}]}}]}");
    const char *second = "/subscriptions/" SUB
                         "/resourceGroups/rg1/providers/Microsoft.HealthcareApis/workspaces/ws2";

    (void)state;
    make(w, WS, WORKSPACE);
    assert_int_equal(status_of(w, "PUT", second, WORKSPACE), 201);
    settle(w);
    assert_state(w, second, "Failed");
    assert_int_equal(status_of(w, "DELETE", WS, NULL), 202); /* gives its place back */
    settle(w);
    assert_int_equal(status_of(w, "PUT", second, WORKSPACE), 200);
    settle(w);
    assert_state(w, second, "Succeeded");
    world_free(w);
}

/* WS-03 */
static void a_dedicated_cluster_comes_and_goes_with_its_workspace(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS, "{\"location\":\"westus2\",\"sku\":{\"name\":\"Dedicated\"}}");
    assert_int_equal(fake_left(&w->fake, "managedclusters/iomt-"), 1);
    assert_int_equal(status_of(w, "DELETE", WS, NULL), 202);
    settle(w);
    assert_int_equal(fake_left(&w->fake, ""), 0);
    world_free(w);
}

/* IC-05: renewal in its window, without touching the connector's state. */
static void a_certificate_is_renewed(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS, WORKSPACE);
    w->fake.renew_after_ms = base_clock_ms(&w->clock) + 24 * 3600 * 1000;
    make(w, IC, CONNECTOR);
    assert_false(rp_worker_start_renewal(&w->rp));
    w->clock.epoch_ms -= 25 * 3600 * 1000 / 499; /* a day passes */
    w->fake.renew_after_ms = base_clock_ms(&w->clock) + 24 * 3600 * 1000;
    assert_true(rp_worker_start_renewal(&w->rp));
    assert_state(w, IC, "Succeeded");
    settle(w);
    assert_int_equal(fake_calls(&w->fake, "/import"), 2);
    assert_false(rp_worker_start_renewal(&w->rp));
    assert_state(w, IC, "Succeeded");
    world_free(w);
}

/* An identity service that gives a certificate which is due already is not asked again at once. */
static void a_renewal_that_changes_nothing_waits(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS, WORKSPACE);
    w->fake.renew_after_ms = base_clock_ms(&w->clock) - 1000;
    make(w, IC, CONNECTOR);
    assert_false(rp_worker_start_renewal(&w->rp));
    w->clock.epoch_ms -= 25 * 3600 * 1000 / 499;
    assert_true(rp_worker_start_renewal(&w->rp));
    settle(w);
    assert_false(rp_worker_start_renewal(&w->rp));
    assert_int_equal(fake_calls(&w->fake, "/import"), 2);
    world_free(w);
}

/* An operation ends even when the other side never does. */
static void an_operation_times_out(void **state)
{
    struct test_world *w = world_new("{\"worker\":{\"operationTimeoutSeconds\":300}}");
    struct answer put, status;

    (void)state;
    make(w, WS, WORKSPACE);
    w->fake.stuck_pods = true;
    put = call(w, "PUT", IC, CONNECTOR);
    settle(w);
    status = call(w, "GET",
                  strstr(base_headers_get(&put.headers, "Azure-AsyncOperation"), "/subscriptions/"),
                  NULL);
    assert_string_equal(base_json_text(status.body, "error.code"), "OperationTimedOut");
    assert_non_null(strstr(base_json_text(status.body, "error.message"), "the normalization pod"));
    answer_release(&put);
    answer_release(&status);
    world_free(w);
}

/* What a service never takes over is not written for ever: it fails, and the member is named. */
static void what_never_stands_as_written_fails(void **state)
{
    struct test_world *w = world_new("{\"worker\":{\"attempts\":3}}");
    struct answer put, status;

    (void)state;
    make(w, WS, WORKSPACE);
    w->fake.strips_tags = true;
    put = call(w, "PUT", IC, CONNECTOR);
    settle(w);
    assert_state(w, IC, "Failed");
    status = ended(w, &put);
    assert_string_equal(base_json_text(status.body, "error.code"), "ResourceNotAsWritten");
    assert_non_null(strstr(base_json_text(status.body, "error.message"), "\"owner\""));
    answer_release(&status);
    w->fake.strips_tags = false;
    assert_int_equal(status_of(w, "PUT", IC, CONNECTOR), 200);
    settle(w);
    assert_state(w, IC, "Succeeded");
    world_free(w);
}

/* Threads and leases of the real pool: ten connectors at once. */
static void many_at_once_all_end_well(void **state)
{
    struct test_world *w = world_new("{\"worker\":{\"threads\":4}}");

    (void)state;
    make(w, WS, WORKSPACE);
    rp_workers_t *workers = rp_workers_start(&w->rp);
    w->rp.wake_context = workers;
    w->rp.wake = rp_workers_wake;
    for (int i = 0; i < 10; i++) {
        char id[256];
        snprintf(id, sizeof id, WS "/iotconnectors/conn%d", i);
        assert_int_equal(status_of(w, "PUT", id, CONNECTOR), 201);
    }
    for (int64_t due = 0, i = 0; due != INT64_MAX; i++) {
        assert_true(i < 20000);
        base_clock_sleep(&w->clock, 2000);
        assert_int_equal(rp_operation_next_due(w->rp.db, &due, NULL), BASE_OK);
    }
    rp_workers_stop(workers, 5000);
    for (int i = 0; i < 10; i++) {
        char id[256];
        snprintf(id, sizeof id, WS "/iotconnectors/conn%d", i);
        assert_state(w, id, "Succeeded");
    }
    size_t namespaces = 0;
    for (size_t i = 0; i < w->fake.traced; i++)
        namespaces += !strncmp(w->fake.trace[i], "PUT ", 4) &&
                      strstr(w->fake.trace[i], "microsoft.eventhub/namespaces") &&
                      !strstr(w->fake.trace[i], "/eventhubs/");
    assert_int_equal(namespaces, 1); /* ten connectors, one namespace */
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_life_leaves_nothing_behind),
        cmocka_unit_test(pods_are_told_what_they_need),
        cmocka_unit_test(a_changed_source_starts_anew),
        cmocka_unit_test(calls_come_in_the_same_order),
        cmocka_unit_test(every_call_may_fail_once),
        cmocka_unit_test(what_fails_for_ever_fails_and_can_be_picked_up),
        cmocka_unit_test(a_hash_conflict_gets_a_new_guid),
        cmocka_unit_test(a_restart_goes_on),
        cmocka_unit_test(dying_over_a_step_ends),
        cmocka_unit_test(a_delete_stops_what_runs),
        cmocka_unit_test(a_connector_that_goes_stops_its_destinations),
        cmocka_unit_test(a_canceled_operation_is_picked_up),
        cmocka_unit_test(the_namespace_follows_its_holders),
        cmocka_unit_test(a_connector_takes_its_destinations_along),
        cmocka_unit_test(an_exhausted_pool_fails_cleanly),
        cmocka_unit_test(a_dedicated_cluster_comes_and_goes_with_its_workspace),
        cmocka_unit_test(a_certificate_is_renewed),
        cmocka_unit_test(a_renewal_that_changes_nothing_waits),
        cmocka_unit_test(an_operation_times_out),
        cmocka_unit_test(what_never_stands_as_written_fails),
        cmocka_unit_test(many_at_once_all_end_well),
    };
    use_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
