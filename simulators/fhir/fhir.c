/* Puts the FHIR room into a world and takes it out again. */
#include "simulators/fhir/world.h"

#include <stdlib.h>

static const char *const type_names[] = {"Microsoft.HealthcareApis/services",
                                         "Microsoft.HealthcareApis/workspaces/fhirservices"};

static enum base_status load(fhir_t *fhir, struct base_error *err)
{
    enum base_status status = fhir_store_open(fhir, err);

    for (size_t i = 0; i < sizeof type_names / sizeof *type_names && status == BASE_OK; i++) {
        cJSON *all = sim_resource_list(fhir->world, type_names[i], NULL), *body;
        cJSON_ArrayForEach(body, all)
        {
            if (status == BASE_OK)
                status = fhir_service_put(fhir, body, err);
        }
        cJSON_Delete(all);
    }
    if (status == BASE_OK)
        status = fhir_services_sweep(fhir, err);
    return status == BASE_OK ? fhir_reindex(fhir, err) : status;
}

fhir_t *fhir_add(sim_world_t *world, struct base_error *err)
{
    fhir_t *fhir = base_alloc(sizeof *fhir);

    fhir->world = world;
    fhir->tokens = fhir_tokens_new();
    pthread_rwlock_init(&fhir->lock, NULL);
    if (load(fhir, err) != BASE_OK) {
        fhir_free(fhir);
        return NULL;
    }
    fhir_arm_add(fhir);
    sim_host_add(world, "*.fhir.azurehealthcareapis.com", "fhir", fhir_handle, fhir);
    sim_host_add(world, "*.azurehealthcareapis.com", "fhir", fhir_handle, fhir);
    fhir_fault_add(fhir);
    sim_view_add(world, "fhir", fhir_store_view, fhir);
    return fhir;
}

void fhir_free(fhir_t *fhir)
{
    if (!fhir)
        return;
    base_db_close(fhir->db);
    fhir_services_release(fhir);
    fhir_tokens_free(fhir->tokens);
    pthread_rwlock_destroy(&fhir->lock);
    free(fhir);
}
