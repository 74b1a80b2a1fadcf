/* A scenario's setup and finally run once, its steps for each row of cases, whose texts are expanded (HAR-11). */
#include "runner/step.h"

#include "common/file.h"
#include "common/http_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char folder[] = "/tmp/test-run-XXXXXX";

static void write_file(const char *name, const char *text)
{
    char *path = base_asprintf("%s/%s", folder, name);

    assert_int_equal(base_file_write(path, text, strlen(text), 0600, NULL), BASE_OK);
    free(path);
}

/* A line for each step ("label: name=result") and for what failed before its first one. */
static void hear(void *context, const cJSON *event)
{
    struct base_buf *heard = context;
    const char *kind = base_json_text(event, "event"), *failure = base_json_text(event, "failure");

    if (!strcmp(kind, "step.end"))
        base_buf_printf(heard, "%s: %s=%s\n", base_json_text(event, "scenario"),
                        base_json_text(event, "name"), base_json_text(event, "result"));
    if (!strcmp(kind, "scenario.end") && failure)
        base_buf_printf(heard, "%s failed: %s\n", base_json_text(event, "scenario"), failure);
}

/* Runs a scenario that needs no cloud: its steps use fragments. */
static char *run(const char *text, struct run_totals *totals)
{
    struct base_error err = {0};
    struct base_buf heard = {0};
    struct run_world world = {.clock = {.rate = 1}, .endpoints = cJSON_CreateObject()};
    struct run_options options = {.seed = "s", .sink = hear, .sink_context = &heard};

    write_file("s.yaml", text);
    char *path = base_asprintf("%s/s.yaml", folder);
    struct run_scenario *scenario = run_scenario_load(path, &err);
    if (!scenario)
        fail_msg("%s", err.message);
    run_scenario(&world, scenario, &options, totals);
    run_scenario_free(scenario);
    free(path);
    cJSON_Delete(world.endpoints);
    base_buf_puts(&heard, "");
    return base_buf_take(&heard);
}

static void expect(const char *text, const char *wanted, int failed, int skipped)
{
    struct run_totals totals = {0};
    char *heard = run(text, &totals);

    assert_string_equal(heard, wanted);
    assert_int_equal(totals.failed, failed);
    assert_int_equal(totals.skipped, skipped);
    free(heard);
}

static void setup_and_finally_run_once(void **state)
{
    (void)state;
    expect("scenario: x\n"
           "cases: [{ case: a }, { case: b }]\n"
           "setup: [{ name: before, use: none.yaml }]\n"
           "steps: [{ name: $(case.case), use: none.yaml }]\n"
           "finally: [{ name: after, use: none.yaml }]\n",
           "x: before=pass\nx#a: a=pass\nx#b: b=pass\nx: after=pass\n", 0, 0);
    expect("scenario: x\n"
           "setup: [{ name: before, use: none.yaml }]\n"
           "steps: [{ name: step, use: none.yaml }]\n"
           "finally: [{ name: after, use: none.yaml }]\n",
           "x: before=pass\nx: step=pass\nx: after=pass\n", 0, 0);
}

static void a_failed_case_does_not_end_the_others(void **state)
{
    (void)state;
    expect("scenario: x\n"
           "cases: [{ case: a }, { case: b }]\n"
           "steps: [{ name: n, use: takes.yaml }]\n"
           "finally: [{ name: after, use: none.yaml }]\n",
           "x#a: n=fail\nx#b: n=fail\nx: after=pass\n", 2, 0);
}

static void a_failed_setup_leaves_the_cases_out(void **state)
{
    (void)state;
    expect("scenario: x\n"
           "cases: [{ case: a }, { case: b }]\n"
           "setup: [{ name: before, use: takes.yaml }]\n"
           "steps: [{ name: step, use: none.yaml }]\n"
           "finally: [{ name: after, use: none.yaml }]\n",
           "x: before=fail\nx: the cases=skip\nx: after=pass\n", 1, 1);
}

static void texts_of_rows_are_expanded(void **state)
{
    (void)state;
    expect("scenario: x\n"
           "vars: { base: dev, of: $(base)/$(case.id), deep: $(of)! }\n"
           "setup: [{ name: $(deep | not yet), use: none.yaml }]\n"
           "cases:\n"
           "  - { case: $(base)-one, id: [$(base), $(case.case)], plain: $$(base) }\n"
           "  - { case: two, id: { n: 3 }, plain: p }\n"
           "steps: [{ name: $(deep) $(case.plain), use: none.yaml }]\n",
           "x: not yet=pass\n"
           "x#dev-one: dev/[\"dev\",\"dev-one\"]! $(base)=pass\n"
           "x#two: dev/{\"n\":3}! p=pass\n",
           0, 0);
}

