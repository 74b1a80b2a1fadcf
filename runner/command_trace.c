/* Decides how the trace of a cloud is shown. */
#include "runner/commands.h"
#include "runner/mask.h"
#include "runner/world.h"

#include "common/options.h"
#include "common/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLLOW_MS 300 /* real */

static struct {
    const char *state_dir, *caller, *service, *format;
    bool follow, bodies, calls;
} set = {.format = "text"};

static const struct base_option options[] = {
    {"state-dir", BASE_OPTION_TEXT, &set.state_dir, "IOMT_STATE_DIR", "DIR",
     "the cloud's state folder", 0, 0},
    {"caller", BASE_OPTION_TEXT, &set.caller, NULL, "GLOBS",
     "only exchanges of these callers (\"rp,masterclient\")", 0, 0},
    {"service", BASE_OPTION_TEXT, &set.service, NULL, "GLOB",
     "only exchanges with this service (\"arm\", \"keyvault\")", 0, 0},
    {"bodies", BASE_OPTION_FLAG, &set.bodies, NULL, NULL,
     "show requests and answers, secrets masked", 0, 0},
    {"follow", BASE_OPTION_FLAG, &set.follow, NULL, NULL, "go on as exchanges come, until SIGINT",
     0, 0},
    {"format", BASE_OPTION_TEXT, &set.format, NULL, "WORD",
     "text, json, calls (ids and times masked, repeated polls folded: to compare runs), or names "
     "(what fault rules match)",
     0, 0},
};
static const struct base_program program = {
    .name = "iomt trace",
    .summary = "shows every exchange of a cloud: caller, time, request, answer",
    .usage = "[options]",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .more = "It asks the cloud that is up in the state folder, or reads what a cloud left there.",
};

/* Does `text` fit one of the comma-separated globs? NULL: everything fits. */
static bool fits(const char *globs, const char *text)
{
    char glob[128];

    if (!globs)
        return true;
    while (text && *globs) {
        size_t len = strcspn(globs, ",");
        snprintf(glob, sizeof glob, "%.*s", (int)len, globs);
        if (base_glob_nocase(glob, text))
            return true;
        globs += len + (globs[len] == ',');
    }
    return false;
}

static bool wanted(const cJSON *event)
{
    return fits(set.caller, base_json_text(event, "caller")) &&
           fits(set.service, base_json_text(event, "service"));
}

static void print_text(const cJSON *event)
{
    const char *request = base_json_text(event, "request"),
               *answer = base_json_text(event, "answer");

    const char *call = base_json_text(event, "call"), *fault = base_json_text(event, "fault");

    printf("%6.0f %.12s %-12.12s %-9.9s %3.0f %6.0f ms  %-28s %-7s %s\n",
           base_json_number(event, "seq", 0), base_json_text(event, "time") + 11,
           base_json_text(event, "caller"), base_json_text(event, "service"),
           base_json_number(event, "status", 0), base_json_number(event, "tookMs", 0),
           call ? call : "-", base_json_text(event, "method"), base_json_text(event, "url"));
    if (fault)
        printf("         ! struck by the fault %s\n", fault);
    if (set.bodies && request)
        printf("         > %s\n", request);
    if (set.bodies && answer)
        printf("         < %s\n", answer);
}

static void print_json(const cJSON *event)
{
    char *text = base_json_print(event);
    printf("%s\n", text);
    free(text);
}

/* ---- calls: what differs from run to run is masked ---- */

static void print_call(const cJSON *event)
{
    static char *last;
    struct base_buf line = {0};
    const char *url = base_json_text(event, "url");
    const char *operations = strstr(url, "/operationresults/");
    char *cut = operations
                    ? base_strndup(url, (size_t)(operations - url) + strlen("/operationresults/"))
                    : base_strdup(url);

    base_buf_printf(&line, "%s %s %.0f ", base_json_text(event, "service"),
                    base_json_text(event, "method"), base_json_number(event, "status", 0));
    run_mask_ids(cut, &line);
    free(cut);
    if (!last || strcmp(last, line.data)) /* a poll that was repeated counts once */
        printf("%s\n", line.data);
    free(last);
    last = base_buf_take(&line);
}

/* What fault rules match, in the order of the exchanges. */
static void print_names(const cJSON *event)
{
    const char *call = base_json_text(event, "call"), *fault = base_json_text(event, "fault");

    if (call)
        printf("%-9s %-12s %3.0f %s%s%s\n", base_json_text(event, "service"),
               base_json_text(event, "caller"), base_json_number(event, "status", 0), call,
               fault ? " ! " : "", fault ? fault : "");
}

static const struct {
    const char *word;
    void (*print)(const cJSON *event);
} formats[] = {
    {"text", print_text}, {"json", print_json}, {"calls", print_call}, {"names", print_names}};

static int64_t print_page(const cJSON *events, void (*print)(const cJSON *event), int64_t after)
{
    for (const cJSON *event = events ? events->child : NULL; event; event = event->next) {
        after = (int64_t)base_json_number(event, "seq", (double)after);
        if (wanted(event))
            print(event);
    }
    fflush(stdout);
    return after;
}

static int show(struct run_world *world, void (*print)(const cJSON *event), struct base_error *err)
{
    int64_t after = 0, before;

    do {
        char *path = base_asprintf("/_sim/trace?after=%lld", (long long)after);
        cJSON *page = NULL;
        enum base_status status = run_control(world, "GET", path, NULL, &page, err);
        free(path);
        if (status != BASE_OK)
            return base_usage_exit(program.name, err);
        before = after;
        after = print_page(base_json_at(page, "value"), print, after);
        cJSON_Delete(page);
    } while (after != before || (set.follow && !base_stop_wait(FOLLOW_MS)));
    return 0;
}

/* A cloud that is down left its trace in a file. */
static int show_file(void (*print)(const cJSON *event))
{
    char *path = base_asprintf("%s/azsim/trace.ndjson", set.state_dir), *line = NULL;
    FILE *file = fopen(path, "re");
    size_t size = 0;
    ssize_t len;

    free(path);
    if (!file)
        return -1;
    while ((len = getline(&line, &size, file)) > 0) {
        cJSON *event = base_json_parse(line, (size_t)len, NULL);
        if (event && wanted(event))
            print(event);
        cJSON_Delete(event);
    }
    free(line);
    fclose(file);
    return 0;
}

int run_command_trace(int argc, char **argv)
{
    struct base_error err = {0};
    struct run_world world;
    void (*print)(const cJSON *event) = NULL;
    bool done;

    set.state_dir = run_default_state_dir();
    if (base_options_parse(&program, argc, argv, NULL, &done, &err) != BASE_OK)
        return base_usage_exit(program.name, &err);
    if (done)
        return 0;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (!strcmp(set.format, formats[i].word))
            print = formats[i].print;
    if (!print) {
        base_error_set(&err, BASE_INVALID, NULL,
                       "--format is \"%s\"; expected text, json, calls or names", set.format);
        return base_usage_exit(program.name, &err);
    }
    if (run_world_open(&world, set.state_dir, &err) != BASE_OK)
        return base_usage_exit(program.name, &err);
    cJSON *health = NULL;
    int code = 0;
    if (run_control(&world, "GET", "/_sim/health", NULL, &health, NULL) == BASE_OK)
        code = show(&world, print, &err);
    else if (show_file(print) < 0)
        code = base_usage_exit(
            program.name,
            (base_error_set(&err, BASE_NOT_FOUND, NULL,
                            "no cloud is up in %s, and none left a trace there", set.state_dir),
             &err));
    cJSON_Delete(health);
    run_world_close(&world);
    return code;
}
