/* reference/rp/api/swagger.h: healthcare-apis.json, the Swagger 2.0 description of 2020-11-01-preview, as it lies beside this file. */
#ifndef REFERENCE_RP_API_SWAGGER_H
#define REFERENCE_RP_API_SWAGGER_H

extern const char rp_swagger_text[]; /* ends with a NUL */

#endif
