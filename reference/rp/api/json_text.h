/* reference/rp/api/json_text.h: JSON texts that every reader reads alike. Pure functions, any thread; nothing is kept. */
#ifndef REFERENCE_RP_API_JSON_TEXT_H
#define REFERENCE_RP_API_JSON_TEXT_H

#include "common/json.h"

/* How many bytes from the start are whole UTF-8 sequences: `len` when all are (RFC 3629). */
size_t rp_utf8_span(const char *text, size_t len);
/* Drops, in place, what is no whole sequence: a sentence may have been cut inside a character. */
void rp_utf8_keep_whole(char *text);
/* Characters of a UTF-8 text: limits are told in characters, not bytes. */
size_t rp_utf8_length(const char *text);
/* False + a sentence when the text is not UTF-8, or one of its texts holds U+0000, where C would end it. */
bool rp_json_text_good(const char *text, size_t len, char *sentence, size_t size);
/* False + a sentence when an object, at any depth, names a member twice (RFC 8259 leaves open which counts). */
bool rp_json_members_once(const cJSON *node, char *sentence, size_t size);

#endif
