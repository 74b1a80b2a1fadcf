/* Holds what a destination does with what it reads and finds: caches, conflicts, refusals, errors of one group and of all (facts §5 to §7).
 * DAT-01, DAT-02, DAT-04. */
#include "destination.h"

static void mark_group(struct destination *d, struct az_event *event, bool gzip)
{
    struct amqp_cursor cursor;

    if (!d->flags.len) {
        size_t mark = amqp_put_map(&d->flags);
        amqp_put_string(&d->flags, "IsMeasurementGroup");
        amqp_put_bool(&d->flags, true);
        amqp_put_end(&d->flags, mark, 2);
    }
    amqp_cursor_init(&cursor, (struct amqp_bytes){d->flags.data, d->flags.len});
    assert_true(amqp_read(&cursor, &event->properties));
    if (gzip)
        event->amqp.content_type = (struct amqp_bytes){"application/gzip", 16};
}

static enum base_status run_batch(struct destination *d)
{
    enum base_status status = run_again(d);

    d->count = 0;
    return status;
}

static long long counted(struct destination *d, enum pod_counter counter)
{
    return atomic_load(&d->pod.counters[counter]);
}

/* "name{...} value" of /metrics, by the beginning of its line; -1: there is none. */
static double metric(struct destination *d, const char *line)
{
    struct base_buf text = {0};
    const char *at;
    double value = -1;

    pod_metrics_write(&d->pod.metrics, POD_DESTINATION, &text);
    at = strstr(text.data, line);
    if (at)
        value = strtod(strchr(at, '}') + 1, NULL);
    base_buf_release(&text);
    return value;
}

static size_t occurrences(const char *text, const char *what)
{
    size_t count = 0;

    for (const char *at = text; at && (at = strstr(at, what)); at++)
        count++;
    return count;
}

static const cJSON *only_observation(struct destination *d)
{
    const cJSON *resource, *found = NULL;

    cJSON_ArrayForEach(
        resource,
        d->fhir.resources) if (base_equal(base_json_text(resource, "resourceType"), "Observation"))
    {
        if (found)
            fail_msg("more than one Observation");
        found = resource;
    }
    return found;
}

static void test_an_observation_is_looked_for_once_an_hour(void **state)
{
    struct destination *d = *state;
    const char *values[] = {"70", "71", "71", "72"};

    for (size_t i = 0; i < 3; i++) {
        add(d, "d1", values[i], "08:00:00");
        assert_int_equal(run_batch(d), BASE_OK);
    }
    assert_int_equal(d->fhir.searches, 1);
    assert_int_equal(d->fhir.puts, 2); /* created, amended, the same again */
    assert_int_equal(counted(d, POD_UNCHANGED), 1);
    d->pod.clock.ahead_ms += 3600 * 1000;
    add(d, "d1", values[3], "08:00:00");
    assert_int_equal(run_batch(d), BASE_OK);
    assert_int_equal(d->fhir.searches, 2);
    assert_int_equal(d->fhir.puts, 3);
    assert_string_equal(base_json_text(only_observation(d), "meta.versionId"), "3");
}

static void test_what_was_found_is_known_too(void **state)
{
    struct destination *d = *state;

    add(d, "d1", "70", "08:00:00");
    assert_int_equal(run_batch(d), BASE_OK);
    pod_cache_free(d->shared.observations);
    d->shared.observations = pod_observation_cache_new(&d->pod.clock, 5000);
    for (int i = 0; i < 2; i++) {
        add(d, "d1", "70", "08:00:00");
        assert_int_equal(run_batch(d), BASE_OK);
    }
    assert_int_equal(d->fhir.searches, 2); /* the first before it was there */
    assert_int_equal(d->fhir.puts, 1);
}

