/* runner/report.h: views of a run's event stream. */
#ifndef RUNNER_REPORT_H
#define RUNNER_REPORT_H

#include "runner/run.h"

#include <stdio.h>

enum run_format { RUN_TAP, RUN_STORY, RUN_NDJSON };
/* "tap" "story" "ndjson"; false on another word. */
bool run_format_parse(const char *word, enum run_format *out);

struct run_report { /* one run's views */
    enum run_format format;
    FILE *out;
    int points;   /* TAP: numbers given so far */
    cJSON *junit; /* collected cases; NULL: not wanted */
    const char *junit_path;
};
/* A run_sink (context: the report). */
void run_report_event(void *report, const cJSON *event);
/* Writes the JUnit file, if wanted. Fails: BASE_IO, BASE_DENIED. */
BASE_MUST_USE enum base_status run_report_finish(struct run_report *report, struct base_error *err);

#endif
