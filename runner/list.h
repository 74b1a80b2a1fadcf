/* runner/list.h: what `iomt run --list` shows of scenarios without running them. */
#ifndef RUNNER_LIST_H
#define RUNNER_LIST_H

#include "runner/scenario.h"

#include <stdio.h>

/* One line a scenario: level, name, title. */
void run_list_scenarios(FILE *out, struct run_scenario *const *scenarios, size_t count);

/* One line a requirement: its id and the scenarios that name it under `requirements:`. Ids of docs/requirements.md that none names are
 * shown too, when that file lies in a folder at or above the first scenario's. */
void run_list_requirements(FILE *out, struct run_scenario *const *scenarios, size_t count);

#endif
