/* Decides which operations the provider says it has. */
#include "reference/rp/frontend/call.h"

static const struct {
    const char *name, *resource, *operation, *description;
} OPERATIONS[] = {
    {"register/action", "Microsoft.HealthcareApis", "Register", "Registers a subscription"},
    {"unregister/action", "Microsoft.HealthcareApis", "Unregister", "Unregisters a subscription"},
    {"operations/read", "Operations", "Read", "Lists the operations of the provider"},
    {"checkNameAvailability/action", "Name availability", "Check",
     "Tells whether a workspace name is free"},
    {"locations/operationresults/read", "Operation results", "Read",
     "Reads the result of an operation"},
    {"locations/operationstatuses/read", "Operation statuses", "Read",
     "Reads the status of an operation"},
    {"workspaces/read", "Workspaces", "Read", "Reads workspaces"},
    {"workspaces/write", "Workspaces", "Write", "Creates or changes a workspace"},
    {"workspaces/delete", "Workspaces", "Delete", "Deletes a workspace"},
    {"workspaces/iotconnectors/read", "IoT connectors", "Read", "Reads IoT connectors"},
    {"workspaces/iotconnectors/write", "IoT connectors", "Write",
     "Creates or changes an IoT connector"},
    {"workspaces/iotconnectors/delete", "IoT connectors", "Delete", "Deletes an IoT connector"},
    {"workspaces/iotconnectors/destinations/read", "Destinations", "Read", "Reads destinations"},
    {"workspaces/iotconnectors/destinations/write", "Destinations", "Write",
     "Creates or changes a destination"},
    {"workspaces/iotconnectors/destinations/delete", "Destinations", "Delete",
     "Deletes a destination"},
    {"workspaces/iotconnectors/fhirdestinations/read", "FHIR destinations", "Read",
     "Reads FHIR destinations"},
    {"workspaces/iotconnectors/fhirdestinations/write", "FHIR destinations", "Write",
     "Creates or changes a FHIR destination"},
    {"workspaces/iotconnectors/fhirdestinations/delete", "FHIR destinations", "Delete",
     "Deletes a FHIR destination"},
    {"workspaces/iotconnectors/mappings/read", "Mappings", "Read", "Reads mappings"},
    {"workspaces/iotconnectors/mappings/write", "Mappings", "Write",
     "Creates or changes a mapping"},
    {"workspaces/iotconnectors/mappings/delete", "Mappings", "Delete", "Deletes a mapping"},
    {"services/iomtconnectors/read", "IoMT connectors", "Read", "Reads IoMT connectors"},
    {"services/iomtconnectors/write", "IoMT connectors", "Write",
     "Creates or changes an IoMT connector"},
    {"services/iomtconnectors/delete", "IoMT connectors", "Delete", "Deletes an IoMT connector"},
    {"services/iomtconnectors/connections/read", "IoMT connections", "Read", "Reads connections"},
    {"services/iomtconnectors/connections/write", "IoMT connections", "Write",
     "Creates a connection"},
    {"services/iomtconnectors/connections/delete", "IoMT connections", "Delete",
     "Deletes a connection"},
    {"services/iomtconnectors/connections/listKeys/action", "IoMT connections", "List keys",
     "Lists the keys of a connection"},
    {"services/iomtconnectors/mappings/read", "IoMT mappings", "Read", "Reads mappings"},
    {"services/iomtconnectors/mappings/write", "IoMT mappings", "Write",
     "Creates or changes a mapping"},
};

void rp_operations_list(struct rp_call *call)
{
    cJSON *body = cJSON_CreateObject(), *value = cJSON_AddArrayToObject(body, "value");

    for (size_t i = 0; i < sizeof OPERATIONS / sizeof *OPERATIONS; i++) {
        cJSON *operation = cJSON_CreateObject(), *display = cJSON_CreateObject();
        base_json_set_text(display, "provider", "Microsoft Healthcare APIs");
        base_json_set_text(display, "resource", OPERATIONS[i].resource);
        base_json_set_text(display, "operation", OPERATIONS[i].operation);
        base_json_set_text(display, "description", OPERATIONS[i].description);
        base_json_set(operation, "name",
                      base_json_textf("Microsoft.HealthcareApis/%s", OPERATIONS[i].name));
        base_json_set_bool(operation, "isDataAction", false);
        base_json_set(operation, "display", display);
        base_json_set_text(operation, "origin", "user,system");
        cJSON_AddItemToArray(value, operation);
    }
    base_http_answer_json_take(call->response, 200, body);
}
