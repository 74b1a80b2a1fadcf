/* Holds how replicas share partitions: claim, renew, take over, expiry, release, fair shares; and what of it a processor of another
 * language would see in the container. */
#include "fake_cloud.h"

#include "common/process.h"
#include "reference/pods/ownership.h"

#define PARTITIONS 4
#define DECODED "/checkpoint/in.servicebus.windows.net/telemetry/$default/ownership/"

static const char *const ids[PARTITIONS] = {"0", "1", "2", "3"};

struct world { /* several replicas beside one cloud; the first replica's pod serves all */
    struct fake_cloud cloud;
    struct pod pod;
    struct pod_ownership replicas[5];
};

static int set_up(void **state)
{
    struct world *w = base_alloc(sizeof *w);

    fake_pod_open(&w->pod, &w->cloud, POD_NORMALIZATION);
    w->pod.clock.rate = 1; /* ages are made by hand */
    w->pod.settings.input.namespace = "sb://IN.servicebus.windows.net/";
    w->pod.settings.input.hub = "Telemetry";
    w->pod.settings.balance_s = 5;
    w->pod.settings.expiry_s = 30;
    for (size_t i = 0; i < 5; i++)
        pod_ownership_init(&w->replicas[i], &w->pod, ids, PARTITIONS);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < 5; i++)
        pod_ownership_release(&w->replicas[i]);
    fake_pod_close(&w->pod, &w->cloud);
    free(w);
    return 0;
}

static size_t share_of(const struct pod_ownership *replica)
{
    size_t share = 0;

    for (size_t i = 0; i < PARTITIONS; i++)
        share += replica->owned[i].owned;
    return share;
}

static void balance(struct world *w, size_t replica)
{
    struct base_error err = {0};

    if (pod_ownership_balance(&w->replicas[replica], &err) != BASE_OK)
        fail_msg("replica %zu: %s: %s", replica, err.code, err.message);
}

static struct fake_blob *blob_of(struct world *w, const char *partition)
{
    char path[128];
    struct fake_blob *blob;

    (void)snprintf(path, sizeof path, DECODED "%s", partition);
    blob = fake_find(&w->cloud, path);
    assert_non_null(blob);
    return blob;
}

static const char *owner_of(struct world *w, const char *partition)
{
    const char *owner = base_headers_get(&blob_of(w, partition)->metadata, "x-ms-meta-ownerid");

    return owner ? owner : "";
}

/* Rounds of all until nothing is left to do; then everybody knows what it has, and no partition has two. */
static void settle(struct world *w, size_t from, size_t to)
{
    for (int round = 0; round < 8; round++)
        for (size_t i = from; i < to; i++)
            balance(w, i);
    for (size_t p = 0; p < PARTITIONS; p++) {
        size_t owners = 0;
        for (size_t i = from; i < to; i++)
            owners += w->replicas[i].owned[p].owned;
        assert_int_equal(owners, 1);
    }
}

static void test_a_lone_replica_claims_all_at_once(void **state)
{
    struct world *w = *state;

    balance(w, 0);
    assert_int_equal(share_of(&w->replicas[0]), PARTITIONS);
    for (size_t i = 0; i < PARTITIONS; i++)
        assert_string_equal(owner_of(w, ids[i]), w->replicas[0].id);
    assert_string_equal(blob_of(w, "0")->body, "");
}

static void test_shares_are_fair(void **state)
{
    static const size_t counts[] = {1, 2, 3, 5};
    struct world *w = *state;

    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        size_t least = PARTITIONS / counts[c], most = (PARTITIONS + counts[c] - 1) / counts[c];
        settle(w, 0, counts[c]);
        for (size_t i = 0; i < counts[c]; i++)
            assert_in_range(share_of(&w->replicas[i]), least, most);
    }
}

static void test_a_settled_share_stays(void **state)
{
    struct world *w = *state;
    struct pod_owned before[PARTITIONS];

    settle(w, 0, 3);
    memcpy(before, w->replicas[1].owned, sizeof before);
    settle(w, 0, 3);
    for (size_t p = 0; p < PARTITIONS; p++)
        assert_int_equal(before[p].owned, w->replicas[1].owned[p].owned);
}

static void test_renewal_moves_the_time(void **state)
{
    struct world *w = *state;
    int version;

    balance(w, 0);
    blob_of(w, "2")->modified_ms -= 20000;
    version = blob_of(w, "2")->version;
    balance(w, 0);
    assert_int_equal(blob_of(w, "2")->version, version + 1);
    assert_true(blob_of(w, "2")->modified_ms > base_clock_ms(&w->pod.clock) - 5000);
}

