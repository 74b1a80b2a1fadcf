/* reference/rp/api/faults.h: everything that is wrong with a request, each with code, sentence and target. */
#ifndef REFERENCE_RP_API_FAULTS_H
#define REFERENCE_RP_API_FAULTS_H

#include "common/json.h"

struct rp_faults { /* zero-initialise; release */
    cJSON *list;   /* array of {code, message, target, details?} */
    int status;    /* HTTP status of the answer: the first fault's */
};
void rp_faults_release(struct rp_faults *faults);
bool rp_faults_any(const struct rp_faults *faults);

/* Adds one, answered with 400. Returns it (borrowed), so that details can be added. */
cJSON *rp_fault(struct rp_faults *faults, const char *code, const char *target, const char *fmt,
                ...) BASE_PRINTF(4, 5);
/* The same with a status of its own, which counts when it is the first fault. */
cJSON *rp_fault_status(struct rp_faults *faults, int status, const char *code, const char *target,
                       const char *fmt, ...) BASE_PRINTF(5, 6);
/* Adds {code, message, target} below a fault. */
void rp_fault_detail(cJSON *fault, const char *code, const char *target, const char *message);
/* The error body {"error":{...}}: one fault stands alone; several stand in details, the first one's target on top. */
cJSON *rp_faults_body(const struct rp_faults *faults) BASE_MUST_USE;

#endif
