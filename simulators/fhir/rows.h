/* fhir/rows.h: what the search index holds of a resource: one row a value. Source: HL7 FHIR R4
 * search.html, "search parameter types". */
#ifndef FHIR_ROWS_H
#define FHIR_ROWS_H

#include "common/mem.h"

enum fhir_row_kind { FHIR_TOKEN, FHIR_STRING, FHIR_DATE, FHIR_QUANTITY, FHIR_REFERENCE };

/* Texts are never NULL; what a kind does not use is empty or zero.
 *   token      a code, b system (also uri: a)
 *   string     a folded text (case and accents), b the text
 *   date       low, high: 100 ns ticks since 1970, both inclusive
 *   quantity   number, a code, b system
 *   reference  a id or URL, b type ("" when not known), c base URL ("" when local) */
struct fhir_row {
    enum fhir_row_kind kind;
    int param; /* number in the table of parameters */
    int part;  /* 0: the resource itself, n: its n-th component */
    const char *a, *b, *c;
    int64_t low, high;
    double number;
};

struct fhir_rows { /* in an arena */
    struct fhir_row *items;
    size_t count, cap;
};

/* Is there an equal row? */
bool fhir_rows_hold(const struct fhir_rows *rows, const struct fhir_row *row);

#endif
