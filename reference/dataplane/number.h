/* reference/dataplane/number.h: numbers as .NET 8 writes and reads them. Pure functions. */
#ifndef REFERENCE_DATAPLANE_NUMBER_H
#define REFERENCE_DATAPLANE_NUMBER_H

#include "common/error.h"

#include <stdint.h>

#define DP_NUMBER_TEXT 48
/* Shortest text that reads back as the same double; 80.0 -> "80", 1e21 -> "1E+21", 0.00001 -> "1E-05",
 * "NaN", "Infinity", "-Infinity", "-0". */
void dp_double_text(double value, char out[DP_NUMBER_TEXT]);

/* Decimal digits. Returns their count. */
size_t dp_long_text(int64_t value, char out[DP_NUMBER_TEXT]);

/* Invariant decimal: blanks around, leading or trailing sign, thousands commas, decimal point; no exponent; at most
 * 28 to 29 digits (96 bits). Writes the canonical text with its scale kept ("97.50"). */
bool dp_decimal_parse(const char *text, char out[DP_NUMBER_TEXT]);
/* A text made by dp_decimal_parse, as 100 ns ticks of milliseconds; false when it does not fit. */
bool dp_decimal_ticks(const char *decimal_ms, int64_t *ticks);

/* Whole text as number, blanks around allowed; false when it is none. */
bool dp_parse_double(const char *text, double *out);
/* The same with thousands commas: "1,234.5". */
bool dp_parse_double_grouped(const char *text, double *out);
bool dp_parse_long(const char *text, int64_t *out);

#endif
