/* A sweep's file is checked with its places; its points, counts and verdicts follow from what was seen (HAR-12). */
#include "runner/sweep.h"

#include "common/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char folder[] = "/tmp/test-sweep-XXXXXX";

static void write_file(const char *name, const char *text)
{
    char *path = base_asprintf("%s/%s", folder, name);

    assert_int_equal(base_file_write(path, text, strlen(text), 0600, NULL), BASE_OK);
    free(path);
}

static struct run_scenario *load(const char *text, struct base_error *err)
{
    char *path = base_asprintf("%s/s.yaml", folder);

    write_file("s.yaml", text);
    struct run_scenario *scenario = run_scenario_load(path, err);
    free(path);
    return scenario;
}

#define SWEEP(rest) "scenario: x\nsweep:\n  over: story.yaml\n" rest
#define POINTS "  points: [arm.*]\n"
#define MODES "  modes: [dropAnswer]\n"
#define HOLD "  hold: [converges]\n"

static void the_file_is_checked(void **state)
{
    static const struct {
        const char *text, *place, *word;
    } cases[] = {
        {"scenario: x\nsweep: 3\n", "s.yaml:2:", "sweep must be a mapping"},
        {"scenario: x\nsweep:\n  points: [a]\n  modes: [dropAnswer]\n  hold: [converges]\n",
         "s.yaml:3:", "over"},
        {"scenario: x\nsweep:\n  over: nosuch.yaml\n" POINTS MODES HOLD,
         "s.yaml:3:", "nosuch.yaml"},
        {"scenario: x\nsweep:\n  over: cases.yaml\n" POINTS MODES HOLD,
         "s.yaml:3:", "without cases"},
        {"scenario: x\nsweep:\n  over: sweep.yaml\n" POINTS MODES HOLD,
         "s.yaml:3:", "not over a sweep"},
        {SWEEP(MODES HOLD), "s.yaml:3:", "\"points\""},
        {SWEEP(POINTS HOLD), "s.yaml:3:", "\"modes\""},
        {SWEEP(POINTS MODES), "s.yaml:3:", "\"hold\""},
        {SWEEP("  points: []\n" MODES HOLD), "s.yaml:4:", "at least one"},
        {SWEEP(POINTS "  modes: [dropAnswer, staleRead]\n" HOLD),
         "s.yaml:5:", "this version does not run \"staleRead\""},
        {SWEEP(POINTS "  modes: [explode]\n" HOLD), "s.yaml:5:", "unknown word \"explode\""},
        {SWEEP(POINTS MODES "  hold: [nothing-lost]\n"),
         "s.yaml:6:", "this version does not run \"nothing-lost\""},
        {SWEEP(POINTS MODES "  hold: [luck]\n"), "s.yaml:6:", "unknown word \"luck\""},
        {SWEEP(POINTS MODES HOLD "  pairs: { sample: 3 }\n"), "s.yaml:7:", "\"pairs\""},
        {SWEEP(POINTS MODES HOLD "  then: { restart: azsim }\n"), "s.yaml:7:", "restart wants rp"},
        {SWEEP(POINTS MODES HOLD "  then: { settle: soon }\n"), "s.yaml:7:", "duration"},
        {SWEEP(POINTS MODES HOLD "  frob: 1\n"), "s.yaml:7:", "frob"},
        {SWEEP(POINTS MODES HOLD) "steps: []\n", "s.yaml:7:", "a sweep has no \"steps\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct base_error err = {0};
        struct run_scenario *scenario = load(cases[i].text, &err);
        if (scenario || !strstr(err.message, cases[i].place) || !strstr(err.message, cases[i].word))
            fail_msg("case %zu: %s", i, scenario ? "it was accepted" : err.message);
    }
}

static void a_whole_file_is_taken(void **state)
{
    struct base_error err = {0};
    struct run_scenario *scenario = load(
        SWEEP("  points: [arm.*, keyvault.*]\n  callers: [rp]\n  modes: [dropAnswer, crashAfter]\n"
              "  then: { restart: rp, settle: 10m }\n  hold: [converges, same-world-as-clean-run, "
              "no-orphans, created-at-most-once, fault-fired]\n"),
        &err);

    (void)state;
    if (!scenario)
        fail_msg("%s", err.message);
    run_scenario_free(scenario);
}

static cJSON *json(const char *text)
{
    cJSON *value = base_json_parse(text, strlen(text), NULL);
    assert_non_null(value);
    return value;
}

static void points_are_named_by_call_and_occurrence(void **state)
{
    static const char *const expected[] = {"a.b.put#1", "entra.token@rp#1", "a.b.put#2",
                                           "entra.token@kube#1", "entra.token@rp#2"};
    cJSON *trace = json("[{\"service\":\"arm\",\"caller\":\"rp\",\"call\":\"a.b.put\"},"
                        "{\"service\":\"entra\",\"caller\":\"rp\",\"call\":\"entra.token\"},"
                        "{\"service\":\"arm\",\"caller\":\"customer\",\"call\":\"a.b.put\"},"
                        "{\"service\":\"eventhub\",\"caller\":\"rp\",\"call\":\"eventhub.attach\"},"
                        "{\"service\":\"arm\",\"caller\":\"rp\",\"call\":\"a.b.put\"},"
                        "{\"service\":\"aks\",\"caller\":\"rp\"},"
                        "{\"service\":\"entra\",\"caller\":\"kube\",\"call\":\"entra.token\"},"
                        "{\"service\":\"entra\",\"caller\":\"rp\",\"call\":\"entra.token\"}]");
    cJSON *callers = json("[\"rp\",\"k*\"]"), *globs = json("[\"arm.*\",\"entra.token\"]");
    struct run_points points = {0}, fewer = {0};
    struct base_buf difference = {0};

    (void)state;
    run_points_learn(&points, trace, callers, globs);
    assert_int_equal(points.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(points.items[i].label, expected[i]);
    assert_int_equal(points.items[2].nth, 2);
    assert_string_equal(points.items[2].at, "arm");
    cJSON_DeleteItemFromArray(trace, 4); /* the second put */
    run_points_learn(&fewer, trace, callers, globs);
    assert_true(run_points_same(&points, &points, &difference));
    assert_int_equal(difference.len, 0);
    assert_false(run_points_same(&points, &fewer, &difference));
    assert_string_equal(difference.data, "  only the first made a.b.put#2 (in step 0)\n");
    base_buf_release(&difference);
    fewer.items[1].step = 2;
    assert_false(run_points_same(&fewer, &points, &difference));
    assert_string_equal(difference.data, "  only the first made entra.token@rp#1 (in step 2)\n"
                                         "  only the second made entra.token@rp#1 (in step 0)\n"
                                         "  only the second made a.b.put#2 (in step 0)\n");
    base_buf_release(&difference);
    fewer.items[1].step = 0;
    points.items[2].look = true;
    assert_true(run_points_same(&points, &fewer, &difference));
    run_points_keep_common(&points, &fewer, &difference);
    assert_string_equal(difference.data, "a.b.put#2");
    assert_int_equal(points.count, 4);
    assert_string_equal(points.items[2].label, "entra.token@kube#1");
    base_buf_release(&difference);
    run_points_release(&points);
    run_points_release(&fewer);
    cJSON_Delete(globs);
    cJSON_Delete(callers);
    cJSON_Delete(trace);
}

static void looks_that_see_the_same_are_one_point(void **state)
{
#define LOOK(step, status)                                                                         \
    "{\"service\":\"aks\",\"caller\":\"rp\",\"call\":\"aks.pods.list\",\"method\":\"GET\","        \
    "\"url\":\"u\",\"status\":" status ",\"step\":" step "}"
    static const struct {
        int step, nth;
    } expected[] = {{1, 1}, {1, 3}, {2, 1}};
    cJSON *trace = json("[" LOOK("1", "200") "," LOOK("1", "200") "," LOOK("1", "404") "," LOOK(
              "2", "404") "," LOOK("2", "404") "]"),
          *callers = json("[\"rp\"]"), *globs = json("[\"*\"]");
    struct run_points points = {0};

    (void)state;
    run_points_learn(&points, trace, callers, globs);
    assert_int_equal(points.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(points.items[i].step, expected[i].step);
        assert_int_equal(points.items[i].nth, expected[i].nth);
    }
    assert_string_equal(points.items[2].label, "aks.pods.list#3");
    run_points_release(&points);
    cJSON_Delete(globs);
    cJSON_Delete(callers);
    cJSON_Delete(trace);
}

/* One exchange of "rp"; a fault: struck, no status. */
#define DID(call, method, url, status)                                                             \
    "{\"service\":\"s\",\"caller\":\"rp\",\"call\":\"" call "\",\"method\":\"" method              \
    "\",\"url\":\"https://h/" url "\",\"status\":" status "}"
#define STRUCK(call, method, url, how)                                                             \
    "{\"service\":\"s\",\"caller\":\"rp\",\"call\":\"" call "\",\"method\":\"" method              \
    "\",\"url\":\"https://h/" url "\",\"status\":0,\"fault\":\"f (" how ")\"}"
#define CLEAN                                                                                      \
    DID("x.put", "PUT", "x-0123456789ab?v=1", "201")                                               \
    "," DID("x.delete", "DELETE", "x-0123456789ab?v=1", "200")

static void what_is_made_and_unmade_is_counted(void **state)
{
    static const struct {
        const char *what, *trace;
        bool same;
    } cases[] = {
        {"another id",
         DID("x.put", "PUT", "x-ba9876543210", "201") "," DID("x.delete", "DELETE",
                                                              "x-ba9876543210", "200"),
         true},
        {"the answer to the put is lost, the second finds it",
         STRUCK("x.put", "PUT", "x-0123456789ab",
                "dropAnswer") "," DID("x.put", "PUT", "x-0123456789ab",
                                      "200") "," DID("x.delete", "DELETE", "x-0123456789ab", "200"),
         true},
        {"the request is lost", STRUCK("x.put", "PUT", "x-0123456789ab", "dropRequest") "," CLEAN,
         true},
        {"deleted twice, the second finds nothing",
         CLEAN "," DID("x.delete", "DELETE", "x-0123456789ab", "204"), true},
        {"a twin under another name",
         STRUCK("x.put", "PUT", "x-0123456789ab",
                "park") "," DID("x.put", "PUT", "x-ba9876543210",
                                "201") "," DID("x.delete", "DELETE", "x-ba9876543210", "200"),
         false},
        {"made anew", DID("x.put", "PUT", "x-0123456789ab", "201") "," CLEAN, false},
        {"never deleted", DID("x.put", "PUT", "x-0123456789ab", "201"), false},
        {"never made", DID("x.put", "PUT", "x-0123456789ab", "409"), false},
        {"something else", CLEAN "," DID("y.put", "PUT", "y", "200"), false},
    };
    cJSON *callers = json("[\"rp\"]"), *clean_trace = json("[" CLEAN "]"),
          *clean = run_objects_count(clean_trace, callers);

    (void)state;
    assert_int_equal(base_json_number(cJSON_GetObjectItem(clean, "s https://h/x-#"), "made", 0), 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct base_buf difference = {0};
        char *text = base_asprintf("[%s]", cases[i].trace);
        cJSON *trace = json(text), *now = run_objects_count(trace, callers);
        if (run_objects_same(clean, now, &difference) != cases[i].same)
            fail_msg("%s: %s", cases[i].what, difference.len ? difference.data : "no difference");
        assert_int_equal(difference.len == 0, cases[i].same);
        base_buf_release(&difference);
        cJSON_Delete(now);
        cJSON_Delete(trace);
        free(text);
    }
    cJSON_Delete(clean);
    cJSON_Delete(clean_trace);
    cJSON_Delete(callers);
}

static void posted_things_have_the_name_in_their_body(void **state)
{
    cJSON *callers = json("[\"kube\"]"),
          *trace = json("[{\"service\":\"aks\",\"caller\":\"kube\",\"call\":\"aks.pods.create\","
                        "\"method\":\"POST\",\"url\":\"https://h/pods\",\"status\":201,"
                        "\"request\":\"{\\\"metadata\\\":{\\\"name\\\":\\\"one\\\"},\\\"cut"
                        "\"},"
                        "{\"service\":\"aks\",\"caller\":\"kube\",\"call\":\"aks.pods.delete\","
                        "\"method\":\"DELETE\",\"url\":\"https://h/pods/one\",\"status\":200}]"),
          *counts = run_objects_count(trace, callers);

    (void)state;
    assert_int_equal(cJSON_GetArraySize(counts), 1);
    assert_string_equal(counts->child->string, "aks https://h/pods/one");
    assert_int_equal(base_json_number(counts->child, "gone", 0), 1);
    cJSON_Delete(counts);
    cJSON_Delete(trace);
    cJSON_Delete(callers);
}

static void worlds_are_compared_without_ids(void **state)
{
    static const char form[] =
        "{\"arm\":[{\"type\":\"T\",\"id\":\"/x/%s\",\"createdBy\":\"rp\"},"
        "{\"type\":\"T\",\"id\":\"/y\",\"createdBy\":\"customer\"}],"
        "\"keyvault\":[{\"kind\":\"certificates\",\"name\":\"c\",\"versions\":%d,\"deleted\":%s,"
        "\"tags\":{\"owner\":\"o\"}}],"
        "\"kubernetes\":[{\"kind\":\"Pod\",\"name\":\"p\",\"owner\":\"o\"}]}";
    static const struct {
        const char *id, *deleted;
        int versions;
        bool same;
        const char *word;
    } cases[] = {{"0123456789", "false", 1, true, ""},
                 {"fedcba9876", "false", 1, true, ""},
                 {"other", "false", 1, false, "too many: arm T /x/other"},
                 {"0123456789", "false", 2, false, "in 2 versions"},
                 {"0123456789", "true", 1, false, "not purged"}};
    cJSON *callers = json("[\"rp\"]"), *clean = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct base_buf difference = {0};
        char *text = base_asprintf(form, cases[i].id, cases[i].versions, cases[i].deleted);
        cJSON *world = json(text), *lines = run_world_lines(world, callers, false);
        clean = clean ? clean : base_json_copy(lines);
        assert_int_equal(cJSON_GetArraySize(lines), 2); /* not the customer's, no pod */
        assert_int_equal(run_world_same(clean, lines, &difference), cases[i].same);
        assert_true(cases[i].same || strstr(difference.data, cases[i].word));
        base_buf_release(&difference);
        cJSON_Delete(lines);
        cJSON_Delete(world);
        free(text);
    }
    cJSON_Delete(clean);
    cJSON_Delete(callers);
}

static void each_word_is_judged(void **state)
{
    static const struct {
        const char *word;
        struct run_evidence broken;
    } cases[] = {
        {"converges", {.passed = false, .fired = 1, .failure = (char *)"a step: no"}},
        {"fault-fired", {.passed = true, .fired = 0}},
        {"no-orphans", {.passed = true, .fired = 1, .orphans = (char *)"  too many: x\n"}},
        {"same-world-as-clean-run",
         {.passed = true, .fired = 1, .world_difference = (char *)"  missing: x\n"}},
        {"created-at-most-once", {.passed = true, .fired = 1}},
    };
    struct run_evidence clean = {.passed = true, .fired = 1, .objects = cJSON_CreateObject()};
    cJSON *twin = json("{\"s x\":{\"made\":2,\"gone\":1}}");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run_evidence now = cases[i].broken;
        struct base_buf report = {0}, nothing = {0};
        cJSON *hold = cJSON_CreateStringArray(&cases[i].word, 1);
        now.objects = strcmp(cases[i].word, "created-at-most-once") ? clean.objects : twin;
        assert_true(run_hold_known(cases[i].word));
        assert_true(run_sweep_judge(hold, &clean, &clean, &nothing));
        assert_int_equal(nothing.len, 0);
        assert_false(run_sweep_judge(hold, &clean, &now, &report));
        assert_int_equal(strncmp(report.data, cases[i].word, strlen(cases[i].word)), 0);
        base_buf_release(&report);
        cJSON_Delete(hold);
    }
    cJSON_Delete(twin);
    cJSON_Delete(clean.objects);
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    write_file("story.yaml", "scenario: story\nsteps: []\n");
    write_file("cases.yaml", "scenario: story\ncases: [{ case: a }]\nsteps: []\n");
    write_file("sweep.yaml", "scenario: y\nsweep:\n  over: story.yaml\n" POINTS MODES HOLD);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return base_dir_remove(folder, NULL) == BASE_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_is_checked),
        cmocka_unit_test(a_whole_file_is_taken),
        cmocka_unit_test(points_are_named_by_call_and_occurrence),
        cmocka_unit_test(looks_that_see_the_same_are_one_point),
        cmocka_unit_test(what_is_made_and_unmade_is_counted),
        cmocka_unit_test(posted_things_have_the_name_in_their_body),
        cmocka_unit_test(worlds_are_compared_without_ids),
        cmocka_unit_test(each_word_is_judged),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
