/* Decides what `map` does with its arguments. */
#include "reference/map/command.h"

#include "reference/map/batch.h"
#include "reference/map/device.h"
#include "reference/map/input.h"
#include "reference/map/text.h"

#include "common/options.h"
#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct map_job {
    const char *name; /* of the command */
    const char *device_path, *fhir_path, *measurements, *ids_text, *existing, *format;
    bool body, explain, json;
    struct base_list rest;
    dp_device_mapping_t *device;
    dp_fhir_mapping_t *fhir;
    struct map_ids ids;
    struct map_batch batch;
    struct map_warnings warnings;
    struct base_buf out; /* what is not printed yet */
    bool failed;         /* something was told that makes the exit code 1 */
    struct base_error *err;
};

static enum base_status check(struct map_job *job);
static enum base_status load(struct map_job *job);
static enum base_status run_events(struct map_job *job, const char *path);
static enum base_status run_batch(struct map_job *job);

static enum base_status run(struct map_job *job)
{
    enum base_status status = check(job);

    if (status == BASE_OK)
        status = load(job);
    if (status != BASE_OK || job->failed)
        return status;
    if (job->rest.count)
        status = run_events(job, job->rest.items[0]);
    if (status == BASE_OK && job->fhir)
        status = run_batch(job);
    return status;
}

static void flush(struct map_job *job)
{
    if (job->out.len)
        (void)fwrite(job->out.data, 1, job->out.len, stdout);
    base_buf_clear(&job->out);
}

static void release(struct map_job *job)
{
    dp_device_mapping_free(job->device);
    dp_fhir_mapping_free(job->fhir);
    map_batch_release(&job->batch);
    base_buf_release(&job->out);
    free(job->rest.items);
}

int map_command(int argc, char **argv)
{
    struct base_error err = {0};
    struct map_job job = {.name = argv[0], .format = "text", .err = &err};
    const struct base_option table[] = {
        {"device-mapping", BASE_OPTION_TEXT, &job.device_path, NULL, "FILE",
         "device mapping: events become measurements", 0, 0},
        {"fhir-mapping", BASE_OPTION_TEXT, &job.fhir_path, NULL, "FILE",
         "FHIR mapping: measurements become Observations", 0, 0},
        {"measurements", BASE_OPTION_TEXT, &job.measurements, NULL, "FILE|-",
         "normalized measurements, when there are no events", 0, 0},
        {"ids", BASE_OPTION_TEXT, &job.ids_text, NULL, "JSON",
         "ids on the FHIR server: {\"Patient\":\"p1\",\"Device\":\"d1\",\"Encounter\":\"e1\"}", 0,
         0},
        {"existing", BASE_OPTION_TEXT, &job.existing, NULL, "FILE",
         "Observation, or an array of them, that is there already", 0, 0},
        {"body", BASE_OPTION_FLAG, &job.body, NULL, NULL,
         "each line of EVENTS is a body alone, not {\"Body\":...}", 0, 0},
        {"explain", BASE_OPTION_FLAG, &job.explain, NULL, NULL,
         "for an event without a measurement: how far each template got", 0, 0},
        {"format", BASE_OPTION_TEXT, &job.format, NULL, "FORMAT", "text or json", 0, 0},
    };
    const struct base_program program = {
        argv[0],
        "mappings tried without any cloud",
        "--device-mapping FILE [--fhir-mapping FILE] [EVENTS.ndjson|-] [options]",
        table,
        sizeof table / sizeof *table,
        "EVENTS holds one event a line: {\"Body\":...,\"Properties\":{},\"SystemProperties\":{}};\n"
        "\"BodyText\":\"...\" stands for a body that is raw text, {\"@timestamp\":\"...\"} for an "
        "AMQP timestamp.\n"
        "Without --ids, a measurement's own DeviceId and PatientId stand in for resource ids.\n"
        "Exit code 1: a mapping does not load, or an event or a group fails; 2: wrong use."};
    bool done = false;
    int code = 0;

    if (base_options_parse(&program, argc, argv, &job.rest, &done, &err) == BASE_OK && !done)
        base_ignore(run(&job));
    flush(&job);
    code = job.failed ? 1 : 0;
    if (err.status != BASE_OK) {
        (void)fflush(stdout);
        code = base_usage_exit(argv[0], &err);
    }
    release(&job);
    return code;
}

static enum base_status check(struct map_job *job)
{
    bool events = job->rest.count > 0;
    const struct {
        bool wrong;
        const char *sentence;
    } rules[] = {
        {!job->device_path && !job->fhir_path, "--device-mapping or --fhir-mapping is needed"},
        {events && !job->device_path, "events need --device-mapping"},
        {job->measurements && job->device_path,
         "--measurements goes with --fhir-mapping alone; with --device-mapping the events make "
         "them"},
        {job->measurements && !job->fhir_path, "--measurements needs --fhir-mapping"},
        {job->ids_text && !job->fhir_path, "--ids needs --fhir-mapping"},
        {job->existing && !job->fhir_path, "--existing needs --fhir-mapping"},
        {(job->body || job->explain) && !job->device_path,
         "--body and --explain need --device-mapping"},
        {job->rest.count > 1, "one file of events at a time"},
    };

    job->json = base_equal(job->format, "json");
    if (!job->json && !base_equal(job->format, "text"))
        return base_error_set(job->err, BASE_INVALID, NULL,
                              "--format must be text or json, found %s", job->format);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].wrong)
            return base_error_set(job->err, BASE_INVALID, NULL, "%s (see %s --help)",
                                  rules[i].sentence, job->name);
    return BASE_OK;
}