static void an_unknown_variable_in_a_row_is_shown(void **state)
{
    struct run_totals totals = {0};
    char *heard = run("scenario: x\n"
                      "cases:\n"
                      "  - { case: a, id: $(nosuch) }\n"
                      "  - { case: b, id: 1 }\n"
                      "steps: [{ name: step, use: none.yaml }]\n",
                      &totals);

    (void)state;
    if (!strstr(heard, "x#a failed: ") || !strstr(heard, "s.yaml:3:20: there is no variable") ||
        !strstr(heard, "x#b: step=pass\n"))
        fail_msg("%s", heard);
    assert_int_equal(totals.failed, 1);
    assert_int_equal(totals.scenarios_failed, 2); /* the case, and the whole */
    free(heard);
}

/* What the setup leaves, each case finds; what a case leaves, no other does. */
static void variables_stay_in_their_case(void **state)
{
    (void)state;
    expect("scenario: x\n"
           "cases: [{ case: a, here: given }, { case: b, here: set }]\n"
           "setup: [{ name: before, use: gives.yaml, with: { give: set } }]\n"
           "steps:\n"
           "  - { name: $(given | none), use: none.yaml }\n"
           "  - { name: again, use: gives.yaml, with: { give: $(case.case) } }\n"
           "  - { name: $(given), use: none.yaml }\n"
           "finally: [{ name: $(given), use: none.yaml }]\n",
           "x: before=pass\n"
           "x#a: set=pass\nx#a: again=pass\nx#a: a=pass\n"
           "x#b: set=pass\nx#b: again=pass\nx#b: b=pass\n"
           "x: set=pass\n",
           0, 0);
}

/* A name is made once, unless it names the case. */
static void names_are_of_the_scenario_or_of_the_case(void **state)
{
    struct run_totals totals = {0};
    char *heard =
        run("scenario: x\n"
            "vars: { all: { prefix: w }, own: { prefix: $(case.case)- } }\n"
            "cases: [{ case: a }, { case: a }]\n"
            "setup: [{ name: $(all), use: none.yaml }]\n"
            "steps: [{ name: $(all), use: none.yaml }, { name: $(own), use: none.yaml }]\n",
            &totals);
    char all[16] = "", first[16] = "", own[16] = "";

    (void)state;
    assert_int_equal(sscanf(heard,
                            "x: %9[a-z2-7]=pass\nx#a: %9[a-z2-7]=pass\nx#a: %10[a-z2-7-]=pass", all,
                            first, own),
                     3);
    assert_string_equal(all, first);
    assert_int_equal(strlen(all), 9);
    assert_int_equal(strncmp(own, "a-", 2), 0);
    free(heard);
}

/* ---- settings ---- */

static void control(void *context, const struct base_http_request *request,
                    struct base_http_response *response)
{
    struct base_buf *asked = context; /* one call at a time */

    base_buf_printf(asked, "%s %s%s%.*s\n", request->method, request->path,
                    request->body_len ? " " : "", (int)request->body_len, request->body);
    base_http_answer_text(response, 200, "application/json", "{}");
}

/* What the setup sets holds for each case, what a case sets ends with it, and in the end all is as before. */
static void settings_of_the_setup_hold_for_all_cases(void **state)
{
    struct base_error err = {0};
    struct base_buf asked = {0}, heard = {0};
    struct base_http_listen listen = {.handler = control, .context = &asked};
    base_http_server_t *server = base_http_server_start(&listen, &err);
    struct run_world world = {
        .clock = {.rate = 1},
        .endpoints = cJSON_CreateObject(),
        .plain = base_http_client_new(NULL),
        .control = base_asprintf("http://127.0.0.1:%d", base_http_server_port(server))};
    struct run_options options = {.seed = "s", .sink = hear, .sink_context = &heard};
    struct run_totals totals = {0};

    (void)state;
    write_file("s.yaml", "scenario: x\n"
                         "cases: [{ case: a, to: 3 }, { case: b, to: null }]\n"
                         "setup: [{ setting: { slow: 1s } }]\n"
                         "steps: [{ setting: { rate: $(case.to) } }]\n");
    char *path = base_asprintf("%s/s.yaml", folder);
    struct run_scenario *scenario = run_scenario_load(path, &err);
    assert_non_null(scenario);
    run_scenario(&world, scenario, &options, &totals);
    assert_int_equal(totals.failed, 0);
    assert_string_equal(asked.data, "PUT /_sim/settings/slow {\"value\":\"1s\"}\n"
                                    "PUT /_sim/settings/rate {\"value\":3}\n"
                                    "DELETE /_sim/settings\n"
                                    "PUT /_sim/settings/slow {\"value\":\"1s\"}\n"
                                    "DELETE /_sim/settings/rate\n"
                                    "DELETE /_sim/settings\n"
                                    "PUT /_sim/settings/slow {\"value\":\"1s\"}\n"
                                    "DELETE /_sim/settings\n");
    run_scenario_free(scenario);
    base_http_server_stop(server);
    base_http_client_free(world.plain);
    cJSON_Delete(world.endpoints);
    base_buf_release(&asked);
    base_buf_release(&heard);
    free(world.control);
    free(path);
}

