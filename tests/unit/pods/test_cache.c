/* Holds how long the pods believe what they know, and what they forget first (facts §6.6, §7.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reference/pods/fhir_store.h"
#include "reference/pods/identity_cache.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct base_clock clock_now = {.rate = 0.001}; /* stands, as good as */

static bool has(pod_cache_t *cache, const char *key)
{
    struct base_buf value = {0};
    bool found = pod_cache_get(cache, key, &value);

    base_buf_release(&value);
    return found;
}

static pod_cache_t *cache_of(size_t entries, size_t bytes, bool sliding)
{
    return pod_cache_new(&(struct pod_cache_config){&clock_now, entries, bytes, 10000, sliding});
}

static void put(pod_cache_t *cache, const char *key, const char *value)
{
    pod_cache_put(cache, key, value, strlen(value));
}

static void test_the_one_unused_for_longest_makes_room(void **state)
{
    pod_cache_t *cache = cache_of(3, 100000, false);

    (void)state;
    put(cache, "a", "1");
    put(cache, "b", "2");
    put(cache, "c", "3");
    assert_true(has(cache, "a"));
    put(cache, "d", "4");
    assert_int_equal(pod_cache_count(cache), 3);
    assert_false(has(cache, "b"));
    assert_true(has(cache, "a") && has(cache, "c") && has(cache, "d"));
    put(cache, "a", "5"); /* replaced, not added */
    assert_int_equal(pod_cache_count(cache), 3);
    pod_cache_free(cache);
}

static void test_bytes_are_a_bound_too(void **state)
{
    pod_cache_t *cache = cache_of(1000, 3000, false);
    char text[1001];

    (void)state;
    memset(text, 'x', 1000);
    text[1000] = '\0';
    put(cache, "a", text);
    put(cache, "b", text);
    put(cache, "c", text);
    assert_int_equal(pod_cache_count(cache), 2);
    assert_false(has(cache, "a"));
    pod_cache_put(cache, "b", NULL, 0);
    assert_true(has(cache, "b") && has(cache, "c"));
    pod_cache_free(cache);
    cache = cache_of(1000, 500, false);
    put(cache, "a", text); /* larger than all */
    assert_int_equal(pod_cache_count(cache), 0);
    pod_cache_free(cache);
    cache = cache_of(0, 500, false);
    put(cache, "a", "1");
    assert_false(has(cache, "a"));
    pod_cache_free(cache);
}

static void test_life_is_from_the_put_or_from_the_last_use(void **state)
{
    (void)state;
    for (int sliding = 0; sliding < 2; sliding++) {
        pod_cache_t *cache = cache_of(3, 100000, sliding);
        put(cache, "a", "1");
        put(cache, "b", "1");
        put(cache, "c", "1");
        clock_now.ahead_ms += 6000;
        assert_true(has(cache, "a"));
        pod_cache_renew(cache, "c");
        clock_now.ahead_ms += 6000;
        assert_int_equal(has(cache, "a"), sliding);
        assert_false(has(cache, "b"));
        assert_true(has(cache, "c"));
        pod_cache_drop(cache, "c");
        pod_cache_drop(cache, "none");
        pod_cache_renew(cache, "none");
        assert_int_equal(pod_cache_count(cache), sliding);
        pod_cache_free(cache);
    }
}

static void test_identities_are_a_devices(void **state)
{
    struct dp_measurement first = {.device_id = "d1", .encounter_id = "e1"},
                          later = {.device_id = "d1", .encounter_id = "e2"},
                          other = {.device_id = "D1"};
    struct dp_ids ids = {.patient = "p", .device = "d", .encounter = "e"}, out;
    pod_cache_t *cache = pod_identity_cache_new(&clock_now);
    struct base_arena arena;

    (void)state;
    base_arena_init(&arena);
    pod_identity_cache_put(cache, &first, &ids);
    assert_true(pod_identity_cache_get(cache, &later, &arena, &out));
    assert_string_equal(out.patient, "p");
    assert_string_equal(out.device, "d");
    assert_string_equal(out.encounter, "e");
    assert_false(pod_identity_cache_get(cache, &other, &arena, &out));
    ids.encounter = NULL;
    pod_identity_cache_put(cache, &other, &ids);
    assert_true(pod_identity_cache_get(cache, &other, &arena, &out));
    assert_null(out.encounter);
    clock_now.ahead_ms += 2 * 3600 * 1000 - 1000;
    assert_true(pod_identity_cache_get(cache, &later, &arena, &out));
    clock_now.ahead_ms += 2000;
    assert_true(pod_identity_cache_get(cache, &later, &arena, &out));
    assert_false(pod_identity_cache_get(cache, &other, &arena, &out));
    base_arena_release(&arena);
    pod_cache_free(cache);
}

static void *hammer(void *context)
{
    char key[16];

    for (int i = 0; i < 4000; i++) {
        (void)snprintf(key, sizeof key, "%d", i % 37);
        if (i % 3)
            base_ignore(has(context, key));
        else if (i % 7)
            put(context, key, key);
        else
            pod_cache_drop(context, key);
    }
    return NULL;
}

static void test_many_threads_may_use_it(void **state)
{
    pod_cache_t *cache = cache_of(20, 100000, true);
    pthread_t threads[4];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hammer, cache), 0);
    for (size_t i = 0; i < 4; i++)
        (void)pthread_join(threads[i], NULL);
    assert_true(pod_cache_count(cache) <= 20);
    pod_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_one_unused_for_longest_makes_room),
        cmocka_unit_test(test_bytes_are_a_bound_too),
        cmocka_unit_test(test_life_is_from_the_put_or_from_the_last_use),
        cmocka_unit_test(test_identities_are_a_devices),
        cmocka_unit_test(test_many_threads_may_use_it),
    };

    base_clock_init(&clock_now);
    clock_now.rate = 0.001;
    clock_now.epoch_ms = base_clock_ms(&(struct base_clock){.rate = 1});
    return cmocka_run_group_tests(tests, NULL, NULL);
}