/* Another writer was faster: what it wrote is read anew and kept. */
static void test_a_conflict_is_merged_with_the_other_writers_work(void **state)
{
    struct destination *d = *state;
    cJSON *theirs;

    add(d, "d1", "70", "08:00:00");
    assert_int_equal(run_batch(d), BASE_OK);
    theirs = base_json_copy(only_observation(d));
    base_json_set_text(theirs, "language", "de");
    fake_fhir_store(&d->fhir, theirs);
    add(d, "d1", "71", "08:00:05");
    assert_int_equal(run_batch(d), BASE_OK);
    assert_string_equal(base_json_text(only_observation(d), "language"), "de");
    assert_int_equal(
        strncmp(base_json_text(only_observation(d), "valueSampledData.data"), "70 71 E", 7), 0);
    assert_int_equal(d->fhir.searches, 2);
    assert_int_equal(d->fhir.puts, 3);
    assert_true(metric(d, "FHIRResourceContention") == 1);
}

static void test_two_more_attempts_after_a_conflict(void **state)
{
    struct destination *d = *state;

    d->fhir.rules[0] = (struct fake_rule){"PUT", "/Observation/", 409, 3, 0};
    add(d, "d1", "70", "08:00:00");
    assert_int_equal(run_again(d), BASE_CONFLICT);
    assert_int_equal(d->fhir.refused, 3);
    assert_int_equal(d->fhir.searches, 3);
    assert_int_equal(run_again(d), BASE_OK);
    d->fhir.rules[0] = (struct fake_rule){"PUT", "/Observation/", 412, 2, 0};
    d->count = 0;
    add(d, "d1", "71", "08:00:00");
    assert_int_equal(run_batch(d), BASE_OK);
    assert_int_equal(counted(d, POD_UPDATED), 1);
}

static void test_an_observation_that_is_gone_is_made_anew(void **state)
{
    struct destination *d = *state;

    add(d, "d1", "70", "08:00:00");
    assert_int_equal(run_batch(d), BASE_OK);
    cJSON_Delete(cJSON_DetachItemViaPointer(d->fhir.resources, (cJSON *)only_observation(d)));
    add(d, "d1", "71", "08:00:05");
    assert_int_equal(run_again(d), BASE_NOT_FOUND);
    assert_int_equal(run_again(d), BASE_OK);
    assert_int_equal(counted(d, POD_CREATED), 2);
}

/* What is not changed stays to the byte. */
static void test_numbers_of_an_observation_stay_as_they_were_written(void **state)
{
    struct destination *d = *state;
    cJSON *observation;
    char *printed;

    add(d, "d1", "70", "08:00:00");
    assert_int_equal(run_batch(d), BASE_OK);
    observation = base_json_copy(only_observation(d));
    base_json_set(observation, "component",
                  fake_fhir_parse("[{\"code\":{\"text\":\"x\"},\"valueQuantity\":{\"value\":72.0,"
                                  "\"unit\":\"a\"}},{\"valueQuantity\":{\"value\":1.50e2}}]"));
    base_json_set(base_json_at(observation, "valueSampledData.origin"), "value",
                  cJSON_CreateRaw("0.00"));
    fake_fhir_store(&d->fhir, observation);
    for (int i = 0; i < 2; i++) { /* as read, and as known */
        add(d, "d1", i ? "71" : "72", "08:00:00");
        assert_int_equal(run_batch(d), BASE_OK);
        printed = base_json_print(only_observation(d));
        assert_non_null(strstr(printed, "{\"value\":72.0,\"unit\":\"a\"}"));
        assert_non_null(strstr(printed, "{\"value\":1.50e2}"));
        assert_non_null(strstr(printed, "\"origin\":{\"value\":0.00,"));
        free(printed);
    }
    assert_int_equal(d->fhir.searches, 2);
}

static void test_identities_are_asked_for_once(void **state)
{
    struct destination *d = *state;

    for (int i = 0; i < 3; i++) {
        add(d, "d1", "70", i ? "09:00:00" : "08:00:00");
        assert_int_equal(run_batch(d), BASE_OK);
    }
    assert_int_equal(occurrences(d->fhir.log.data, "GET Device d1"), 2); /* Lookup, then Create */
    assert_int_equal(occurrences(d->fhir.log.data, "GET Patient p-1"), 1);
}

static void test_ten_devices_at_the_same_time(void **state)
{
    struct destination *d = *state;
    char device[16];

    d->fhir.hold_until = 10;
    for (int i = 0; i < 40; i++) {
        (void)snprintf(device, sizeof device, "d%d", i % 20);
        add(d, device, "70", i < 20 ? "08:00:00" : "09:00:00");
    }
    assert_int_equal(run_batch(d), BASE_OK);
    assert_int_equal(d->fhir.most, 10);
    assert_int_equal(counted(d, POD_CREATED), 40);
}

