/* Decides how a run is told: TAP 14 for machines, a story for people, NDJSON for everything else, JUnit for CI. */
#include "runner/report.h"

#include "common/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *text_of(const cJSON *event, const char *name)
{
    const char *text = base_json_text(event, name);
    return text ? text : "";
}

static void indent(FILE *out, const char *prefix, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        fprintf(out, "%s%.*s\n", prefix, (int)len, text);
        text += len + (text[len] == '\n');
    }
}

static void show_answer(FILE *out, const char *prefix, const cJSON *event)
{
    const cJSON *answer = base_json_at(event, "answer");
    char *text = answer ? base_json_print(answer) : NULL;

    if (text)
        fprintf(out, "%sthe last answer: %.1500s%s\n", prefix, text,
                strlen(text) > 1500 ? "…" : "");
    free(text);
}

/* ---- TAP 14 ---- */

static void tap(struct run_report *report, const cJSON *event)
{
    const char *kind = text_of(event, "event"), *result = text_of(event, "result");

    if (!strcmp(kind, "run.start"))
        fprintf(report->out, "TAP version 14\n# seed %s, %s, clock x%g\n", text_of(event, "seed"),
                text_of(event, "mode"), base_json_number(event, "clockRate", 1));
    if (!strcmp(kind, "step.end")) {
        fprintf(report->out, "%sok %d - %s: %s%s%s # %.0f ms\n",
                !strcmp(result, "fail") ? "not " : "", ++report->points, text_of(event, "scenario"),
                text_of(event, "name"), !strcmp(result, "skip") ? " # SKIP " : "",
                text_of(event, "reason"), base_json_number(event, "tookMs", 0));
        indent(report->out, "  # ", text_of(event, "failure"));
        show_answer(report->out, "  # ", !strcmp(result, "fail") ? event : NULL);
    }
    if (!strcmp(kind, "scenario.end") && text_of(event, "failure")[0])
        fprintf(report->out, "not ok %d - %s # %s\n", ++report->points, text_of(event, "scenario"),
                text_of(event, "failure"));
    if (!strcmp(kind, "note"))
        fprintf(report->out, "# %s: %s\n", text_of(event, "scenario"), text_of(event, "text"));
    if (!strcmp(kind, "run.end"))
        fprintf(report->out, "1..%d\n%.0f passed, %.0f failed, %.0f skipped\n", report->points,
                base_json_number(event, "passed", 0), base_json_number(event, "failed", 0),
                base_json_number(event, "skipped", 0));
}

/* ---- a story ---- */

static void story(struct run_report *report, const cJSON *event)
{
    const char *kind = text_of(event, "event"), *result = text_of(event, "result");
    bool terminal = isatty(fileno(report->out));

    if (!strcmp(kind, "scenario.start"))
        fprintf(report->out, "\n%s\n",
                text_of(event, "title")[0] ? text_of(event, "title") : text_of(event, "scenario"));
    if (!strcmp(kind, "step.start") && terminal)
        fprintf(report->out, "  … %s\r", text_of(event, "name"));
    if (!strcmp(kind, "step.wait"))
        fprintf(report->out, "      still waiting: %.100s (%.0f looks)\n", text_of(event, "name"),
                base_json_number(event, "tries", 0));
    if (!strcmp(kind, "step.end")) {
        const char *mark = !strcmp(result, "pass") ? "✓" : !strcmp(result, "skip") ? "-" : "✗";
        fprintf(report->out, "  %s %-68.68s %6.2f s\n", mark, text_of(event, "name"),
                base_json_number(event, "tookMs", 0) / 1000);
        indent(report->out, "      ", text_of(event, "failure"));
        show_answer(report->out, "      ", !strcmp(result, "fail") ? event : NULL);
    }
    if (!strcmp(kind, "note"))
        fprintf(report->out, "    %s\n", text_of(event, "text"));
    if (!strcmp(kind, "scenario.end"))
        fprintf(report->out, "  %s in %.2f s\n",
                !strcmp(result, "pass") ? "all held" : "it did not hold",
                base_json_number(event, "tookMs", 0) / 1000);
    if (!strcmp(kind, "run.end"))
        fprintf(report->out, "\n%.0f passed, %.0f failed, %.0f skipped\n",
                base_json_number(event, "passed", 0), base_json_number(event, "failed", 0),
                base_json_number(event, "skipped", 0));
}

static void ndjson(struct run_report *report, const cJSON *event)
{
    char *line = base_json_print(event);
    fprintf(report->out, "%s\n", line);
    free(line);
}

static const struct {
    const char *word;
    enum run_format format;
    void (*tell)(struct run_report *report, const cJSON *event);
} formats[] = {{"tap", RUN_TAP, tap}, {"story", RUN_STORY, story}, {"ndjson", RUN_NDJSON, ndjson}};

bool run_format_parse(const char *word, enum run_format *out)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (!strcmp(formats[i].word, word)) {
            *out = formats[i].format;
            return true;
        }
    }
    return false;
}

void run_report_event(void *context, const cJSON *event)
{
    struct run_report *report = context;

    formats[report->format].tell(report, event);
    fflush(report->out);
    if (report->junit && !strcmp(text_of(event, "event"), "step.end"))
        cJSON_AddItemToArray(report->junit, base_json_copy(event));
}

/* ---- JUnit ---- */

static void xml_escape(struct base_buf *out, const char *text)
{
    static const struct {
        char c;
        const char *entity;
    } entities[] = {{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}};

    for (; *text; text++) {
        const char *entity = NULL;
        for (size_t i = 0; i < 4; i++)
            if (entities[i].c == *text)
                entity = entities[i].entity;
        if (entity)
            base_buf_puts(out, entity);
        else if ((unsigned char)*text >= 0x20 || strchr("\t\n\r", *text))
            base_buf_putc(out, *text);
    }
}

static void junit_case(struct base_buf *out, const cJSON *event)
{
    const char *result = text_of(event, "result");

    base_buf_puts(out, "  <testcase classname=\"");
    xml_escape(out, text_of(event, "scenario"));
    base_buf_puts(out, "\" name=\"");
    xml_escape(out, text_of(event, "name"));
    base_buf_printf(out, "\" time=\"%.3f\">", base_json_number(event, "tookMs", 0) / 1000);
    if (!strcmp(result, "skip"))
        base_buf_puts(out, "<skipped/>");
    if (!strcmp(result, "fail")) {
        base_buf_puts(out, "<failure>");
        xml_escape(out, text_of(event, "failure"));
        base_buf_puts(out, "</failure>");
    }
    base_buf_puts(out, "</testcase>\n");
}

enum base_status run_report_finish(struct run_report *report, struct base_error *err)
{
    struct base_buf xml = {0};
    int failures = 0;

    if (!report->junit)
        return BASE_OK;
    for (const cJSON *event = report->junit->child; event; event = event->next)
        failures += !strcmp(text_of(event, "result"), "fail");
    base_buf_printf(&xml,
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"iomt\" "
                    "tests=\"%d\" failures=\"%d\">\n",
                    cJSON_GetArraySize(report->junit), failures);
    for (const cJSON *event = report->junit->child; event; event = event->next)
        junit_case(&xml, event);
    base_buf_puts(&xml, "</testsuite>\n");
    enum base_status status = base_file_write(report->junit_path, xml.data, xml.len, 0644, err);
    base_buf_release(&xml);
    cJSON_Delete(report->junit);
    report->junit = NULL;
    return status;
}
