/* reference/dataplane/date.h: instants as .NET keeps them, and the texts that become dates.
 *
 * Rules: facts/iomt-dataplane.md §1.2 (sniffing), §2.7 (rendering), §2.8 (general parsing). The process time zone is UTC,
 * so a local date and a UTC date with the same ticks are the same instant. Pure functions. */
#ifndef REFERENCE_DATAPLANE_DATE_H
#define REFERENCE_DATAPLANE_DATE_H

#include "common/error.h"

#include <stdint.h>

enum dp_date_kind {
    DP_DATE_UNSPECIFIED, /* no zone in the text; means UTC */
    DP_DATE_UTC,         /* "Z" */
    DP_DATE_LOCAL,       /* had an offset; converted */
};

struct dp_date {
    int64_t ticks; /* 100 ns since 0001-01-01T00:00:00, in UTC */
    enum dp_date_kind kind;
};

#define DP_TICKS_SECOND INT64_C(10000000)
#define DP_TICKS_MS INT64_C(10000)
#define DP_TICKS_HOUR (3600 * DP_TICKS_SECOND)
#define DP_TICKS_DAY (24 * DP_TICKS_HOUR)
#define DP_TICKS_UNIX INT64_C(621355968000000000) /* 1970-01-01 */
#define DP_TICKS_MAX INT64_C(3155378975999999999) /* 9999-12-31T23:59:59.9999999 */

/* The shape a JSON string must have to be read as a date: ISO with seconds and 'T', or "/Date(ms)/". */
bool dp_date_sniff(const char *text, size_t len, struct dp_date *out);
/* What general date parsing accepts: ISO with or without seconds, blank for 'T', date only, MM/dd/yyyy, RFC 1123,
 * month names, AM/PM, any count of fraction digits (rounded to 100 ns). */
bool dp_date_parse(const char *text, struct dp_date *out);

#define DP_DATE_TEXT 40
/* 2024-03-05T08:15:30.25Z; fraction without trailing zeros; zone as of kind: Z, +00:00, nothing. */
void dp_date_iso(struct dp_date date, char out[DP_DATE_TEXT]);
/* 2024-03-05T08:15:30.2500000Z; always UTC, always seven digits. */
void dp_date_fhir(int64_t ticks, char out[DP_DATE_TEXT]);
/* 03/05/2024 08:15:30; what a date becomes as a value. */
void dp_date_us(struct dp_date date, char out[DP_DATE_TEXT]);
/* 20240305081530Z; the segment of an Observation's identifier. */
void dp_date_compact(int64_t ticks, char out[DP_DATE_TEXT]);

struct dp_date dp_date_from_ms(int64_t epoch_ms); /* UTC; outside years 1 to 9999: the nearest */
int64_t dp_date_to_ms(struct dp_date date);
/* False when the parts name no instant (month 13, 30 February, year 0). */
bool dp_date_of_parts(int year, int month, int day, int64_t *ticks);

#endif