/* Types of one device are groups of their own; the second is not begun before the first is saved. */
static void test_groups_of_one_device_keep_their_order(void **state)
{
    struct destination *d = *state;
    const char *at;
    struct base_buf mapping = {0};

    base_buf_puts(&mapping, "{\"templateType\":\"CollectionFhir\",\"template\":[");
    for (int i = 0; i < 8; i++)
        base_buf_printf(&mapping,
                        "%s{\"templateType\":\"CodeValueFhir\",\"template\":{\"codes\":[{\"code\":"
                        "\"c\"}],\"periodInterval\":60,\"typeName\":\"t%d\",\"value\":{"
                        "\"defaultPeriod\":5000,\"valueName\":\"hr\",\"valueType\":\"SampledData\"}"
                        "}}",
                        i ? "," : "", i);
    base_buf_puts(&mapping, "]}");
    (void)fake_put(&d->cloud, "/template/mapping.json", mapping.data);
    base_buf_release(&mapping);
    for (int i = 0; i < 8; i++) {
        char type[4];
        const char *body;
        (void)snprintf(type, sizeof type, "t%d", i);
        body = body_of(d, type, "d1", "1", "2024-03-05T08:00:00Z");
        (void)add_body(d, body, strlen(body));
    }
    assert_int_equal(run_batch(d), BASE_OK);
    assert_int_equal(d->fhir.most, 1);
    at = d->fhir.log.data;
    for (int i = 0; i < 8; i++) {
        char text[8];
        (void)snprintf(text, sizeof text, ".t%d.", i);
        at = strstr(at, text);
        assert_non_null(at);
    }
}

static void test_retry_after_is_waited_for_in_the_clocks_time(void **state)
{
    struct destination *d = *state;

    d->fhir.rules[0] = (struct fake_rule){NULL, NULL, 429, 1, 30};
    add(d, "d1", "70", "08:00:00");
    assert_int_equal(run_batch(d), BASE_OK);
    assert_int_equal(d->fhir.refused, 1);
    assert_true(d->fhir.answered_ms - d->fhir.refused_ms >= 30000);
    d->fhir.rules[0] = (struct fake_rule){NULL, NULL, 429, 1, 300};
    add(d, "d2", "70", "08:00:00");
    add(d, "d3", "70", "08:00:00");
    assert_int_equal(run_batch(d), BASE_THROTTLED); /* so long a wait is the batch's */
    assert_int_equal(d->err.retry_after_s, 300);
    assert_int_equal(counted(d, POD_CREATED), 2);
}

/* A group that the service refuses does not hold up the others; all that failed are told, once. */
static void test_a_refused_group_blocks_and_lets_the_others_through(void **state)
{
    static const struct {
        int status, tries;
        enum base_status expected;
        int poisoned; /* by the first try; trouble that looks like the service's is told when it comes again */
    } rows[] = {{400, 1, BASE_INVALID, 2},     {404, 1, BASE_NOT_FOUND, 2},
                {409, 1, BASE_CONFLICT, 2},    {500, 1, BASE_UNAVAILABLE, 0},
                {503, 4, BASE_UNAVAILABLE, 0}, {403, 1, BASE_DENIED, 0}};
    struct destination *d = *state;
    char device[3][16];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        long long poisoned = counted(d, POD_POISONED), created = counted(d, POD_CREATED);
        int refused = d->fhir.refused;
        for (int k = 0; k < 3; k++) {
            (void)snprintf(device[k], sizeof device[k], "d%zu-%c", i, "abc"[k]);
            add(d, device[k], "70", "08:00:00");
        }
        for (int k = 0; k < 2; k++) /* the first and the last cannot be made */
            d->fhir.rules[k] = (struct fake_rule){
                "PUT", base_arena_printf(&d->arena, "\"value\":\"%s\"", device[2 * k]),
                rows[i].status, -1, 0};
        assert_int_equal(run_again(d), rows[i].expected);
        assert_int_equal(d->part, POD_PART_FHIR);
        assert_int_equal(counted(d, POD_CREATED) - created, 1);
        assert_int_equal(d->fhir.refused - refused >= rows[i].tries ? 1 : 0, 1);
        assert_non_null(strstr(d->err.message, "(and 1 more)"));
        assert_int_equal(counted(d, POD_POISONED) - poisoned, rows[i].poisoned);
        for (int k = 0; k < 2; k++)
            assert_int_equal(run_again(d), rows[i].expected);
        assert_int_equal(counted(d, POD_POISONED) - poisoned, 2);
        d->fhir.rules[0].times = d->fhir.rules[1].times = 0;
        assert_int_equal(run_batch(d), BASE_OK);
        assert_int_equal(counted(d, POD_CREATED) - created, 3);
    }
}

