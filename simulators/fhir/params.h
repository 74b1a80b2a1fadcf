/* fhir/params.h: the search parameters. Source: HL7 FHIR 4.0.1 SearchParameters of Device, Encounter,
 * Observation and Patient, and those of every resource. */
#ifndef FHIR_PARAMS_H
#define FHIR_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fhir_param_kind {
    FHIR_P_TOKEN,
    FHIR_P_STRING,
    FHIR_P_DATE,
    FHIR_P_QUANTITY,
    FHIR_P_REFERENCE,
    FHIR_P_URI,
    FHIR_P_COMPOSITE,
    FHIR_P_ID,      /* _id: a column of the resource */
    FHIR_P_UPDATED, /* _lastUpdated: the sequence number */
};

/* What is indexed, or how others make up a parameter:
 *   path      elements from the resource down, "name.family"; several with ','; "telecom[system=x]"
 *             keeps the items of that kind; below "component" each item is a part of its own
 *   of        "code,component-code": the parameter is the union of these (or, composite: the pair
 *             that must stand in the same part)
 *   system    of codes that carry none
 *   targets   "Patient|Group": types a reference may point to; with `of`, only these count
 *   shared    the definition is one for several types: it may be used for all of them at once
 *   quick     few resources have the same value: a search starts with it */
struct fhir_param {
    const char *type; /* NULL: every type */
    const char *name;
    enum fhir_param_kind kind;
    const char *path, *of, *system, *targets;
    bool shared;
    int quick; /* 0 .. 3, larger is more selective */
};

extern const struct fhir_param fhir_params[];
extern const int fhir_param_count;

/* The parameter's number in the index is its place in the table; -1 when the type has none. */
int fhir_param_find(const char *type, const char *name);
/* Changes with the table: an index made by another one is made anew. */
int64_t fhir_params_fingerprint(void);

#endif
