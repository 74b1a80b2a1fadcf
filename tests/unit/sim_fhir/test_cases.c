/* The 383 cases of tests/data/fhir/cases.json: Microsoft's behaviour, and at the strict level HL7's
 * rules. What is not built is named in `unsupported`, and must not pass by chance. */
#include "replay.h"

static const char *const unsupported[] = {NULL};

static bool tagged(const cJSON *test, const char *tag)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, fhir_json_get(test, "tags"))
    {
        if (!strcmp(item->valuestring, tag))
            return true;
    }
    return false;
}

static bool is_unsupported(const char *name)
{
    for (size_t i = 0; unsupported[i]; i++)
        if (!strcmp(unsupported[i], name))
            return true;
    return false;
}

/* Runs every case that has the tag or not, prints what fails, returns how many did. */
static int run(struct fixture *f, const cJSON *cases, bool strict)
{
    const cJSON *test;
    int failed = 0, skipped = 0, number = 0;

    cJSON_ArrayForEach(test, cases)
    {
        char unique[32];
        const char *name = fhir_json_get_text(test, "name"), *problem;
        if (tagged(test, "hl7") != strict)
            continue;
        snprintf(unique, sizeof unique, "t%s%d", strict ? "s" : "", ++number);
        problem = replay_case(f, test, unique);
        if (is_unsupported(name)) {
            skipped++;
            print_message("not built: %s\n", name);
            failed += !*problem;
        } else if (*problem) {
            failed++;
            print_message("FAILED %s: %s\n", name, problem);
        }
    }
    print_message("%d cases at the %s level: %d failed, %d not built\n", number,
                  strict ? "strict" : "default", failed, skipped);
    return failed;
}

static void cases(void **state)
{
    struct fixture *f = *state;
    struct base_arena arena;
    struct base_buf text = {0};
    struct base_error err = {0};

    base_arena_init(&arena);
    f->clock.epoch_ms = sim_now_ms(f->world);
    f->clock.rate = 2; /* so that moving the epoch moves the time */
    free(f->bearer);
    char *token = sim_token_mint(f->world, &(struct sim_token_request){&f->user, HOST, "1", 86400});
    f->bearer = base_asprintf("Bearer %s", token);
    free(token);
    assert_int_equal(base_file_read(TEST_DATA "/fhir/cases.json", &text, &err), BASE_OK);
    const cJSON *all = fhir_json_parse(&arena, text.data, text.len, &err);
    assert_non_null(all);
    int failed = run(f, all, false);
    sim_setting_set(f->world, "fhir-validation", "strict");
    failed += run(f, all, true);
    base_buf_release(&text);
    base_arena_release(&arena);
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cases, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