static void test_a_service_that_is_away_is_not_asked_for_every_group(void **state)
{
    struct destination *d = *state;
    char device[16];

    for (int i = 0; i < 200; i++) {
        (void)snprintf(device, sizeof device, "d%d", i);
        add(d, device, "70", "08:00:00");
    }
    d->fhir.rules[0] = (struct fake_rule){NULL, NULL, 403, -1, 0};
    assert_int_equal(run_again(d), BASE_DENIED);
    assert_in_range(d->fhir.refused, 20, 30);
    assert_non_null(strstr(d->err.message, "the rest was not tried"));
    assert_int_equal(counted(d, POD_POISONED), 0);
    d->fhir.rules[0].times = 0;
    assert_int_equal(run_batch(d), BASE_OK);
    assert_int_equal(counted(d, POD_CREATED), 200);
}

static void store(struct destination *d, const char *text)
{
    fake_fhir_store(&d->fhir, fake_fhir_parse(text));
}

static void test_handled_failures_are_seen_and_skipped(void **state)
{
    static const struct {
        enum dp_identity_mode mode;
        const char *resources[2], *exception;
    } rows[] = {
        {DP_IDENTITY_LOOKUP, {NULL}, "DeviceNotFoundException"},
        {DP_IDENTITY_LOOKUP,
         {"{\"resourceType\":\"Device\",\"id\":\"x\",\"identifier\":[{\"value\":\"d1\"}]}"},
         "PatientNotFoundException"},
        {DP_IDENTITY_LOOKUP,
         {"{\"resourceType\":\"Device\",\"id\":\"x\",\"identifier\":[{\"value\":\"d1\"}]}",
          "{\"resourceType\":\"Device\",\"id\":\"y\",\"identifier\":[{\"value\":\"d1\"}]}"},
         "MultipleResourceFoundException"},
        {DP_IDENTITY_LOOKUP_WITH_ENCOUNTER,
         {"{\"resourceType\":\"Device\",\"id\":\"x\",\"identifier\":[{\"value\":\"d1\"}],"
          "\"patient\":{\"reference\":\"Patient/1\"}}"},
         "EncounterIdentityNotDefinedException"},
        {DP_IDENTITY_CREATE,
         {"{\"resourceType\":\"Device\",\"id\":\"x\",\"identifier\":[{\"value\":\"d1\"}],"
          "\"patient\":{\"reference\":\"http://elsewhere/Patient/1\"}}"},
         "PatientDeviceMismatchException"},
        {DP_IDENTITY_LOOKUP,
         {"{\"resourceType\":\"Device\",\"id\":\"x\",\"identifier\":[{\"value\":\"d1\"}],"
          "\"patient\":{\"reference\":\"Patient/1\"}}",
          "{\"resourceType\":\"Observation\",\"id\":\"o\",\"status\":\"final\",\"identifier\":[{"
          "\"system\":\"https://azure.microsoft.com/en-us/services/iomt-fhir-connector/\","
          "\"value\":\"1.x.heartrate.20240305080000Z.20240305085959Z\"}],"
          "\"effectiveDateTime\":\"2024-03-05T08:00:00Z\",\"valueString\":\"x\"}"},
         "NotSupportedException"},
    };
    struct destination *d = *state;
    char line[160];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cJSON_Delete(d->fhir.resources);
        d->fhir.resources = cJSON_CreateArray();
        pod_cache_drop(d->shared.identities, "d1");
        for (size_t k = 0; k < 2 && rows[i].resources[k]; k++)
            store(d, rows[i].resources[k]);
        d->pod.settings.identity.mode = rows[i].mode;
        add(d, "d1", "70", "08:00:00");
        assert_int_equal(run_batch(d), BASE_OK);
        assert_int_equal(counted(d, POD_POISONED), i + 1);
        (void)snprintf(line, sizeof line, "name=\"%s\"", rows[i].exception);
        if (!(metric(d, line) == 1))
            fail_msg("no metric %s", line);
    }
    assert_int_equal(d->fhir.puts, 0);
}

