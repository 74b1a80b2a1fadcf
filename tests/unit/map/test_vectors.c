/* The vectors of the connector's engine through the command's own functions: the JSON lines must say what the vectors say. */
#include "../dataplane/vectors.h"

#include "reference/map/batch.h"
#include "reference/map/device.h"
#include "reference/map/eval.h"

#include <unistd.h>

typedef bool (*check_vector)(struct base_arena *arena, const struct dp_token *vector);

static const struct dp_token *read_line(struct base_arena *arena, const struct base_buf *line)
{
    struct base_error err = {0};
    const struct dp_token *token =
        dp_read(arena, line->data, line->len, DP_READ_WHOLE | DP_READ_DATES_TEXT, &err);

    if (!token)
        fail_msg("%s: %s", err.message, line->data);
    return token;
}

/* The member has the same JSON on both sides, or is on neither. */
static bool same_member(struct base_arena *arena, const struct dp_token *a,
                        const struct dp_token *b, const char *name)
{
    return strcmp(vectors_json(arena, dp_object_get(a, name)),
                  vectors_json(arena, dp_object_get(b, name))) == 0;
}

static bool same_error(struct base_arena *arena, const struct dp_token *got,
                       const struct dp_token *want)
{
    static const char *const members[] = {"stage", "exception",        "pipelineException",
                                          "inner", "handledByDefault", "uncaught"};

    if (!got || !want)
        return !got && !want;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (!same_member(arena, got, want, members[i]))
            return false;
    return !dp_object_get(want, "templateErrors") ||
           same_member(arena, got, want, "templateErrors");
}

/* Times compare as instants: what is expected is read and written again. */
static const char *normal(struct base_arena *arena, const struct dp_token *measurements)
{
    struct dp_measurements list = {0};
    struct base_error err = {0};
    struct base_buf out = {0};
    const char *json = vectors_json(arena, measurements), *copy;

    if (measurements &&
        dp_measurement_read(arena, json, strlen(json), true, &list, &err) != BASE_OK)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < list.count; i++)
        dp_measurement_write(&out, &list.items[i]);
    copy = base_arena_strndup(arena, out.len ? out.data : "", out.len);
    base_buf_release(&out);
    return copy;
}

static bool check_load(struct base_arena *arena, const struct dp_mapping_errors *errors,
                       const struct dp_token *vector)
{
    struct base_buf line = {0};
    bool good;

    map_load_json(errors, &line);
    good = same_error(arena, dp_object_get(read_line(arena, &line), "error"),
                      dp_object_get(vector, "expectedError"));
    if (!good)
        print_message("got %s\n", line.data);
    base_buf_release(&line);
    return good;
}

static bool check_device(struct base_arena *arena, const struct dp_token *vector)
{
    const char *text = vectors_json(arena, dp_object_get(vector, "deviceMapping"));
    const char *event_text = vectors_json(arena, dp_object_get(vector, "event"));
    struct dp_mapping_errors errors = {0};
    struct base_buf line = {0};
    struct base_error err = {0};
    struct map_event event;
    const struct dp_token *got;
    bool good;
    dp_device_mapping_t *mapping = dp_device_mapping_load(text, strlen(text), &errors);

    if (!mapping) {
        good = check_load(arena, &errors, vector);
        goto done;
    }
    if (map_event_run(mapping, event_text, strlen(event_text), false, arena, &event, &err) !=
        BASE_OK)
        fail_msg("%s", err.message);
    map_event_json(mapping, &event, 0, true, arena, &line);
    got = read_line(arena, &line);
    good = strcmp(normal(arena, dp_object_get(got, "measurements")),
                  normal(arena, dp_object_get(vector, "expectedMeasurements"))) == 0 &&
           same_error(arena, dp_object_get(got, "error"), dp_object_get(vector, "expectedError")) &&
           (event.list.count > 0) == !dp_object_get(got, "explain");
    if (!good)
        print_message("got %s\n", line.data);
done:
    base_buf_release(&line);
    dp_device_mapping_free(mapping);
    dp_mapping_errors_release(&errors);
    return good;
}

/* cJSON compares members without order; numbers have been told apart by spelling before. */
static bool same_observations(struct base_arena *arena, const struct dp_token *got,
                              const struct dp_token *vector)
{
    const struct dp_token *one = dp_object_get(vector, "expectedObservation"),
                          *many = dp_object_get(vector, "expectedObservations");
    const char *want = one ? base_arena_printf(arena, "[%s]", vectors_json(arena, one))
                           : vectors_json(arena, many);
    cJSON *a = cJSON_Parse(vectors_json(arena, dp_object_get(got, "observations")));
    cJSON *b = cJSON_Parse(want);
    bool same = (!one && !many) || base_json_equal(a, b);

    cJSON_Delete(a);
    cJSON_Delete(b);
    return same;
}

