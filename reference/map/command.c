/* Decides what `map` does with its arguments. */
#include "reference/map/command.h"

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
    const char *device_path, *format;
    bool body, explain, json;
    struct base_list rest;
    dp_device_mapping_t *device;
    struct base_buf out; /* what is not printed yet */
    bool failed;         /* something was told that makes the exit code 1 */
    struct base_error *err;
};

static enum base_status check(struct map_job *job);
static enum base_status load_device(struct map_job *job);
static enum base_status run_events(struct map_job *job, const char *path);

static enum base_status run(struct map_job *job)
{
    enum base_status status = check(job);

    if (status == BASE_OK)
        status = load_device(job);
    if (status != BASE_OK || job->failed)
        return status;
    if (job->rest.count == 0 && !job->json)
        base_buf_printf(&job->out, "%s loads: %zu templates\n", job->device_path,
                        dp_device_mapping_count(job->device));
    return job->rest.count ? run_events(job, job->rest.items[0]) : BASE_OK;
}

static void flush(struct map_job *job)
{
    if (job->out.len)
        (void)fwrite(job->out.data, 1, job->out.len, stdout);
    base_buf_clear(&job->out);
}

int map_command(int argc, char **argv)
{
    struct base_error err = {0};
    struct map_job job = {.name = argv[0], .format = "text", .err = &err};
    const struct base_option table[] = {
        {"device-mapping", BASE_OPTION_TEXT, &job.device_path, NULL, "FILE",
         "device mapping: events become measurements", 0, 0},
        {"body", BASE_OPTION_FLAG, &job.body, NULL, NULL,
         "each line of EVENTS is a body alone, not {\"Body\":...}", 0, 0},
        {"explain", BASE_OPTION_FLAG, &job.explain, NULL, NULL,
         "for an event without a measurement: how far each template got", 0, 0},
        {"format", BASE_OPTION_TEXT, &job.format, NULL, "FORMAT", "text or json", 0, 0},
    };
    const struct base_program program = {
        argv[0],
        "mappings tried without any cloud",
        "--device-mapping FILE [EVENTS.ndjson|-] [options]",
        table,
        sizeof table / sizeof *table,
        "Exit code 1: a mapping does not load, or an event fails."};
    bool done = false;
    int code = 0;

    if (base_options_parse(&program, argc, argv, &job.rest, &done, &err) == BASE_OK && !done)
        base_ignore(run(&job));
    flush(&job);
    code = job.failed ? 1 : 0;
    if (err.status != BASE_OK)
        code = base_usage_exit(argv[0], &err);
    dp_device_mapping_free(job.device);
    base_buf_release(&job.out);
    free(job.rest.items);
    return code;
}

static enum base_status check(struct map_job *job)
{
    job->json = base_equal(job->format, "json");
    if (!job->json && !base_equal(job->format, "text"))
        return base_error_set(job->err, BASE_INVALID, NULL,
                              "--format must be text or json, found %s", job->format);
    if (!job->device_path)
        return base_error_set(job->err, BASE_INVALID, NULL,
                              "--device-mapping is missing (see %s --help)", job->name);
    if (job->rest.count > 1)
        return base_error_set(job->err, BASE_INVALID, NULL,
                              "one file of events at a time, found also \"%s\"",
                              job->rest.items[1]);
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

static enum base_status load_device(struct map_job *job)
{
    struct dp_mapping_errors errors = {0};
    struct base_buf text = {0};
    enum base_status status = map_read_all(job->device_path, &text, job->err);

    if (status == BASE_OK) {
        job->device = dp_device_mapping_load(text.len ? text.data : "", text.len, &errors);
        if (!job->device)
            tell_load(job, job->device_path, &errors);
    }
    dp_mapping_errors_release(&errors);
    base_buf_release(&text);
    return status;
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
    if (!job->json) {
        map_event_text(job->device, &event, index, job->explain, arena, &job->out);
    } else {
        map_event_json(job->device, &event, index, job->explain, arena, &job->out);
        base_buf_putc(&job->out, '\n');
    }
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
    }
    map_lines_close(&lines);
    base_buf_release(&line);
    base_arena_release(&arena);
    return job->err->status;
}