static void test_a_device_that_nobody_knows_does_not_stop_the_others(void **state)
{
    struct destination *d = *state;

    d->pod.settings.identity.mode = DP_IDENTITY_LOOKUP;
    store(d, "{\"resourceType\":\"Device\",\"id\":\"x\",\"identifier\":[{\"value\":\"d2\"}],"
             "\"patient\":{\"reference\":\"Patient/1\"}}");
    add(d, "d1", "70", "08:00:00");
    add(d, "d2", "71", "08:00:00");
    assert_int_equal(run_batch(d), BASE_OK);
    assert_int_equal(counted(d, POD_POISONED), 1);
    assert_int_equal(counted(d, POD_CREATED), 1);
    assert_string_equal(base_json_text(only_observation(d), "subject.reference"), "Patient/1");
}

/* Once for a mapping: with another one it may be another failure, or none. */
static void test_an_unmapped_type_holds_the_batch_and_not_its_neighbours(void **state)
{
    struct destination *d = *state;
    const char *body = body_of(d, "weight", "d1", "78", "2024-03-05T08:00:00Z");

    (void)add_body(d, body, strlen(body));
    add(d, "d1", "70", "08:00:00");
    for (int i = 0; i < 3; i++) {
        if (i == 2)
            (void)fake_put(&d->cloud, "/template/mapping.json", FAKE_FHIR_MAPPING " ");
        assert_int_not_equal(run_again(d), BASE_OK);
        assert_string_equal(d->err.code, "FhirDataMappingException");
        assert_int_equal(d->part, POD_PART_TEMPLATES);
        assert_int_equal(counted(d, POD_CREATED), 1);
        assert_int_equal(counted(d, POD_POISONED), i == 2 ? 2 : 1);
    }
}

/* Periods of a group stand each for itself. */
static void test_a_part_that_fails_leaves_the_others_of_its_group(void **state)
{
    struct destination *d = *state;

    store(d, "{\"resourceType\":\"Device\",\"id\":\"x\",\"identifier\":[{\"value\":\"d1\"}],"
             "\"patient\":{\"reference\":\"Patient/1\"}}");
    store(d, "{\"resourceType\":\"Observation\",\"id\":\"o\",\"status\":\"final\",\"identifier\":[{"
             "\"system\":\"https://azure.microsoft.com/en-us/services/iomt-fhir-connector/\","
             "\"value\":\"1.x.heartrate.20240305080000Z.20240305085959Z\"}],"
             "\"effectiveDateTime\":\"2024-03-05T08:00:00Z\",\"valueString\":\"x\"}");
    add(d, "d1", "70", "08:00:00");
    add(d, "d1", "71", "09:00:00");
    add(d, "d1", "72", "10:00:00");
    assert_int_equal(run_batch(d), BASE_OK);
    assert_int_equal(counted(d, POD_CREATED), 2);
    assert_int_equal(counted(d, POD_POISONED), 1);
}