/* ---- captures ---- */

static const char answer_text[] =
    "{\"arm\":[{\"id\":\"/a\",\"type\":\"hub\",\"owner\":\"w1\"},"
    "{\"id\":\"/b\",\"type\":\"hub\",\"owner\":\"w2\"},"
    "{\"id\":\"/c\",\"type\":\"vault\",\"owner\":\"w1\"}],\"headers\":{\"ETag\":\"7\"}}";

/* The value that `capture` makes of the answer, as JSON; "!" and what is told when it makes none. */
static char *capture(const char *capture_text)
{
    struct run_state state = {0};
    struct run_outcome outcome = {0};
    cJSON *step = cJSON_CreateObject(), *captures = cJSON_CreateObject();
    char *told;

    state.scope.names = cJSON_CreateObject();
    base_json_set_text(state.scope.names, "mine", "w2");
    outcome.answer = base_json_parse(answer_text, strlen(answer_text), NULL);
    base_json_set(captures, "x", base_json_parse(capture_text, strlen(capture_text), NULL));
    base_json_set(step, "capture", captures);
    if (run_capture(&state, step, &outcome))
        told = base_json_print(base_json_at(state.scope.names, "x"));
    else
        told = base_asprintf("!%s at %s", outcome.mismatch.found, outcome.mismatch.pointer);
    cJSON_Delete(outcome.answer);
    cJSON_Delete(state.scope.names);
    cJSON_Delete(step);
    return told;
}

static void captures_by_place_or_by_what_fits(void **state)
{
    static const struct {
        const char *capture, *wanted;
    } rows[] = {
        {"\"/arm/1/id\"", "\"/b\""},
        {"\"/headers/etag\"", "\"7\""},
        {"\"/arm/9/id\"", "!there is nothing to capture at /arm/9/id"},
        {"{\"in\":\"/arm\",\"where\":{\"type\":\"hub\",\"owner\":\"$(mine)\"},\"at\":\"/id\"}",
         "\"/b\""},
        {"{\"in\":\"/arm\",\"where\":{\"type\":{\"$regex\":\"^v\"}}}",
         "{\"id\":\"/c\",\"type\":\"vault\",\"owner\":\"w1\"}"},
        {"{\"in\":\"/arm\",\"where\":{\"type\":\"hub\"},\"at\":\"/id\"}",
         "!2 of 3 elements fit; a capture wants exactly one at /arm"},
        {"{\"in\":\"/arm\",\"where\":{\"type\":\"disk\"}}",
         "!0 of 3 elements fit; a capture wants exactly one at /arm"},
        {"{\"in\":\"/arm\",\"where\":{\"type\":\"vault\"},\"at\":\"/name\"}",
         "!the element that fits has nothing at /name at /arm"},
        {"{\"in\":\"/aks\",\"where\":{}}", "!there is no list to capture from at /aks"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *told = capture(rows[i].capture);
        assert_string_equal(told, rows[i].wanted);
        free(told);
    }
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    write_file("none.yaml", "fragment: none\nsteps: []\n");
    write_file("takes.yaml", "fragment: takes\ntakes: [thing]\nsteps: []\n");
    write_file(
        "gives.yaml",
        "fragment: gives\ntakes: [give]\ngives: [given]\nvars: { given: $(give) }\nsteps: []\n");
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
        cmocka_unit_test(setup_and_finally_run_once),
        cmocka_unit_test(a_failed_case_does_not_end_the_others),
        cmocka_unit_test(a_failed_setup_leaves_the_cases_out),
        cmocka_unit_test(texts_of_rows_are_expanded),
        cmocka_unit_test(an_unknown_variable_in_a_row_is_shown),
        cmocka_unit_test(variables_stay_in_their_case),
        cmocka_unit_test(names_are_of_the_scenario_or_of_the_case),
        cmocka_unit_test(settings_of_the_setup_hold_for_all_cases),
        cmocka_unit_test(captures_by_place_or_by_what_fits),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