static void tell_load(struct map_job *job, const char *path, const struct dp_mapping_errors *errors)
{
    job->failed = true;
    if (!job->json) {
        map_load_text(path, errors, &job->out);
        return;
    }
    map_load_json(errors, &job->out);
    base_buf_putc(&job->out, '\n');
}

static void tell_good(struct map_job *job, const char *path, size_t count)
{
    if (!job->json)
        base_buf_printf(&job->out, "%s loads: %zu template%s\n", path, count,
                        count == 1 ? "" : "s");
}

/* One mapping of either kind; what is wrong with it is told, not failed with. */
static enum base_status load_one(struct map_job *job, const char *path, bool device)
{
    struct dp_mapping_errors errors = {0};
    struct base_buf text = {0};
    enum base_status status = map_read_all(path, &text, job->err);
    const char *data = text.len ? text.data : "";

    if (status != BASE_OK)
        goto done;
    if (device)
        job->device = dp_device_mapping_load(data, text.len, &errors);
    else
        job->fhir = dp_fhir_mapping_load(data, text.len, &errors);
    if (errors.count > 0)
        tell_load(job, path, &errors);
    else
        tell_good(job, path,
                  device ? dp_device_mapping_count(job->device) : dp_fhir_mapping_count(job->fhir));
done:
    dp_mapping_errors_release(&errors);
    base_buf_release(&text);
    return status;
}

static void tell_warnings(struct map_job *job)
{
    map_cross_check(job->device, job->fhir, &job->batch.arena, &job->warnings);
    for (size_t i = 0; !job->json && i < job->warnings.count; i++)
        base_buf_printf(&job->out, "warning: %s\n", job->warnings.items[i]);
}

static enum base_status load(struct map_job *job)
{
    enum base_status status = BASE_OK;

    if (job->ids_text)
        status = map_ids_parse(&job->batch.arena, job->ids_text, &job->ids, job->err);
    if (status == BASE_OK && job->device_path)
        status = load_one(job, job->device_path, true);
    if (status == BASE_OK && job->fhir_path)
        status = load_one(job, job->fhir_path, false);
    if (status == BASE_OK && job->device && job->fhir)
        tell_warnings(job);
    return status;
}

static enum base_status run_batch(struct map_job *job)
{
    enum base_status status = BASE_OK;

    if (!job->measurements && !job->existing && !job->rest.count && !job->device)
        return BASE_OK; /* the mapping alone was asked about */
    if (job->existing)
        status = map_batch_existing(&job->batch, job->existing, job->err);
    if (status == BASE_OK && job->measurements)
        status = map_batch_read(&job->batch, job->measurements, job->err);
    if (status != BASE_OK)
        return status;
    map_batch_run(&job->batch, job->fhir, &job->ids);
    job->failed = job->failed || job->batch.failure_count > 0;
    if (!job->json) {
        map_batch_text(&job->batch, &job->out);
        return BASE_OK;
    }
    map_batch_json(&job->batch, job->device ? &job->warnings : NULL, &job->out);
    base_buf_putc(&job->out, '\n');
    return BASE_OK;
}

/* Measurements of events are made without the time at which they came in; the batch needs it to tell the later of two. */
static void keep_measurements(struct map_job *job, const struct map_event *event)
{
    const struct dp_token *system = dp_object_get(event->envelope, "SystemProperties");
    const struct dp_token *enqueued = system ? dp_object_get(system, "x-opt-enqueued-time") : NULL;

    for (size_t i = 0; i < event->list.count; i++) {
        struct dp_measurement copy = event->list.items[i];
        copy.has_ingestion = enqueued && enqueued->type == DP_DATE;
        if (copy.has_ingestion)
            copy.ingestion = enqueued->date;
        map_batch_add(&job->batch, &copy);
    }
}

static enum base_status run_event(struct map_job *job, const struct base_buf *line, size_t index,
                                  struct base_arena *arena, struct base_error *cause)
{
    struct map_event event;
    enum base_status status =
        map_event_run(job->device, line->data, line->len, job->body, arena, &event, cause);

    if (status != BASE_OK)
        return status;
    job->failed = job->failed || event.fault.stage;
    job->warnings.unmeasured += !event.fault.stage && event.list.count == 0;
    if (!job->json) {
        map_event_text(job->device, &event, index, job->explain, arena, &job->out);
    } else {
        map_event_json(job->device, &event, index, job->explain, arena, &job->out);
        base_buf_putc(&job->out, '\n');
    }
    if (job->fhir && event.list.count > 0)
        keep_measurements(job, &event);
    flush(job);
    return BASE_OK;
}

static enum base_status run_events(struct map_job *job, const char *path)
{
    struct map_lines lines = {0};
    struct base_buf line = {0};
    struct base_arena arena;
    struct base_error cause = {0};
    enum base_status status = map_lines_open(&lines, path, job->err);

    base_arena_init(&arena);
    for (size_t i = 0; status == BASE_OK && map_lines_next(&lines, &line, job->err); i++) {
        status = run_event(job, &line, i, &arena, &cause);
        if (status != BASE_OK)
            base_ignore(base_error_set(job->err, BASE_INVALID, NULL, "%s:%zu:%s", lines.path,
                                       lines.number, cause.message));
        base_arena_reset(&arena);
        if (lines.live)
            (void)fflush(stdout);
    }
    map_lines_close(&lines);
    base_buf_release(&line);
    base_arena_release(&arena);
    return job->err->status;
}