static void test_messages_that_are_none_are_seen_and_skipped(void **state)
{
    static const char *const bodies[] = {
        "",
        "not json",
        "[]",
        "null",
        "{}",
        "{\"Type\":\"heartrate\"}",
        "\"text\"",
        "{\"Type\":\"heartrate\",\"DeviceId\":\"d\",\"OccurrenceTimeUtc\":\"soon\"}",
        "{\"Type\":\"heartrate\",\"DeviceId\":\"d\",\"OccurrenceTimeUtc\":\"2024-03-05T08:00:00Z\","
        "\"Properties\":{}}",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["};
    struct destination *d = *state;
    size_t count = sizeof bodies / sizeof *bodies;

    for (size_t i = 0; i < count; i++)
        (void)add_body(d, bodies[i], strlen(bodies[i]));
    add(d, "d1", "70", "08:00:00");
    mark_group(d, add_body(d, "{}", 2), false);
    mark_group(d, add_body(d, "no gzip", 7), true);
    d->fhir.rules[0] = (struct fake_rule){"PUT", "/Observation/", 500, 1, 0};
    assert_int_equal(run_again(d), BASE_UNAVAILABLE);
    assert_int_equal(counted(d, POD_POISONED), count + 2);
    assert_int_equal(run_again(d), BASE_OK); /* not told again */
    assert_int_equal(counted(d, POD_POISONED), count + 2);
    assert_int_equal(counted(d, POD_CREATED), 1);
    assert_int_equal(counted(d, POD_MEASUREMENTS), 1);
    assert_true(metric(d, "name=\"MeasurementProcessingException\"") == (double)count);
    assert_true(metric(d, "name=\"MeasurementGroupProcessingException\"") == 2);
}

/* Of the same instant the plain messages leave one value; a group that comes as one message is a batch of its own. */
static void test_compressed_groups_are_saved_after_the_plain_ones(void **state)
{
    struct destination *d = *state;
    pod_group_writer_t *writer = pod_group_writer_new();
    const struct az_event_data *data;
    struct dp_property property = {"hr", "75"};
    struct dp_measurement measurement = {.type = "heartrate",
                                         .device_id = "d1",
                                         .patient_id = "p-1",
                                         .properties = &property,
                                         .property_count = 1};

    assert_true(dp_date_parse("2024-03-05T08:00:00Z", &measurement.occurrence));
    assert_true(pod_group_writer_add(writer, &measurement));
    measurement.device_id = "d2";
    assert_true(pod_group_writer_add(writer, &measurement));
    data = pod_group_writer_finish(writer);
    mark_group(d, add_body(d, data->body, data->body_len), true);
    add(d, "d1", "70", "08:00:00");
    add(d, "d1", "71", "08:00:05");
    assert_int_equal(run_batch(d), BASE_OK);
    assert_int_equal(counted(d, POD_MEASUREMENTS), 4);
    assert_int_equal(counted(d, POD_CREATED), 2);
    assert_int_equal(counted(d, POD_UPDATED), 1);
    assert_int_equal(counted(d, POD_POISONED), 0);
    pod_group_writer_free(writer);
}

static void test_a_canceled_client_ends_the_batch(void **state)
{
    struct destination *d = *state;
    char device[16];

    for (int i = 0; i < 100; i++) {
        (void)snprintf(device, sizeof device, "d%d", i);
        add(d, device, "70", "08:00:00");
    }
    d->fhir.cancel_after_put = d->pod.http;
    assert_int_equal(run_batch(d), BASE_CANCELED);
    assert_true(counted(d, POD_CREATED) < 20);
    assert_int_equal(counted(d, POD_POISONED), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, destination_open, destination_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_observation_is_looked_for_once_an_hour),
        TEST(test_what_was_found_is_known_too),
        TEST(test_a_conflict_is_merged_with_the_other_writers_work),
        TEST(test_two_more_attempts_after_a_conflict),
        TEST(test_an_observation_that_is_gone_is_made_anew),
        TEST(test_numbers_of_an_observation_stay_as_they_were_written),
        TEST(test_identities_are_asked_for_once),
        TEST(test_ten_devices_at_the_same_time),
        TEST(test_groups_of_one_device_keep_their_order),
        TEST(test_retry_after_is_waited_for_in_the_clocks_time),
        TEST(test_a_refused_group_blocks_and_lets_the_others_through),
        TEST(test_a_service_that_is_away_is_not_asked_for_every_group),
        TEST(test_handled_failures_are_seen_and_skipped),
        TEST(test_a_device_that_nobody_knows_does_not_stop_the_others),
        TEST(test_an_unmapped_type_holds_the_batch_and_not_its_neighbours),
        TEST(test_a_part_that_fails_leaves_the_others_of_its_group),
        TEST(test_messages_that_are_none_are_seen_and_skipped),
        TEST(test_compressed_groups_are_saved_after_the_plain_ones),
        TEST(test_a_canceled_client_ends_the_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
