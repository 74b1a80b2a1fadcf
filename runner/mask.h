/* runner/mask.h: what differs from run to run is taken out of a text, so that two runs can be compared. */
#ifndef RUNNER_MASK_H
#define RUNNER_MASK_H

#include "common/text.h"

/* Appends `text`; words of 8 and more hex digits and dashes (ids, hashes, derived names) become #. */
void run_mask_ids(const char *text, struct base_buf *out);

#endif
