/* The grammar is closed, and each fault names its place (HAR-11). */
#include "runner/scenario.h"

#include "common/file.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char folder[] = "/tmp/test-scenario-XXXXXX";

static struct run_scenario *load(const char *text, struct base_error *err)
{
    char *path = base_asprintf("%s/s.yaml", folder);

    assert_int_equal(base_file_write(path, text, strlen(text), 0600, NULL), BASE_OK);
    struct run_scenario *scenario = run_scenario_load(path, err);
    free(path);
    return scenario;
}

static void refuses_with_its_place(void **state)
{
    static const struct {
        const char *text, *place, *word;
    } cases[] = {
        {"title: x\nsteps: []\n", "s.yaml:1:1", "\"scenario\""},
        {"scenario: x\n", "s.yaml:1:1", "\"steps\""},
        {"scenario: x\nsteps: []\nfrob: 1\n", "s.yaml:3:", "frob"},
        {"scenario: x\nlevel: easy\nsteps: []\n", "s.yaml:2:8", "easy"},
        {"scenario: x\nvars: { arm: y }\nsteps: []\n", "s.yaml:2:14",
         "\"arm\" is the environment's"},
        {"scenario: x\nsteps:\n  - get: /x\n    capture: { case: /body }\n",
         "s.yaml:4:", "\"case\" is the environment's"},
        {"scenario: x\nsteps:\n  - use: f.yaml\n    with: { rp: 1 }\n",
         "s.yaml:4:", "\"rp\" is the environment's"},
        {"scenario: x\nsteps:\n  - use: f.yaml\n    with: [1]\n",
         "s.yaml:4:", "with must be a mapping"},
        {"scenario: x\nsteps: 3\n", "s.yaml:2:8", "list of steps"},
        {"scenario: x\nsteps:\n  - frob: /x\n", "s.yaml:3:", "frob"},
        {"scenario: x\nsteps:\n  - name: y\n", "s.yaml:3:", "one verb"},
        {"scenario: x\nsteps:\n  - get: /x\n    put: /y\n", "s.yaml:4:", "beside"},
        {"scenario: x\nsteps:\n  - get: /x\n    expect: { code: 3 }\n", "s.yaml:4:", "code"},
        {"scenario: x\nsteps:\n  - get: /x\n    expect: { status: { $above: 3 } }\n",
         "s.yaml:4:", "$above"},
        {"scenario: x\nsteps:\n  - get: /x\n    expect: { body: { $any: true, a: 1 } }\n",
         "s.yaml:4:", "not both"},
        {"scenario: x\nsteps:\n  - get: /x\n    eventually: { within: soon }\n",
         "s.yaml:4:", "duration"},
        {"scenario: x\nsteps:\n  - get: /x\n    giveUpWhen: { status: 1 }\n",
         "s.yaml:4:", "eventually"},
        {"scenario: x\nsteps:\n  - put: /x\n    body: { $file: nosuch.json }\n",
         "s.yaml:4:", "nosuch.json"},
        {"scenario: x\nsteps:\n  - role: { principal: p, scope: s }\n", "s.yaml:3:", "\"role\""},
        {"scenario: x\nsteps:\n  - send: { namespace: n, hub: h, events: 3 }\n",
         "s.yaml:3:", "events"},
        {"scenario: x\nsteps:\n  - clock: { advance: 5m }\n", "s.yaml:3:", "does not run it"},
        {"scenario: x\nsteps:\n  - kill: azsim\n", "s.yaml:3:", "kill wants rp, or {pod"},
        {"scenario: x\nsteps:\n  - start: { pod: {} }\n", "s.yaml:3:", "start wants rp"},
        {"scenario: x\nsteps:\n  - kill: { pod: {}, index: -1 }\n", "s.yaml:3:", "from 0 on"},
        {"scenario: x\nsteps:\n  - fault: { at: arm, do: refuse }\n", "s.yaml:3:", "\"call\""},
        {"scenario: x\nsteps:\n  - fault: { at: arm, call: a }\n", "s.yaml:3:", "\"do\""},
        {"scenario: x\nsteps:\n  - fault: { at: arm, call: a, do: explode }\n",
         "s.yaml:3:36: do wants one of crash, refuse", "garble"},
        {"scenario: x\nsteps:\n  - fault: { at: arm, call: a, do: { crash: pod } }\n",
         "s.yaml:3:", "crash wants rp"},
        {"scenario: x\nsteps:\n  - fault: { at: arm, call: a, do: { crash: rp, when: now } }\n",
         "s.yaml:3:", "beforeEffect or afterEffect"},
        {"scenario: x\nsteps:\n  - fault: { at: a, call: b, nth: 0, do: refuse }\n",
         "s.yaml:3:", "from 1 on"},
        {"scenario: x\nsteps:\n  - fault: { at: a, call: b, times: often, do: refuse }\n",
         "s.yaml:3:", "times"},
        {"scenario: x\nsteps:\n  - fault: { heal: 3 }\n", "s.yaml:3:", "heal wants"},
        {"scenario: x\nsteps:\n  - fired: { times: 1 }\n", "s.yaml:3:", "fired needs"},
        {"scenario: x\nsteps:\n  - fired: { fault: f, within: soon }\n", "s.yaml:3:", "duration"},
        {"scenario: x\nsteps:\n  - get: /x\n    capture: { id: body }\n",
         "s.yaml:4:", "JSON Pointer"},
        {"scenario: x\nsteps:\n  - get: /x\n    capture: { id: { in: /body } }\n",
         "s.yaml:4:", "\"where\""},
        {"scenario: x\nsteps:\n  - get: /x\n    capture: { id: { in: /a, where: {}, of: 1 } }\n",
         "s.yaml:4:", "unknown key \"of\""},
        {"scenario: x\nsteps:\n  - get: /x\n    capture: { id: { in: /a, where: { $odd: 1 } } }\n",
         "s.yaml:4:", "$odd"},
        {"scenario: x\ncases: []\nsteps: []\n", "s.yaml:2:", "at least one"},
        {"scenario: x\ncases: [a]\nsteps: []\n", "s.yaml:2:", "a case is a mapping"},
        {"scenario: x\nscenario: y\nsteps: []\n", "s.yaml:2:", "scenario"},
    };

    static const char fragment[] = "fragment: f\nsteps: []\n";
    char *path = base_asprintf("%s/f.yaml", folder);

    (void)state;
    assert_int_equal(base_file_write(path, fragment, strlen(fragment), 0600, NULL), BASE_OK);
    free(path);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct base_error err = {0};
        struct run_scenario *scenario = load(cases[i].text, &err);
        if (scenario || !strstr(err.message, cases[i].place) || !strstr(err.message, cases[i].word))
            fail_msg("case %zu: %s", i, scenario ? "it was accepted" : err.message);
    }
}

