/* Decides which processes are measured, and how. */
#include "tests/bench/end_to_end.h"

#include "common/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name, *command; /* command: a child of azsim, as the kernel cuts it off */
} processes[BENCH_PROCESSES] = {
    [BENCH_SENDER] = {"sender", NULL},
    [BENCH_AZSIM] = {"azsim", NULL},
    [BENCH_RP] = {"iomt-rp", NULL},
    [BENCH_NORMALIZE] = {"iomt-normalization", "iomt-normalizat"},
    [BENCH_SAVE] = {"iomt-destination", "iomt-destinatio"},
};

/* A file of /proc: they have no size. */
static bool read_proc(pid_t pid, const char *file, struct base_buf *out)
{
    char path[64], chunk[4096];
    size_t got;

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    FILE *stream = fopen(path, "re");
    if (!stream)
        return false;
    base_buf_clear(out);
    while ((got = fread(chunk, 1, sizeof chunk, stream)) > 0)
        base_buf_append(out, chunk, got);
    fclose(stream);
    return out->len > 0;
}

const char *bench_process_name(enum bench_process which)
{
    return processes[which].name;
}

/* "123 (iomt-rp) S 1 ...": what stands between the brackets, and the fields after them. */
static const char *fields_of(const struct base_buf *stat, char name[32])
{
    const char *open = strchr(stat->data, '('), *close = strrchr(stat->data, ')');

    if (!open || !close)
        return NULL;
    snprintf(name, 32, "%.*s", (int)(close - open - 1), open + 1);
    return close + 2;
}

static int port_of(pid_t pid, struct base_buf *text)
{
    static const char word[] = "HEALTH_PORT=";

    if (!read_proc(pid, "environ", text))
        return 0;
    for (size_t at = 0; at < text->len; at += strlen(text->data + at) + 1)
        if (!strncmp(text->data + at, word, sizeof word - 1))
            return atoi(text->data + at + sizeof word - 1);
    return 0;
}

static void look_at(struct bench_watch *watch, pid_t pid, struct base_buf *text)
{
    char name[32];
    const char *fields = read_proc(pid, "stat", text) ? fields_of(text, name) : NULL;
    int parent = 0;

    if (!fields || sscanf(fields, "%*c %d", &parent) != 1 || parent != watch->pids[BENCH_AZSIM])
        return;
    for (int i = 0; i < BENCH_PROCESSES; i++)
        if (processes[i].command && !strcmp(processes[i].command, name)) {
            watch->pids[i] = pid;
            watch->ports[i] = port_of(pid, text);
        }
}

enum base_status bench_watch_open(struct bench_watch *watch, const struct run_cloud *cloud,
                                  struct base_error *err)
{
    struct base_buf text = {0};
    DIR *all = opendir("/proc");

    *watch = (struct bench_watch){.http = cloud->world.plain};
    watch->pids[BENCH_SENDER] = getpid();
    watch->pids[BENCH_AZSIM] = cloud->azsim;
    watch->pids[BENCH_RP] = cloud->rp;
    for (struct dirent *entry; all && (entry = readdir(all));)
        if (atoi(entry->d_name) > 0)
            look_at(watch, atoi(entry->d_name), &text);
    if (all)
        closedir(all);
    base_buf_release(&text);
    for (int i = 0; i < BENCH_PROCESSES; i++)
        if (!watch->pids[i])
            return base_error_set(err, BASE_NOT_FOUND, NULL, "%s does not run", processes[i].name);
    return BASE_OK;
}

static long kilobytes(const struct base_buf *status, const char *word)
{
    const char *at = strstr(status->data, word);

    return at ? atol(at + strlen(word)) : 0;
}

bool bench_usage_read(const struct bench_watch *watch, enum bench_process which,
                      struct bench_usage *out)
{
    struct base_buf text = {0};
    char name[32];
    unsigned long user = 0, system = 0;
    const char *fields =
        read_proc(watch->pids[which], "stat", &text) ? fields_of(&text, name) : NULL;
    bool there = fields && sscanf(fields, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                                  &user, &system) == 2;

    if (there && read_proc(watch->pids[which], "status", &text))
        *out = (struct bench_usage){(double)(user + system) / (double)sysconf(_SC_CLK_TCK),
                                    kilobytes(&text, "VmRSS:"), kilobytes(&text, "VmHWM:")};
    base_buf_release(&text);
    return there;
}

/* The sum of all lines "name{...} value". */
static long long sum_of(const char *text, const char *name)
{
    size_t len = strlen(name);
    long long sum = 0;

    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!strncmp(line, name, len) && line[len] == '{')
            sum += atoll(line + strcspn(line, " \n"));
    }
    return sum;
}

long long bench_counter(const struct bench_watch *watch, enum bench_process which, const char *name)
{
    char url[64];
    struct base_http_call call = {.method = "GET", .url = url, .timeout_ms = 5000};
    struct base_http_answer answer = {0};
    long long sum = -1;

    snprintf(url, sizeof url, "http://127.0.0.1:%d/metrics", watch->ports[which]);
    if (base_http_send(watch->http, &call, &answer, NULL) == BASE_OK && answer.status == 200)
        sum = sum_of(answer.body.data, name);
    base_http_answer_release(&answer);
    return sum;
}