/* Writes a member to a file of its own, for the functions that read files. */
static const char *file_of(struct base_arena *arena, const struct dp_token *vector,
                           const char *name)
{
    const struct dp_token *token = dp_object_get(vector, name);
    const char *json = vectors_json(arena, token);
    char *path = base_arena_strdup(arena, "/tmp/map-vectors-XXXXXX");
    int fd;

    if (!token)
        return NULL;
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, json, strlen(json)), (long)strlen(json));
    (void)close(fd);
    return path;
}

static void fill(struct base_arena *arena, const struct dp_token *vector, struct map_batch *batch,
                 struct map_ids *ids)
{
    const char *measurements = file_of(arena, vector, "measurements"),
               *existing = file_of(arena, vector, "existingObservation");
    struct base_error err = {0};

    base_ignore(map_batch_read(batch, measurements, &err));
    base_ignore(
        map_ids_parse(arena, vectors_json(arena, dp_object_get(vector, "resolvedIds")), ids, &err));
    if (existing) {
        base_ignore(map_batch_existing(batch, existing, &err));
        (void)unlink(existing);
    }
    (void)unlink(measurements);
    if (err.status != BASE_OK)
        fail_msg("%s", err.message);
}

static bool check_fhir(struct base_arena *arena, const struct dp_token *vector)
{
    const char *text = vectors_json(arena, dp_object_get(vector, "fhirMapping"));
    struct dp_mapping_errors errors = {0};
    struct map_batch batch = {0};
    struct map_ids ids = {0};
    struct base_buf line = {0};
    const struct dp_token *got;
    const char *operations;
    bool good;
    dp_fhir_mapping_t *mapping = dp_fhir_mapping_load(text, strlen(text), &errors);

    if (!mapping) {
        good = check_load(arena, &errors, vector);
        goto done;
    }
    fill(arena, vector, &batch, &ids);
    map_batch_run(&batch, mapping, &ids);
    map_batch_json(&batch, NULL, &line);
    got = read_line(arena, &line);
    operations = vectors_json(arena, dp_object_get(vector, "expectedOperations"));
    good = strcmp(vectors_json(arena, dp_object_get(got, "operations")),
                  *operations ? operations : "[]") == 0 &&
           same_observations(arena, got, vector) &&
           same_error(arena, dp_object_get(got, "error"), dp_object_get(vector, "expectedError"));
    if (!good)
        print_message("got %s\n", line.data);
done:
    base_buf_release(&line);
    map_batch_release(&batch);
    dp_fhir_mapping_free(mapping);
    dp_mapping_errors_release(&errors);
    return good;
}

static const struct dp_token *path_document;

static bool check_path(struct base_arena *arena, const struct dp_token *vector)
{
    const struct dp_token *error = dp_object_get(vector, "error"), *got, *failed;
    struct base_buf line = {0};
    enum dp_language language;
    bool good, fine;

    assert_true(map_language_parse(vectors_text(vector, "language"), &language));
    fine = map_eval(language, vectors_text(vector, "expression"), path_document, true, &line);
    got = read_line(arena, &line);
    failed = dp_object_get(got, "error");
    good = fine == !error && same_member(arena, got, vector, "results") &&
           same_member(arena, got, vector, "result") && !failed == !error &&
           (!error || same_member(arena, failed, error, "exception"));
    if (!good)
        print_message("got %s\n", line.data);
    base_buf_release(&line);
    return good;
}

static void replay(const char *name, const struct dp_token *list, check_vector check)
{
    struct vectors_tally tally = {0};

    for (size_t i = 0; i < list->children.count; i++) {
        const struct dp_token *vector = list->children.items[i].value;
        struct base_arena arena;
        bool good;
        base_arena_init(&arena);
        good = check(&arena, vector);
        if (!good)
            print_message("FAILED %s\n", vectors_json(&arena, vector));
        tally.passed += good;
        tally.failed += !good;
        base_arena_release(&arena);
    }
    vectors_report(name, &tally);
}

static void test_device_vectors(void **state)
{
    struct base_arena arena;

    (void)state;
    base_arena_init(&arena);
    replay("map --device-mapping", vectors_load(&arena, "iomt-device-vectors.json"), check_device);
    base_arena_release(&arena);
}

static void test_fhir_vectors(void **state)
{
    struct base_arena arena;

    (void)state;
    base_arena_init(&arena);
    replay("map --fhir-mapping", vectors_load(&arena, "iomt-fhir-vectors.json"), check_fhir);
    base_arena_release(&arena);
}

static void test_path_vectors(void **state)
{
    struct base_arena arena;
    struct base_error err = {0};
    const struct dp_token *file, *text;

    (void)state;
    base_arena_init(&arena);
    file = vectors_load(&arena, "iomt-path-vectors.json");
    text = dp_object_get(file, "document");
    path_document = dp_read(&arena, text->text.data, text->text.len, DP_READ_BODY, &err);
    assert_non_null(path_document);
    replay("eval", dp_object_get(file, "cases"), check_path);
    base_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_device_vectors),
        cmocka_unit_test(test_fhir_vectors),
        cmocka_unit_test(test_path_vectors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