static void takes_a_whole_one(void **state)
{
    struct base_error err = {0};
    const cJSON *value;
    struct run_scenario *scenario = load(
        "scenario: x\ntitle: t\nsteps:\n  - name: n\n    get: /y\n    expect: { status: 200 }\n",
        &err);

    (void)state;
    assert_non_null(scenario);
    assert_string_equal(scenario->name, "x");
    assert_string_equal(scenario->level, "core");
    assert_string_equal(run_step_verb(base_json_at(scenario->root, "steps.0"), &value)->name,
                        "get");
    assert_string_equal(value->valuestring, "/y");
    run_scenario_free(scenario);
}

static void takes_the_verbs_of_failure(void **state)
{
    static const char *const steps[] = {
        "fault: { at: arm, call: eventhub.namespaces.put, do: { crash: rp, when: beforeEffect } }",
        "fault: { at: fhir, call: '*', caller: c, nth: 2, times: always, do: dropAnswer }",
        "fault: { at: fhir, call: '*', do: { refuse: { status: 412 } }, optional: true }",
        "fault: { at: $(case.at), call: $(case.call), times: $(case.times), do: $(case.do) }",
        "fault: { now: true, at: eventhub, hub: h, do: { detach: { condition: amqp:x } } }",
        "fault: { heal: true }",
        "fired: { fault: f, times: 3, within: 30s }",
        "start: rp",
        "stop: rp",
        "restart: rp",
        "kill: { pod: { image: { $contains: iomt } }, index: 0 }",
    };

    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct base_error err = {0};
        char *text = base_asprintf("scenario: x\nsteps:\n  - %s\n", steps[i]);
        struct run_scenario *scenario = load(text, &err);
        if (!scenario)
            fail_msg("%s: %s", steps[i], err.message);
        run_scenario_free(scenario);
        free(text);
    }
}

static void reads_durations(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {{"200ms", 200}, {"30s", 30000}, {"5m", 300000}, {"2h", 7200000}};
    static const char *const bad[] = {"", "5", "5 s", "-1s", "1d", "s", "1.5s"};
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(base_parse_duration(good[i].text, &ms));
        assert_int_equal(ms, good[i].ms);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(base_parse_duration(bad[i], &ms));
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return base_dir_remove(folder, NULL) == BASE_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_with_its_place),
        cmocka_unit_test(takes_a_whole_one),
        cmocka_unit_test(takes_the_verbs_of_failure),
        cmocka_unit_test(reads_durations),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
