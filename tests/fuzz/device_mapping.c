/* Fuzzes the loader of device mappings: a mapping or errors in words, the same each time; what loads maps an event without breaking. */
#include "loader.h"

#include "reference/dataplane/device_mapping.h"

static const char event[] =
    "{\"heartrate\":78,\"spo2\":97.5,\"deviceid\":\"d1\",\"unit\":\"ox-7\",\"at\":\"2024-03-05T08:"
    "15:30.25Z\","
    "\"measurementdatetime\":\"2020-12-01T08:00:00Z\",\"list\":[1,2,{\"v\":null}],\"on\":true}";
static const char properties[] = "{\"iothub-creation-time-utc\":\"2024-03-05T08:15:30Z\"}";
static const char system_properties[] =
    "{\"iothub-connection-device-id\":\"d1\",\"x-opt-sequence-number\":4}";

static dp_device_mapping_t *load(const uint8_t *data, size_t size, struct dp_mapping_errors *errors)
{
    char *copy = fuzz_exact(data, size);
    dp_device_mapping_t *mapping = dp_device_mapping_load(copy, size, errors);

    free(copy);
    fuzz_check_errors(mapping != NULL, errors);
    return mapping;
}

static struct dp_token *read_object(struct base_arena *arena, const char *text)
{
    struct base_error err = {0};
    struct dp_token *token = dp_read(arena, text, strlen(text), DP_READ_DATES_TEXT, &err);

    FUZZ_CHECK(token, "%s", err.message);
    return token;
}

static void map(const dp_device_mapping_t *mapping, struct base_buf *out)
{
    struct base_arena arena;
    struct base_error err = {0};
    struct dp_measurements list = {0};
    struct dp_token *envelope = NULL;

    base_arena_init(&arena);
    FUZZ_CHECK(dp_envelope_make(&arena, event, sizeof event - 1, read_object(&arena, properties),
                                read_object(&arena, system_properties), &envelope, &err) == BASE_OK,
               "%s", err.message);
    if (dp_device_mapping_evaluate(mapping, envelope, &arena, &list, &err) != BASE_OK) {
        fuzz_error(&err);
        base_buf_puts(out, err.code);
    }
    for (size_t i = 0; i < list.count; i++)
        dp_measurement_write(out, &list.items[i]);
    base_arena_release(&arena);
}

/* Recursive descent within recursive descent may cost all the work that an event is allowed; seconds here, of no interest. */
static bool is_cheap(const uint8_t *data, size_t size)
{
    size_t descents = 0;

    for (size_t i = 1; i < size; i++)
        descents += data[i] == '.' && data[i - 1] == '.';
    return descents <= 6;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dp_mapping_errors first = {0}, second = {0};
    struct base_buf once = {0}, twice = {0};
    dp_device_mapping_t *mapping = load(data, size, &first), *again = load(data, size, &second);

    fuzz_same_errors(&first, &second);
    if (mapping && again) {
        FUZZ_CHECK(dp_device_mapping_count(mapping) == dp_device_mapping_count(again),
                   "another count of templates");
        if (is_cheap(data, size)) {
            map(mapping, &once);
            map(again, &twice);
            FUZZ_CHECK(once.len == twice.len &&
                           (!once.len || memcmp(once.data, twice.data, once.len) == 0),
                       "first %s, then %s", once.data, twice.data);
        }
    }
    base_buf_release(&once);
    base_buf_release(&twice);
    dp_device_mapping_free(mapping);
    dp_device_mapping_free(again);
    dp_mapping_errors_release(&first);
    dp_mapping_errors_release(&second);
    return 0;
}
