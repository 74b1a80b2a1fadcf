/* reference/pods/run.h: the whole life of a pod program. */
#ifndef REFERENCE_PODS_RUN_H
#define REFERENCE_PODS_RUN_H

#include "reference/pods/settings.h"

/* Returns the exit code: 0 after SIGTERM, --help; 2 for bad settings (one sentence on stderr). From main only. */
int pod_run(enum pod_kind kind, int argc, char **argv);

#endif
