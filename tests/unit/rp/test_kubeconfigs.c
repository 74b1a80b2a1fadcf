/* The clients of clusters that are kept between operations. */
#include "rp_test.h"

#include "reference/rp/worker/kubeconfigs.h"

#define TEXT                                                                                       \
    "{\"current-context\":\"c\",\"contexts\":[{\"name\":\"c\",\"context\":{\"cluster\":\"k\","     \
    "\"user\":\"u\"}}],\"clusters\":[{\"name\":\"k\",\"cluster\":{\"server\":"                     \
    "\"https://k.azmk8s.io\"}}],\"users\":[{\"name\":\"u\",\"user\":{\"token\":\"t\"}}]}"

struct kept {
    struct rp_kubeconfigs cache;
    base_http_client_t *http;
};

static void nothing(void *context, const struct base_http_request *request,
                    struct base_http_response *response)
{
    (void)context;
    (void)request;
    response->status = 404;
}

static int set_up(void **state)
{
    struct kept *kept = base_alloc(sizeof *kept);

    pthread_mutex_init(&kept->cache.lock, NULL);
    kept->http = base_http_client_new_loopback(nothing, NULL);
    *state = kept;
    return 0;
}

static int tear_down(void **state)
{
    struct kept *kept = *state;

    rp_kubeconfigs_release(&kept->cache);
    pthread_mutex_destroy(&kept->cache.lock);
    base_http_client_free(kept->http);
    free(kept);
    return 0;
}

static az_kubernetes_t *open_client(const struct kept *kept)
{
    const struct az_client az = {.http = kept->http};
    az_kubernetes_t *client = az_kubernetes_open(&az, TEXT, strlen(TEXT), NULL);

    assert_non_null(client);
    return client;
}

static void a_client_is_used_again(void **state)
{
    struct kept *kept = *state;
    struct base_arena arena;
    uint64_t version;

    base_arena_init(&arena);
    assert_null(rp_kubeconfigs_find(&kept->cache, "a", &arena, &version));
    uint64_t a = rp_kubeconfigs_keep(&kept->cache, "a", "one"),
             b = rp_kubeconfigs_keep(&kept->cache, "b", "two");
    assert_string_equal(rp_kubeconfigs_find(&kept->cache, "a", &arena, &version), "one");
    assert_true(version == a && a != b);
    assert_null(rp_kubeconfigs_take(&kept->cache, a));
    az_kubernetes_t *client = open_client(kept);
    rp_kubeconfigs_give(&kept->cache, client, a);
    assert_null(rp_kubeconfigs_take(&kept->cache, b)); /* another cluster's */
    assert_ptr_equal(rp_kubeconfigs_take(&kept->cache, a), client);
    assert_null(rp_kubeconfigs_take(&kept->cache, a)); /* one user each */
    rp_kubeconfigs_give(&kept->cache, client, a);
    base_arena_release(&arena);
}

/* A kubeconfig that was fetched anew, or forgotten because it was refused, takes its clients with it: those in hand as well. */
static void an_old_client_is_closed(void **state)
{
    struct kept *kept = *state;
    uint64_t old = rp_kubeconfigs_keep(&kept->cache, "a", "one");

    rp_kubeconfigs_give(&kept->cache, open_client(kept), old);
    az_kubernetes_t *in_hand = open_client(kept);
    uint64_t new = rp_kubeconfigs_keep(&kept->cache, "a", "one more");
    assert_true(new != old);
    assert_int_equal(kept->cache.idle_count, 0);
    assert_null(rp_kubeconfigs_take(&kept->cache, new));
    rp_kubeconfigs_give(&kept->cache, in_hand, old);
    rp_kubeconfigs_release(&kept->cache);
    assert_int_equal(kept->cache.idle_count, 0);
    rp_kubeconfigs_give(&kept->cache, open_client(kept), new);
    assert_int_equal(kept->cache.idle_count, 0);
    rp_kubeconfigs_give(&kept->cache, NULL, new);
}

static void only_so_many_are_kept(void **state)
{
    struct kept *kept = *state;
    uint64_t first = rp_kubeconfigs_keep(&kept->cache, "first", "x"),
             later = rp_kubeconfigs_keep(&kept->cache, "later", "x");

    rp_kubeconfigs_give(&kept->cache, open_client(kept), first);
    for (int i = 0; i < RP_KUBERNETES_IDLE; i++)
        rp_kubeconfigs_give(&kept->cache, open_client(kept), later);
    assert_int_equal(kept->cache.idle_count, RP_KUBERNETES_IDLE);
    assert_null(rp_kubeconfigs_take(&kept->cache, first)); /* unused for longest */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_client_is_used_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_old_client_is_closed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_so_many_are_kept, set_up, tear_down),
    };
    use_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
