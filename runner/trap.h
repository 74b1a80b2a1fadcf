/* runner/trap.h: faults that are armed in the course of a case, and the traps among them: a program that is killed as soon as one
 * of its calls is held. */
#ifndef RUNNER_TRAP_H
#define RUNNER_TRAP_H

#include "runner/world.h"

typedef struct run_traps run_traps_t;

/* One set a case. Release with run_traps_free, which heals all that is armed. */
run_traps_t *run_traps_new(struct run_world *world) BASE_MUST_USE;
void run_traps_free(run_traps_t *traps);

/* Arms a rule of docs/faults.md (name, at, call, do, ...). `crash`: as soon as a call is held by it, the RP of this run's
 * cloud is killed (SIGKILL) and the call is dropped. `optional`: it need not fire. Fails: BASE_UNSUPPORTED (no
 * control API, or a crash of an RP that this run did not start), BASE_INVALID, BASE_CONFLICT (the name is armed), ... */
BASE_MUST_USE enum base_status run_trap_arm(run_traps_t *traps, const cJSON *rule, bool crash,
                                            bool optional, struct base_error *err);
/* Heals one (by name) or all (NULL). What fired is remembered. BASE_NOT_FOUND: not armed in this case. */
BASE_MUST_USE enum base_status run_trap_heal(run_traps_t *traps, const char *name,
                                             struct base_error *err);
/* How often it has struck (a crash: how often the program was killed) and matched. BASE_NOT_FOUND: not armed in this case. */
BASE_MUST_USE enum base_status run_trap_fired(run_traps_t *traps, const char *name, int *fired,
                                              int *matched, struct base_error *err);
/* Tells of each fault that was armed, never fired and should have; for the end of a case. */
void run_traps_vacuous(run_traps_t *traps, void (*tell)(void *context, const char *name),
                       void *context);

#endif
