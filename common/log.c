/* Decides the shape of a log line. */
#include "common/log.h"
#include "common/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static struct {
    const char *program;
    const struct base_clock *clock;
    enum base_log_level least;
} setup = {.program = "?", .least = BASE_LOG_INFO};

void base_log_setup(const char *program, const struct base_clock *clock, enum base_log_level least)
{
    setup.program = program;
    setup.clock = clock;
    setup.least = least;
}

bool base_log_level_parse(const char *word, enum base_log_level *out)
{
    for (size_t i = 0; i < sizeof level_names / sizeof *level_names; i++) {
        if (strcmp(word, level_names[i]) == 0) {
            *out = (enum base_log_level)i;
            return true;
        }
    }
    return false;
}

void base_log(enum base_log_level level, const char *room, const char *correlation, const char *fmt,
              ...)
{
    struct base_clock wall;
    struct base_buf text = {0}, line = {0};
    char time[BASE_TIME_TEXT];
    va_list args;

    if (level < setup.least)
        return;
    base_clock_init(&wall);
    base_time_iso(base_clock_ms(setup.clock ? setup.clock : &wall), time);
    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    cJSON *event = cJSON_CreateObject();
    base_json_set_text(event, "time", time);
    base_json_set_text(event, "level", level_names[level]);
    base_json_set_text(event, "program", setup.program);
    base_json_set_text(event, "room", room);
    base_json_set_text(event, "correlationId", correlation);
    base_json_set_text(event, "message", text.data);
    base_json_append(&line, event);
    base_buf_putc(&line, '\n');
    (void)!write(STDERR_FILENO, line.data, line.len); /* one write: lines of threads do not mix */
    cJSON_Delete(event);
    base_buf_release(&line);
    base_buf_release(&text);
}
