/* Prints how fast the mapping engine is on one core, in one run, each figure as a rate and as a ratio to cJSON's parse + print of the same
 * bytes. A figure is the best of several rounds: other work on the machine can only make one slower. Not a test. */
#include "reference/dataplane/device_mapping.h"
#include "reference/dataplane/fhir_mapping.h"
#include "reference/dataplane/group.h"
#include "reference/dataplane/observation.h"
#include "reference/dataplane/reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

#define ROUNDS 9
#define BATCH 2000

static const char event[] =
    "{\"heartrate\":78,\"deviceid\":\"device-1\",\"measurementdatetime\":\"2020-12-01T08:00:00Z\"}";

#define TEMPLATE(name)                                                                             \
    "{\"templateType\":\"JsonPathContent\",\"template\":{\"typeName\":\"" name                     \
    "\",\"typeMatchExpression\":\"$..[?(@" name ")]\",\"deviceIdExpression\":\"$.deviceid\","      \
    "\"timestampExpression\":\"$.measurementdatetime\",\"values\":[{\"required\":\"true\","        \
    "\"valueExpression\":\"$." name "\",\"valueName\":\"hr\"}]}}"
#define COLLECTION(templates)                                                                      \
    "{\"templateType\":\"CollectionContent\",\"template\":[" templates "]}"

static const char seed_mapping[] = COLLECTION(TEMPLATE("heartrate"));
static const char five_mapping[] = COLLECTION(TEMPLATE("steps") "," TEMPLATE("weight") "," TEMPLATE(
    "spo2") "," TEMPLATE("glucose") "," TEMPLATE("heartrate"));
static const char jmes_mapping[] =
    COLLECTION("{\"templateType\":\"CalculatedContent\",\"template\":{\"typeName\":\"heartrate\","
               "\"defaultExpressionLanguage\":\"JmesPath\","
               "\"typeMatchExpression\":\"[Body][?contains(keys(@), "
               "'heartrate')]\",\"deviceIdExpression\":\"matchedToken.deviceid\","
               "\"timestampExpression\":\"matchedToken.measurementdatetime\",\"values\":[{"
               "\"required\":true,\"valueExpression\":"
               "\"multiply(matchedToken.heartrate, `2`)\",\"valueName\":\"hr\"}]}}");
static const char fhir_mapping[] =
    "{\"templateType\":\"CollectionFhirTemplate\",\"template\":[{\"templateType\":"
    "\"CodeValueFhir\",\"template\":{\"codes\":[{\"code\":"
    "\"8867-4\",\"system\":\"http://loinc.org\",\"display\":\"Heart "
    "rate\"}],\"periodInterval\":60,\"typeName\":\"heartrate\",\"value\":{"
    "\"defaultPeriod\":5000,\"unit\":\"count/"
    "min\",\"valueName\":\"hr\",\"valueType\":\"SampledData\"}}}]}";

struct work {
    dp_device_mapping_t *mapping;
    dp_fhir_mapping_t *fhir;
    struct base_arena arena;
    struct base_buf out;
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void cjson(struct work *work)
{
    (void)work;
    for (int i = 0; i < BATCH; i++) {
        cJSON *node = cJSON_Parse(event);
        free(cJSON_PrintUnformatted(node));
        cJSON_Delete(node);
    }
}

static void cjson_parse(struct work *work)
{
    (void)work;
    for (int i = 0; i < BATCH; i++)
        cJSON_Delete(cJSON_Parse(event));
}

static void parse(struct work *work)
{
    for (int i = 0; i < BATCH; i++) {
        struct base_error err = {0};
        struct dp_token *token;
        base_arena_reset(&work->arena);
        BUG_ON(dp_envelope_make(&work->arena, event, sizeof event - 1, NULL, NULL, &token, &err) !=
               BASE_OK);
    }
}

static struct dp_measurement *map_one(struct work *work, struct dp_measurements *list)
{
    struct base_error err = {0};
    struct dp_token *token;

