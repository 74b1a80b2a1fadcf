/* What the cases cannot say: many writers at once, a restart, random input, what is not built. */
#include "fixture.h"

#include <sqlite3.h>

#include <pthread.h>

#define WRITERS 4
#define OBSERVATION                                                                                \
    "{\"resourceType\":\"Observation\",\"id\":\"o1\",\"identifier\":[{\"system\":\"urn:s\","       \
    "\"value\":\"v1\"}],\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://loinc."    \
    "org\",\"code\":\"8867-4\",\"display\":\"Heart rate\"}]},\"subject\":{\"reference\":"          \
    "\"Patient/p1\"},\"effectivePeriod\":{\"start\":\"2024-03-05T08:00:00Z\",\"end\":\"2024-03-"   \
    "05T08:59:59.9999999Z\"},\"valueSampledData\":{\"origin\":{\"value\":0.0,\"unit\":\"count/"    \
    "min\"},\"period\":1000,\"dimensions\":1,\"data\":\"61 E 97.50 E\"}}"

static void decimals_keep_their_digits(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(ask(f, "PUT", "/Observation/o1", NULL, OBSERVATION), 201);
    assert_non_null(strstr(f->answer.body.data, "\"value\":0.0,"));
    assert_int_equal(ask(f, "GET", "/Observation/o1", NULL, NULL), 200);
    assert_non_null(strstr(f->answer.body.data, "\"value\":0.0,"));
    assert_int_equal(ask(f, "GET", "/Observation?identifier=urn:s%7Cv1", NULL, NULL), 200);
    assert_non_null(strstr(f->answer.body.data, "\"value\":0.0,"));
    assert_string_equal(text_at(f, "entry.0.fullUrl"), HOST "/Observation/o1");
}

struct writer {
    struct fixture *f;
    const char *method, *path, *if_match, *if_none_exist, *body;
    int status;
};

static void *write_once(void *context)
{
    struct writer *w = context;
    struct base_headers headers = {0};
    struct base_http_answer answer = {0};
    struct base_error err = {0};
    base_http_client_t *client = base_http_client_new_loopback(sim_dispatch, w->f->world);

    base_headers_set(&headers, "Authorization", w->f->bearer);
    base_headers_set(&headers, "Content-Type", "application/fhir+json");
    base_headers_set(&headers, "If-Match", w->if_match);
    base_headers_set(&headers, "If-None-Exist", w->if_none_exist);
    struct base_http_call call = {.method = w->method,
                                  .url = w->path,
                                  .headers = &headers,
                                  .body = w->body,
                                  .body_len = strlen(w->body)};
    if (base_http_send(client, &call, &answer, &err) == BASE_OK)
        w->status = answer.status;
    base_http_answer_release(&answer);
    base_headers_release(&headers);
    base_http_client_free(client);
    return NULL;
}

/* Runs the writers at once; returns how many got `status`. */
static int race(struct writer *writers, int status)
{
    pthread_t threads[WRITERS];
    int count = 0;

    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_once, &writers[i]), 0);
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        count += writers[i].status == status;
    }
    return count;
}

static void one_writer_wins(void **state)
{
    struct fixture *f = *state;
    struct writer writers[WRITERS];
    char *bodies[WRITERS];

    assert_int_equal(
        ask(f, "PUT", "/Patient/p1", NULL, "{\"resourceType\":\"Patient\",\"id\":\"p1\"}"), 201);
    for (int i = 0; i < WRITERS; i++) {
        bodies[i] = base_asprintf("{\"resourceType\":\"Patient\",\"id\":\"p1\",\"birthDate\":"
                                  "\"200%d\"}",
                                  i);
        writers[i] = (struct writer){f, "PUT", HOST "/Patient/p1", "W/\"1\"", NULL, bodies[i], 0};
    }
    assert_int_equal(race(writers, 200), 1);
    int lost = 0;
    for (int i = 0; i < WRITERS; i++) {
        lost += writers[i].status == 412;
        free(bodies[i]);
    }
    assert_int_equal(lost, WRITERS - 1);
    assert_int_equal(ask(f, "GET", "/Patient/p1/_history", NULL, NULL), 200);
    assert_int_equal(entries(f), 2);
}

