/* Holds that a destination that works on and on does not grow: two thousand batches, new hours and devices all the time, leave nothing but
 * what the caches may hold. What it took is printed. DAT-02. */
#include "destination.h"

#include <malloc.h>

#define BATCHES 2000
#define WARM 500 /* batches after which the caches are as full as they may be */

static long resident_kib(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0, resident = 0;

    if (!file || fscanf(file, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    if (file)
        (void)fclose(file);
    return resident * 4;
}

static void forget_resources(struct destination *d)
{
    cJSON_Delete(d->fhir.resources);
    d->fhir.resources = cJSON_CreateArray();
    base_buf_clear(&d->fhir.log);
}

static void fill(struct destination *d, int batch)
{
    char device[24], time[16], value[8];

    base_arena_reset(&d->arena);
    (void)snprintf(time, sizeof time, "%02d:00:%02d", batch % 24, batch % 60);
    (void)snprintf(value, sizeof value, "%d", batch % 100);
    for (int i = 0; i < 3; i++) {
        (void)snprintf(device, sizeof device, "d%d-%d", batch / 24, i);
        add(d, device, value, time);
    }
    (void)add_body(d, "no measurement", 14);
}

static void test_it_does_not_grow(void **state)
{
    struct destination *d = *state;
    long warm = 0;

    pod_cache_free(d->shared.observations);
    d->shared.observations = pod_observation_cache_new(&d->pod.clock, 200);
    for (int i = 0; i < BATCHES; i++) {
        fill(d, i);
        if (i % 50 == 0)
            d->fhir.rules[0] = (struct fake_rule){"PUT", NULL, 500, 1, 0};
        if (run_again(d) != BASE_OK)
            assert_int_equal(run_again(d), BASE_OK);
        d->count = 0;
        if (i % 24 == 23)
            forget_resources(d);
        if (i == WARM) {
            (void)malloc_trim(0);
            warm = resident_kib();
        }
    }
    assert_true(pod_cache_count(d->shared.observations) <= 200);
    (void)malloc_trim(0);
    print_message("%d batches: resident %ld KiB after %d of them, %ld KiB at the end\n", BATCHES,
                  warm, WARM, resident_kib());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_does_not_grow, destination_open, destination_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
