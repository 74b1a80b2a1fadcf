/* Decides how the API's description is handed out (VER-04). */
#include "reference/rp/api/swagger.h"
#include "reference/rp/frontend/call.h"

void rp_swagger_show(struct rp_call *call)
{
    base_http_answer_text(call->response, 200, "application/json", rp_swagger_text);
}