static void conditional_creates_make_one(void **state)
{
    struct fixture *f = *state;
    struct writer writers[WRITERS];

    for (int i = 0; i < WRITERS; i++)
        writers[i] = (struct writer){f,
                                     "POST",
                                     HOST "/Patient",
                                     NULL,
                                     "identifier=urn:s|x",
                                     "{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":"
                                     "\"urn:s\",\"value\":\"x\"}]}",
                                     0};
    assert_int_equal(race(writers, 201), 1);
    assert_int_equal(ask(f, "GET", "/Patient?identifier=urn:s%7Cx", NULL, NULL), 200);
    assert_int_equal(entries(f), 1);
}

static void index_is_made_anew(void **state)
{
    struct fixture *f = *state;
    char *path = base_asprintf("%s/fhir.db", f->folder);

    assert_int_equal(ask(f, "PUT", "/Observation/o1", NULL, OBSERVATION), 201);
    world_close(f);
    sqlite3 *raw;
    assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
    assert_int_equal(sqlite3_exec(raw,
                                  "DELETE FROM token; DELETE FROM reference;"
                                  "UPDATE setting SET value = 1",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(raw);
    free(path);
    world_open(f);
    assert_int_equal(
        ask(f, "GET", "/Observation?identifier=urn:s%7Cv1&subject=Patient/p1", NULL, NULL), 200);
    assert_int_equal(entries(f), 1);
}

/* Bytes of a good body are changed at random: an answer each time, never a crash. */
static void random_bodies(void **state)
{
    struct fixture *f = *state;
    char text[] = OBSERVATION;
    unsigned char random[6];

    for (int i = 0; i < 600; i++) {
        memcpy(text, OBSERVATION, sizeof text);
        base_random_bytes(f->random, random, sizeof random);
        for (int k = 0; k < 1 + random[0] % 3; k++) {
            size_t at = (random[1 + k] * 256u + random[2 + k]) % (sizeof text - 1);
            text[at] = (char)(i % 2 ? "{}[]\",:0e-\\"[random[k] % 11] : 1 + random[k] % 255);
        }
        int status = ask(f, "PUT", "/Observation/o1", NULL, text);
        if (status != 200 && status != 201 && status != 400)
            fail_msg("%d: %s", status, text);
    }
}

static void random_queries(void **state)
{
    static const char *const parts[] = {
        "code",
        "date",
        "subject",
        "identifier",
        "_sort",
        "_count",
        "_include",
        "status",
        "value-quantity",
        "ct",
        "_total",
        "_summary",
        "_elements",
        "_id",
        ":not",
        ":missing",
        ":text",
        "=",
        "&",
        "|",
        "%7C",
        ",",
        "$",
        "%5C",
        "true",
        "ge2020",
        "1e5",
        "Patient/1",
        "code-value-quantity",
        "_lastUpdated",
        "combo-code",
        ":Patient",
        "*",
        "%00",
        "%zz",
    };
    struct fixture *f = *state;

    assert_int_equal(ask(f, "PUT", "/Observation/o1", NULL, OBSERVATION), 201);
    for (int i = 0; i < 600; i++) {
        struct base_buf path = {0};
        unsigned char random[12];
        base_random_bytes(f->random, random, sizeof random);
        base_buf_puts(&path, random[11] % 5 ? "/Observation?" : "/?");
        for (int k = 0; k < 2 + random[10] % 9; k++)
            base_buf_puts(&path, parts[random[k] % (sizeof parts / sizeof *parts)]);
        int status = ask(f, "GET", path.data, NULL, NULL);
        if (status != 200 && status != 400 && status != 403)
            fail_msg("%d %s: %s", status, path.data, f->answer.body.data);
        base_buf_release(&path);
    }
}

static void other_types(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(ask(f, "PUT", "/Organization/o", NULL,
                         "{\"resourceType\":\"Organization\",\"id\":\"o\",\"identifier\":[{"
                         "\"value\":\"org-1\"}]}"),
                     201);
    assert_int_equal(ask(f, "GET", "/Organization?identifier=org-1", NULL, NULL), 200);
    assert_int_equal(entries(f), 1);
    assert_int_equal(ask(f, "GET", "/?_type=Organization", NULL, NULL), 200);
    assert_int_equal(entries(f), 1);
    assert_int_equal(ask(f, "GET", "/", NULL, NULL), 200);
    assert_int_equal(entries(f), 1);
}

static void what_is_not_built_says_so(void **state)
{
    static const char *const paths[] = {"/$export", "/Patient/$export", "/Patient/p/$everything",
                                        "/Patient/p/Observation"};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_int_equal(ask(f, "GET", paths[i], NULL, NULL), 501);
        assert_issue(f, "not-supported");
    }
    assert_int_equal(ask(f, "GET", "/Observation?subject:Patient.identifier=x", NULL, NULL), 200);
    assert_string_equal(text_at(f, "entry.0.resource.issue.0.code"), "not-supported");
    assert_int_equal(ask(f, "GET", "/metadata", "Accept: application/fhir+xml\n", NULL), 406);
    assert_int_equal(ask(f, "GET", "/a/b/c/d/e", NULL, NULL), 404);
    assert_int_equal(ask(f, "POST", "/Patient/p1", NULL, "{}"), 405);
}

static void validating_only(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(ask(f, "POST", "/Observation/$validate", NULL, OBSERVATION), 200);
    assert_string_equal(text_at(f, "issue.0.severity"), "information");
    assert_int_equal(ask(f, "POST", "/Observation/$validate", NULL,
                         "{\"resourceType\":\"Observation\",\"status\":\"done\"}"),
                     200);
    assert_string_equal(text_at(f, "issue.0.severity"), "error");
    assert_string_equal(text_at(f, "issue.0.expression.0"), "Observation.status");
    assert_string_equal(text_at(f, "issue.1.expression.0"), "Observation.code");
    assert_int_equal(ask(f, "POST", "/Observation/$validate", NULL, ""), 400);
    assert_int_equal(ask(f, "GET", "/Observation/o1", NULL, NULL), 404);
}

static void purged_history(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(ask(f, "PUT", "/Observation/o1", NULL, OBSERVATION), 201);
    char *changed = base_strdup(OBSERVATION);
    memcpy(strstr(changed, "97.50"), "97.51", 5);
    assert_int_equal(ask(f, "PUT", "/Observation/o1", NULL, changed), 200);
    free(changed);
    assert_int_equal(ask(f, "DELETE", "/Observation/o1/$purge-history", NULL, NULL), 204);
    assert_int_equal(ask(f, "GET", "/Observation/o1/_history/1", NULL, NULL), 404);
    assert_int_equal(ask(f, "GET", "/Observation/o1", NULL, NULL), 200);
    assert_string_equal(header(f, "ETag"), "W/\"2\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(decimals_keep_their_digits, setup, teardown),
        cmocka_unit_test_setup_teardown(one_writer_wins, setup, teardown),
        cmocka_unit_test_setup_teardown(conditional_creates_make_one, setup, teardown),
        cmocka_unit_test_setup_teardown(index_is_made_anew, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(random_bodies, setup, teardown),
        cmocka_unit_test_setup_teardown(random_queries, setup, teardown),
        cmocka_unit_test_setup_teardown(other_types, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_built_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(validating_only, setup, teardown),
        cmocka_unit_test_setup_teardown(purged_history, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