    if (dp_envelope_make(&work->arena, event, sizeof event - 1, NULL, NULL, &token, &err) !=
            BASE_OK ||
        dp_device_mapping_evaluate(work->mapping, token, &work->arena, list, &err) != BASE_OK ||
        !list->count)
        BUG("the event does not map: %s", err.message);
    return &list->items[list->count - 1];
}

static void map(struct work *work)
{
    for (int i = 0; i < BATCH; i++) {
        struct dp_measurements list = {0};
        base_arena_reset(&work->arena);
        (void)map_one(work, &list);
    }
}

static void map_and_write(struct work *work)
{
    for (int i = 0; i < BATCH; i++) {
        struct dp_measurements list = {0};
        base_arena_reset(&work->arena);
        base_buf_clear(&work->out);
        dp_measurement_write(&work->out, map_one(work, &list));
    }
}

/* One hour of one device, a value every 5 s, as often as it goes into the batch. */
static void observe(struct work *work)
{
    static const struct dp_ids ids = {"p", "d", NULL};
    const struct dp_fhir_template *template = dp_fhir_mapping_at(work->fhir, 0);

    for (int done = 0; done < BATCH; done += 500) {
        struct dp_measurements list = {0};
        struct dp_observation_groups parts;
        struct dp_groups groups;
        struct base_error err = {0};
        base_arena_reset(&work->arena);
        for (int i = 0; i < 500; i++)
            map_one(work, &list)->occurrence = dp_date_from_ms(1606809600000 + i * 5000);
        dp_group_measurements(&work->arena, &list, &groups);
        BUG_ON(dp_group_by_period(&work->arena, &groups.items[0], template, &parts, &err) !=
               BASE_OK);
        cJSON *observation = dp_observation_create(template, &parts.items[0], &ids, 0, &err);
        BUG_ON(!observation);
        cJSON_Delete(observation);
    }
}

/* Events a second over a tenth of a second. */
static double rate(void (*run)(struct work *), struct work *work)
{
    double started = now_s();
    int batches = 0;

    do {
        run(work);
        batches++;
    } while (now_s() - started < 0.1);
    return batches * BATCH / (now_s() - started);
}

static dp_device_mapping_t *load(const char *text)
{
    struct dp_mapping_errors errors = {0};
    dp_device_mapping_t *mapping = dp_device_mapping_load(text, strlen(text), &errors);

    if (!mapping)
        BUG("a mapping does not load: %s", errors.count ? errors.items[0].message : "?");
    dp_mapping_errors_release(&errors);
    return mapping;
}

static const struct {
    const char *what, *mapping;
    void (*run)(struct work *);
} rows[] = {
    {"cJSON: parse + print (baseline)", NULL, cjson},
    {"cJSON: parse", NULL, cjson_parse},
    {"ours: parse into an envelope", NULL, parse},
    {"seed mapping: event to measurement", seed_mapping, map},
    {"seed mapping: event to normalized message", seed_mapping, map_and_write},
    {"five templates: event to normalized message", five_mapping, map_and_write},
    {"JMESPath: event to normalized message", jmes_mapping, map_and_write},
    {"seed mapping: event to SampledData Observation", seed_mapping, observe},
};

#define ROWS (sizeof rows / sizeof *rows)

/* The first "model name" of /proc/cpuinfo, or the kind of machine. */
static void print_processor(const struct utsname *machine)
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[256];
    bool found = false;

    while (file && !found && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        found = strncmp(line, "model name", 10) == 0 && colon;
        if (found)
            printf("%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
    }
    if (!found)
        printf("%s", machine->machine);
    if (file)
        (void)fclose(file);
}

static void describe_machine(void)
{
    struct utsname machine;

    uname(&machine);
    print_processor(&machine);
    printf(", %ld cores; %s %s; " COMPILER ", build type %s\n", sysconf(_SC_NPROCESSORS_ONLN),
           machine.sysname, machine.release, BUILD_TYPE);
}

int main(void)
{
    struct dp_mapping_errors errors = {0};
    struct work work = {.fhir = dp_fhir_mapping_load(fhir_mapping, strlen(fhir_mapping), &errors)};
    dp_device_mapping_t *mappings[ROWS];
    double best[ROWS] = {0};

    describe_machine();
    printf("one core; %zu bytes an event; best of %d rounds\n", sizeof event - 1, ROUNDS);
    base_arena_init(&work.arena);
    for (size_t i = 0; i < ROWS; i++)
        mappings[i] = rows[i].mapping ? load(rows[i].mapping) : NULL;
    for (int round = 0; round < ROUNDS;
         round++) /* all rows in each round: they share its weather */
        for (size_t i = 0; i < ROWS; i++) {
            work.mapping = mappings[i];
            best[i] = fmax(best[i], rate(rows[i].run, &work));
        }
    for (size_t i = 0; i < ROWS; i++) {
        printf("%-48s %10.0f events/s  %5.2f of the baseline\n", rows[i].what, best[i],
               best[i] / best[0]);
        dp_device_mapping_free(mappings[i]);
    }
    dp_fhir_mapping_free(work.fhir);
    base_arena_release(&work.arena);
    base_buf_release(&work.out);
    return 0;
}
