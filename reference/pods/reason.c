/* Decides what of an error may be logged. */
#include "reference/pods/reason.h"

#include <stdio.h>
#include <string.h>

const char *pod_reason(const struct base_error *err, char out[400])
{
    static const char *const quoting[] = {"FormatException", "InvalidQuantityFhirValueException"};

    for (size_t i = 0; i < sizeof quoting / sizeof *quoting; i++)
        if (strcmp(err->code, quoting[i]) == 0) {
            (void)snprintf(out, 400, "%s: a value is not a number of the form that is needed",
                           err->code);
            return out;
        }
    (void)snprintf(out, 400, "%s%s%.300s", err->code, *err->code ? ": " : "", err->message);
    return out;
}
