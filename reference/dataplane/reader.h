/* reference/dataplane/reader.h: the lenient JSON reader of the connector's engine (facts/iomt-dataplane.md §1.2).
 *
 * Beyond JSON it takes comments, single quotes, unquoted names, trailing commas, NaN, Infinity, undefined, hex and octal
 * integers, ".5" and constructors. Strings that look like ISO date-times become dates. Duplicate members: the last value
 * wins. Pure; allocates from the caller's arena only; depth is bounded by DP_DEPTH_MAX. */
#ifndef REFERENCE_DATAPLANE_READER_H
#define REFERENCE_DATAPLANE_READER_H

#include "reference/dataplane/token.h"

#define DP_DEPTH_MAX 64

enum dp_read_flags {
    DP_READ_BODY = 0,       /* only the first value is read; what follows is ignored */
    DP_READ_WHOLE = 1,      /* anything but blanks and comments after the value is an error */
    DP_READ_DATES_TEXT = 2, /* no date sniffing: all strings stay strings */
};

/* Reads one value. An empty text gives DP_NULL. Fails with BASE_INVALID, code "JsonReaderException", and a sentence with line
 * and position. NULL on failure. */
BASE_MUST_USE struct dp_token *dp_read(struct base_arena *arena, const void *text, size_t len,
                                       unsigned flags, struct base_error *err);

#endif
