/* runner/swagger.h: holds an exchange against healthcare-apis.json, the description of Gen 2's API (VER-04). */
#ifndef RUNNER_SWAGGER_H
#define RUNNER_SWAGGER_H

#include "common/json.h"

/* The document; loaded once, never freed. Any thread. */
const cJSON *run_swagger(void);

/* `url` absolute, `request` the body as sent (NULL: none), `answer` {status, headers, body}. True when it fits, and for every URL that the
 * description does not know (another api-version, another provider). A request is held against it when it was accepted. False + sentence
 * with the place. */
BASE_MUST_USE bool run_swagger_fits(const char *method, const char *url, const char *request,
                                    const cJSON *answer, char *sentence, size_t size);

#endif
