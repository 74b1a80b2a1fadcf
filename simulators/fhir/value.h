/* fhir/value.h: dates, decimals and texts as the search index compares them. Source: HL7 FHIR R4
 * search.html; Microsoft's server where it differs (facts fhir.md §0.1). */
#ifndef FHIR_VALUE_H
#define FHIR_VALUE_H

#include "common/mem.h"

#define FHIR_TICKS_IN_MS 10000 /* 100 ns */

/* The first and the last tick (100 ns since 1970 UTC) that a date, dateTime or instant of any
 * precision covers. Time without zone counts as UTC; seven digits of a fraction count, more are an
 * error. False: not a date. */
bool fhir_date_range(const char *text, int64_t *low, int64_t *high);

/* A decimal: its value, and the half-open interval of values that round to it by its significant
 * digits (both ends as doubles). False: not a decimal, or too large for one of 96 bits. */
bool fhir_decimal_range(const char *text, double *value, double *low, double *high);

/* Case and accents folded away, for comparing texts. */
char *fhir_fold(struct base_arena *arena, const char *text);

#endif
