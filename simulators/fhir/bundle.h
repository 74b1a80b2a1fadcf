/* fhir/bundle.h: a batch or transaction on its way. Source: HL7 FHIR R4 http.html#transaction; facts
 * fhir.md §1. */
#ifndef FHIR_BUNDLE_H
#define FHIR_BUNDLE_H

#include "simulators/fhir/call.h"

#define FHIR_ENTRIES_MAX 500

struct fhir_entry {
    const cJSON *entry;
    const char *method, *url, *full_url; /* NULL when absent */
    cJSON *resource;                     /* NULL when absent */
    struct base_headers headers;         /* If-Match, If-None-Exist, ... */
    const char *target;                  /* "Patient/1": what it will be about; NULL: not known */
    const char *assigned_id;             /* of a create */
    struct fhir_answer answer;
};

struct fhir_bundle {
    struct fhir_call *call;
    bool transaction;
    struct fhir_entry *entries;
    size_t count;
};

/* bundle_entry.c: one entry as an interaction of its own; fills entry->answer. */
void fhir_entry_run(struct fhir_bundle *bundle, struct fhir_entry *entry);
/* The part of the response bundle that tells of it. */
cJSON *fhir_entry_response(struct fhir_bundle *bundle, const struct fhir_entry *entry);
/* Path and query of the entry's url, below the service's base. */
void fhir_entry_url(const struct fhir_bundle *bundle, const struct fhir_entry *entry,
                    const char **path, const char **query);

/* transaction.c: gives every entry its target and rewrites references between entries, inside an
 * open transaction. False: refused. */
bool fhir_transaction_prepare(struct fhir_bundle *bundle);

#endif