static void test_a_dead_ones_partitions_are_taken_when_expired(void **state)
{
    struct world *w = *state;

    settle(w, 0, 2);
    for (size_t p = 0; p < PARTITIONS; p++)
        if (strcmp(owner_of(w, ids[p]), w->replicas[0].id) == 0)
            blob_of(w, ids[p])->modified_ms -= 29000;
    balance(w, 1);
    assert_int_equal(share_of(&w->replicas[1]), 2); /* not yet */
    for (size_t p = 0; p < PARTITIONS; p++)
        if (strcmp(owner_of(w, ids[p]), w->replicas[0].id) == 0)
            blob_of(w, ids[p])->modified_ms -= 2000;
    balance(w, 1);
    assert_int_equal(share_of(&w->replicas[1]), PARTITIONS); /* at once */
    balance(w, 0);                                           /* it was only slow: it learns */
    assert_true(share_of(&w->replicas[0]) <= 1);
    settle(w, 0, 2);
    assert_int_equal(share_of(&w->replicas[0]), 2);
}

static void test_one_killed_of_three(void **state)
{
    struct world *w = *state;

    settle(w, 0, 3);
    for (size_t p = 0; p < PARTITIONS; p++)
        if (strcmp(owner_of(w, ids[p]), w->replicas[0].id) == 0)
            blob_of(w, ids[p])->modified_ms -= 60000;
    settle(w, 1, 3);
    assert_int_equal(share_of(&w->replicas[1]), 2);
    assert_int_equal(share_of(&w->replicas[2]), 2);
}

static void test_given_up_is_free_at_once(void **state)
{
    struct world *w = *state;
    struct base_error err = {0};

    settle(w, 0, 2);
    assert_int_equal(pod_ownership_give_up(&w->replicas[0], &err), BASE_OK);
    assert_int_equal(share_of(&w->replicas[0]), 0);
    balance(w, 1);
    assert_int_equal(share_of(&w->replicas[1]), PARTITIONS);
    assert_int_equal(pod_ownership_give_up(&w->replicas[0], &err), BASE_OK); /* nothing of others */
    assert_string_equal(owner_of(w, "0"), w->replicas[1].id);
}

static void test_giving_up_what_was_taken_over_harms_nobody(void **state)
{
    struct world *w = *state;
    struct base_error err = {0};

    balance(w, 0);
    balance(w, 1); /* takes one over; the other does not know yet */
    assert_int_equal(share_of(&w->replicas[1]), 1);
    assert_int_equal(pod_ownership_give_up(&w->replicas[0], &err), BASE_OK);
    for (size_t p = 0; p < PARTITIONS; p++)
        assert_string_equal(owner_of(w, ids[p]),
                            w->replicas[1].owned[p].owned ? w->replicas[1].id : "");
}

static void test_the_same_name_goes_on_with_what_it_had(void **state)
{
    struct world *w = *state;

    balance(w, 0);
    memcpy(w->replicas[3].id, w->replicas[0].id, sizeof w->replicas[3].id); /* started again */
    balance(w, 3);
    assert_int_equal(share_of(&w->replicas[3]), PARTITIONS);
}

struct racer {
    struct world *world;
    size_t replica;
};

static void *race(void *context)
{
    struct racer *racer = context;

    balance(racer->world, racer->replica);
    return NULL;
}

/* The blob decides: whoever believes to own a partition after its own round is named in it, or was overtaken since. */
static void test_a_claim_race_has_one_winner(void **state)
{
    struct world *w = *state;
    pthread_t threads[5];
    struct racer racers[5];

    for (int turn = 0; turn < 20; turn++) {
        for (size_t i = 0; i < 5; i++) {
            racers[i] = (struct racer){w, i};
            assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
        }
        for (size_t i = 0; i < 5; i++)
            (void)pthread_join(threads[i], NULL);
        for (size_t p = 0; p < PARTITIONS; p++) {
            size_t named = 0;
            for (size_t i = 0; i < 5; i++)
                named += w->replicas[i].owned[p].owned &&
                         strcmp(owner_of(w, ids[p]), w->replicas[i].id) == 0;
            assert_int_equal(named, 1);
        }
    }
    settle(w, 0, 5);
}

static void test_strangers_count(void **state)
{
    struct world *w = *state;
    struct fake_blob *blob;

    balance(w, 0);
    for (size_t p = 0; p < 3;
         p++) { /* a processor of another language, with metadata as it writes them */
        blob = blob_of(w, ids[p]);
        base_headers_release(&blob->metadata);
        memset(&blob->metadata, 0, sizeof blob->metadata);
        base_headers_add(&blob->metadata, "x-ms-meta-ownerid", "python-processor");
        blob->version++;
    }
    balance(w, 0);
    assert_int_equal(share_of(&w->replicas[0]), 2); /* one was left, one is taken over */
    balance(w, 0);
    assert_int_equal(share_of(&w->replicas[0]), 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_lone_replica_claims_all_at_once),
        TEST(test_shares_are_fair),
        TEST(test_a_settled_share_stays),
        TEST(test_renewal_moves_the_time),
        TEST(test_a_dead_ones_partitions_are_taken_when_expired),
        TEST(test_one_killed_of_three),
        TEST(test_given_up_is_free_at_once),
        TEST(test_giving_up_what_was_taken_over_harms_nobody),
        TEST(test_the_same_name_goes_on_with_what_it_had),
        TEST(test_a_claim_race_has_one_winner),
        TEST(test_strangers_count),
    };

    (void)base_stop_fd();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
