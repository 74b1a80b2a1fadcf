/* simulators/arm/template/dotnet.h: texts of numbers and instants as .NET's invariant culture writes them. Private to the template
 * language. Each appends to `out` and returns false when the format is none that is known here. */
#ifndef SIMULATORS_ARM_TEMPLATE_DOTNET_H
#define SIMULATORS_ARM_TEMPLATE_DOTNET_H

#include "common/mem.h"

/* D, N, F, X, x, G, P, C, E, e with a precision, or a custom format of 0 # , . % 'text'. */
BASE_MUST_USE bool arm_dotnet_int(int64_t value, const char *format, struct base_buf *out);
BASE_MUST_USE bool arm_dotnet_double(double value, const char *format, struct base_buf *out);

/* An instant in UTC: standard formats of one letter (d D f F g G m o r s t T u U y), or a custom format. */
BASE_MUST_USE bool arm_dotnet_time(int64_t ms, const char *format, struct base_buf *out);

#endif
