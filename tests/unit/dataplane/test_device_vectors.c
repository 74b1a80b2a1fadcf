/* Replays the device-mapping vectors: event -> measurements, or the original's exception, or its load errors. */
#include "vectors.h"

#include "reference/dataplane/device_mapping.h"

static struct dp_token *properties_of(struct base_arena *arena, const struct dp_token *given)
{
    struct dp_token *out = dp_token_new(arena, DP_OBJECT);

    for (size_t i = 0; given && i < given->children.count; i++) {
        const struct dp_member *member = &given->children.items[i];
        const char *stamp =
            member->value->type == DP_OBJECT ? vectors_text(member->value, "@timestamp") : NULL;
        struct dp_date date;
        struct dp_token *value = member->value;
        if (stamp && dp_date_sniff(stamp, strlen(stamp), &date))
            value = dp_token_date(arena, date);
        (void)dp_object_set(arena, out, member->name.data, member->name.len, value);
    }
    return out;
}

/* Messages compare without the blank at the end that the original leaves. */
static bool same_messages(const struct dp_token *expected, const struct dp_mapping_errors *errors)
{
    if (!expected || expected->children.count != errors->count)
        return false;
    for (size_t i = 0; i < errors->count; i++)
        if (strcmp(expected->children.items[i].value->text.data, errors->items[i].message) != 0)
            return false;
    return true;
}

static bool check_load(const char *name, const struct dp_token *error,
                       const struct dp_mapping_errors *errors)
{
    const struct dp_token *uncaught = dp_object_get(error, "uncaught");
    bool good = errors->count > 0 &&
                (uncaught || same_messages(dp_object_get(error, "templateErrors"), errors));

    for (size_t i = 0; !good && i < errors->count; i++)
        print_message("FAILED %s: got [%s]\n", name, errors->items[i].message);
    return good;
}

/* Times compare as instants: both sides are brought to UTC. */
static void write_normal(struct base_buf *out, const struct dp_token *expected)
{
    struct base_arena arena;
    struct dp_measurements list = {0};
    struct base_error err = {0};
    struct base_buf json = {0};

    base_arena_init(&arena);
    dp_token_write(&json, expected);
    if (dp_measurement_read(&arena, json.data, json.len, false, &list, &err) != BASE_OK)
        fail_msg("%s", err.message);
    dp_measurement_write(out, &list.items[0]);
    base_buf_putc(out, '\n');
    base_buf_release(&json);
    base_arena_release(&arena);
}

static bool check_event(struct base_arena *arena, const char *name,
                        const dp_device_mapping_t *mapping, const struct dp_token *vector)
{
    const struct dp_token *event = dp_object_get(vector, "event"),
                          *error = dp_object_get(vector, "expectedError");
    const struct dp_token *expected = dp_object_get(vector, "expectedMeasurements");
    const struct dp_token *body = dp_object_get(event, "Body");
    const char *text = body ? vectors_json(arena, body) : vectors_text(event, "BodyText");
    struct dp_token *envelope = NULL;
    struct dp_measurements list = {0};
    struct base_error err = {0};
    struct base_buf got = {0}, want = {0};
    bool good;
    enum base_status status = dp_envelope_make(
        arena, text, strlen(text), properties_of(arena, dp_object_get(event, "Properties")),
        properties_of(arena, dp_object_get(event, "SystemProperties")), &envelope, &err);

    if (status == BASE_OK)
        status = dp_device_mapping_evaluate(mapping, envelope, arena, &list, &err);
    for (size_t i = 0; i < list.count; i++) {
        dp_measurement_write(&got, &list.items[i]);
        base_buf_putc(&got, '\n');
    }
    for (size_t i = 0; expected && i < expected->children.count; i++)
        write_normal(&want, expected->children.items[i].value);
    good = strcmp(got.len ? got.data : "", want.len ? want.data : "") == 0 &&
           (status != BASE_OK) == (error != NULL) &&
           (!error || strcmp(err.code, vectors_text(error, "exception")) == 0);
    if (!good)
        print_message("FAILED %s\n got %s (%s: %s)\n want %s (%s)\n", name, got.len ? got.data : "",
                      err.code, err.message, want.len ? want.data : "",
                      error ? vectors_text(error, "exception") : "");
    base_buf_release(&got);
    base_buf_release(&want);
    return good;
}

static bool replay(const char *name, const char *text, const struct dp_token *vector)
{
    const struct dp_token *error = dp_object_get(vector, "expectedError");
    struct dp_mapping_errors errors = {0};
    dp_device_mapping_t *mapping = dp_device_mapping_load(text, strlen(text), &errors);
    bool load_error = error && strcmp(vectors_text(error, "stage"), "load") == 0, good;
    struct base_arena arena;

    base_arena_init(&arena);
    if (load_error || !mapping)
        good = load_error && check_load(name, error, &errors);
    else
        good = check_event(&arena, name, mapping, vector);
    if (!load_error && !mapping)
        print_message("FAILED %s: does not load: %s\n", name, errors.items[0].message);
    if (load_error && mapping)
        print_message("FAILED %s: loads\n", name);
    dp_device_mapping_free(mapping);
    dp_mapping_errors_release(&errors);
    base_arena_release(&arena);
    return good;
}

static void test_device_vectors(void **state)
{
    struct base_arena arena;
    struct vectors_tally tally = {0};
    const struct dp_token *file;

    (void)state;
    base_arena_init(&arena);
    file = vectors_load(&arena, "iomt-device-vectors.json");
    for (size_t i = 0; i < file->children.count; i++) {
        const struct dp_token *vector = file->children.items[i].value;
        const char *mapping = vectors_json(&arena, dp_object_get(vector, "deviceMapping"));
        if (replay(vectors_text(vector, "name"), mapping, vector))
            tally.passed++;
        else
            tally.failed++;
    }
    vectors_report("device vectors", &tally);
    base_arena_release(&arena);
}

/* The member, the line and the column of the text that does not compile. */
static void test_bad_jmespath_is_placed(void **state)
{
    static const char text[] =
        "{\"templateType\":\"CollectionContent\",\"template\":[{\"templateType\":"
        "\"CalculatedContent\",\"template\":{"
        "\"typeName\":\"a\",\n\"typeMatchExpression\":{\"value\":\"[Body\",\"language\":"
        "\"jmespath\"},"
        "\"deviceIdExpression\":\"$.x\",\"timestampExpression\":\"$.y\",\"values\":[]}}]}";
    struct dp_mapping_errors errors = {0};

    (void)state;
    assert_null(dp_device_mapping_load(text, sizeof text - 1, &errors));
    assert_int_equal(errors.count, 1);
    assert_int_equal(errors.items[0].index, 0);
    assert_int_equal(errors.items[0].line, 2);
    assert_string_equal(errors.items[0].member, "typeMatchExpression");
    assert_int_equal(errors.items[0].position, 32);
    assert_string_equal(errors.items[0].message,
                        "The following JmesPath expression could not be parsed: [Body. Cause: "
                        "Error(1, 6): syntax, near '': expected ',' or ']'.");
    dp_mapping_errors_release(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_device_vectors),
        cmocka_unit_test(test_bad_jmespath_is_placed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
