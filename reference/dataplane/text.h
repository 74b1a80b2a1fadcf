/* reference/dataplane/text.h: text as the connector's runtime sees it: Unicode, compared by UTF-16 unit.
 *
 * Texts are UTF-8. A lone surrogate (legal in JSON escapes) is carried as its three-byte form. All functions are
 * pure and may be called on any thread. */
#ifndef REFERENCE_DATAPLANE_TEXT_H
#define REFERENCE_DATAPLANE_TEXT_H

#include "common/mem.h"

#define DP_REPLACEMENT 0xFFFDu

/* Takes one code point from *at (at < end) and moves *at past it. A bad byte gives DP_REPLACEMENT. */
uint32_t dp_utf8_next(const char **at, const char *end);
/* Appends one code point. */
void dp_utf8_put(struct base_buf *out, uint32_t code);

/* .NET's char.IsWhiteSpace. */
bool dp_is_blank(uint32_t code);
/* NULL, empty or white space only. */
bool dp_text_blank(const char *text);

/* Ordinal order of UTF-16 units: <0, 0, >0. */
int dp_text_compare(const char *a, size_t a_len, const char *b, size_t b_len);
/* OrdinalIgnoreCase: simple upper-case mapping of every character. */
bool dp_text_equal_nocase(const char *a, const char *b);
/* The same as an ASCII word, white space around the text aside. */
bool dp_text_is_word(const char *text, const char *word);
uint32_t dp_code_lower(uint32_t code); /* ToLowerInvariant of one character */
/* ToLowerInvariant; the copy lives in the arena. */
char *dp_text_lower(struct base_arena *arena, const char *text);

/* Bytes of a message -> UTF-8 in the arena: honours and drops a byte order mark (UTF-8, UTF-16, UTF-32), turns bad
 * sequences into U+FFFD. *out_len excludes the NUL. */
const char *dp_text_decode(struct base_arena *arena, const void *bytes, size_t len,
                           size_t *out_len);

#endif
