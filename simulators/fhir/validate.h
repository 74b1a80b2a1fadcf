/* fhir/validate.h: checking a resource against its structure. Two levels: the default refuses what
 * Microsoft's service refuses; strict (setting "fhir-validation") what HL7 forbids as well. Source:
 * facts fhir.md §3, HL7 FHIR R4 json.html, datatypes.html. */
#ifndef FHIR_VALIDATE_H
#define FHIR_VALIDATE_H

#include "simulators/fhir/call.h"

#define FHIR_ISSUES_MAX 20

struct fhir_check {
    struct fhir_call *call;
    const cJSON *root; /* the resource */
    cJSON *outcome;    /* issues so far */
    bool strict;
    size_t issues;
};

struct fhir_path { /* where a value stands: written out only when something is wrong there */
    const struct fhir_path *above; /* NULL: the resource */
    const char *name;
    int index; /* of an item of an array; -1: none */
};

/* Adds an error at `path`. The strict form only at that level. */
void fhir_issue(struct fhir_check *check, const char *code, const struct fhir_path *path,
                const char *fmt, ...) BASE_PRINTF(4, 5);
void fhir_issue_strict(struct fhir_check *check, const char *code, const struct fhir_path *path,
                       const char *fmt, ...) BASE_PRINTF(4, 5);

/* primitive.c: a value of a primitive type; `type` "code", "dateTime", ... False when `type` is no
 * primitive. */
bool fhir_is_primitive(const char *type);
void fhir_check_primitive(struct fhir_check *check, const char *type, const cJSON *value,
                          const struct fhir_path *path);
bool fhir_id_ok(const char *id); /* [A-Za-z0-9\-\.]{1,64} */

/* narrative.c: why an XHTML text is refused; NULL: it is fine. */
const char *fhir_narrative_fault(const char *div);

/* invariant.c: the rules that a structure table cannot say, for an object of a type; strict. */
void fhir_check_invariants(struct fhir_check *check, const char *type, const cJSON *object,
                           const struct fhir_path *path);

#endif
