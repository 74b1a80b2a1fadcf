/* Replays the FHIR-mapping vectors: a batch of measurements against a store gives the Observations, the operations or the
 * exception that the original gives. */
#include "vectors.h"

#include "fake_store.h"

struct outcome {
    struct base_buf operations; /* "Created Updated " */
    char exception[64];
    bool handled;
};

static void note_error(struct outcome *out, const struct base_error *err)
{
    if (!*out->exception)
        (void)snprintf(out->exception, sizeof out->exception, "%s", err->code);
    out->handled = dp_error_is_handled(err, false, false);
}

static void save_group(const dp_fhir_mapping_t *mapping, const struct dp_group *group,
                       const struct dp_token *ids, const struct dp_store *store,
                       struct base_arena *arena, struct outcome *out)
{
    struct base_error err = {0};
    const struct dp_fhir_template *template;
    struct dp_observation_groups parts;
    struct dp_ids resolved = {vectors_text(ids, "Patient"), vectors_text(ids, "Device"),
                              group->first->encounter_id ? vectors_text(ids, "Encounter") : NULL};

    if (dp_fhir_mapping_find(mapping, group->first->type, &template, &err) != BASE_OK ||
        dp_group_by_period(arena, group, template, &parts, &err) != BASE_OK) {
        note_error(out, &err);
        return;
    }
    for (size_t i = 0; i < parts.count; i++) {
        enum dp_saved saved;
        base_error_clear(&err);
        if (dp_observation_save(store, template, &parts.items[i], &resolved, 1709625600000, &saved,
                                &err) == BASE_OK)
            base_buf_printf(&out->operations, "%s ", dp_saved_name(saved));
        else
            note_error(out, &err);
    }
}

static void read_batch(struct base_arena *arena, const struct dp_token *list,
                       struct dp_measurements *out)
{
    struct base_error err = {0};
    const char *text = vectors_json(arena, list);

    if (dp_measurement_read(arena, text, strlen(text), true, out, &err) != BASE_OK)
        fail_msg("%s", err.message);
}

static bool same_operations(const struct dp_token *expected, const struct outcome *got)
{
    struct base_buf want = {0};
    bool same;

    for (size_t i = 0; expected && i < expected->children.count; i++)
        base_buf_printf(&want, "%s ", expected->children.items[i].value->text.data);
    same = strcmp(want.len ? want.data : "", got->operations.len ? got->operations.data : "") == 0;
    base_buf_release(&want);
    return same;
}

/* Reads numbers back from their printed form; drops `issued` where the vector has none. */
static cJSON *as_stored(const cJSON *resource, const cJSON *expected)
{
    char *text = base_json_print(resource);
    cJSON *copy = cJSON_Parse(text);

    if (!cJSON_GetObjectItemCaseSensitive(expected, "issued"))
        cJSON_DeleteItemFromObjectCaseSensitive(copy, "issued");
    free(text);
    return copy;
}

static bool same_store(struct base_arena *arena, const char *name, const struct dp_token *vector,
                       const struct fake_store *store)
{
    const struct dp_token *one = dp_object_get(vector, "expectedObservation");
    const struct dp_token *many = dp_object_get(vector, "expectedObservations");
    const char *text = one    ? base_arena_printf(arena, "[%s]", vectors_json(arena, one))
                       : many ? vectors_json(arena, many)
                              : NULL;
    cJSON *expected = text ? cJSON_Parse(text) : NULL;
    bool good = !expected || cJSON_GetArraySize(expected) == cJSON_GetArraySize(store->resources);

    for (int i = 0; good && expected && i < cJSON_GetArraySize(expected); i++) {
        const cJSON *want = cJSON_GetArrayItem(expected, i);
        cJSON *got = as_stored(cJSON_GetArrayItem(store->resources, i), want);
        good = base_json_equal(got, want);
        if (!good) {
            char *a = base_json_print(got), *b = base_json_print(want);
            print_message("%s:\n got  %s\n want %s\n", name, a, b);
            free(a);
            free(b);
        }
        cJSON_Delete(got);
    }
    cJSON_Delete(expected);
    return good;
}

static bool replay_batch(const char *name, const dp_fhir_mapping_t *mapping,
                         const struct dp_token *vector)
{
    const struct dp_token *existing = dp_object_get(vector, "existingObservation");
    const struct dp_token *error = dp_object_get(vector, "expectedError");
    struct fake_store fake = {0};
    struct dp_store store = fake_store_port(&fake);
    struct dp_measurements batch = {0};
    struct dp_groups groups;
    struct outcome got = {0};
    struct base_arena arena;
    bool good;

    base_arena_init(&arena);
    if (existing)
        (void)cJSON_AddItemToArray(fake.resources, cJSON_Parse(vectors_json(&arena, existing)));
    read_batch(&arena, dp_object_get(vector, "measurements"), &batch);
    dp_group_measurements(&arena, &batch, &groups);
    for (size_t i = 0; i < groups.count; i++)
        save_group(mapping, &groups.items[i], dp_object_get(vector, "resolvedIds"), &store, &arena,
                   &got);
    good = strcmp(got.exception, error ? vectors_text(error, "exception") : "") == 0 &&
           (!error || got.handled == dp_object_get(error, "handledByDefault")->boolean) &&
           same_operations(dp_object_get(vector, "expectedOperations"), &got);
    if (!good)
        print_message("FAILED %s: operations %s, exception %s\n", name,
                      got.operations.len ? got.operations.data : "", got.exception);
    good = same_store(&arena, name, vector, &fake) && good;
    cJSON_Delete(fake.resources);
    base_buf_release(&got.operations);
    base_arena_release(&arena);
    return good;
}

static bool check_load(const char *name, const struct dp_token *error,
                       const struct dp_mapping_errors *errors)
{
    const struct dp_token *expected = error ? dp_object_get(error, "templateErrors") : NULL;
    bool good = expected && expected->children.count == errors->count;

    for (size_t i = 0; i < errors->count; i++) {
        good = good &&
               strcmp(expected->children.items[i].value->text.data, errors->items[i].message) == 0;
        if (!good)
            print_message("FAILED %s: got [%s]\n", name, errors->items[i].message);
    }
    return good;
}

static bool replay(struct base_arena *arena, const struct dp_token *vector)
{
    const char *name = vectors_text(vector, "name");
    const char *text = vectors_json(arena, dp_object_get(vector, "fhirMapping"));
    const struct dp_token *error = dp_object_get(vector, "expectedError");
    bool load_error = error && strcmp(vectors_text(error, "stage"), "load") == 0, good;
    struct dp_mapping_errors errors = {0};
    dp_fhir_mapping_t *mapping = dp_fhir_mapping_load(text, strlen(text), &errors);

    if (load_error || !mapping)
        good = !mapping && load_error && check_load(name, error, &errors);
    else
        good = replay_batch(name, mapping, vector);
    if (!good)
        print_message("FAILED %s\n", name);
    dp_fhir_mapping_free(mapping);
    dp_mapping_errors_release(&errors);
    return good;
}

static void test_fhir_vectors(void **state)
{
    struct base_arena arena;
    struct vectors_tally tally = {0};
    const struct dp_token *file;

    (void)state;
    base_arena_init(&arena);
    file = vectors_load(&arena, "iomt-fhir-vectors.json");
    for (size_t i = 0; i < file->children.count; i++) {
        if (replay(&arena, file->children.items[i].value))
            tally.passed++;
        else
            tally.failed++;
    }
    vectors_report("FHIR vectors", &tally);
    base_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fhir_vectors)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
