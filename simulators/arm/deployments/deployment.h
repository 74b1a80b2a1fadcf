/* simulators/arm/deployments/deployment.h: a template deployment in memory: what was asked, compiled into resources ("nodes") and the
 * order between them. Private to the room. Sources: facts of ARM, 5.1, 5.6, 5.7.
 *
 * Life: arm_deployment_read (request) -> arm_deployment_compile (template) -> arm_deployment_preflight -> arm_deployments_start.
 * Until it is started it belongs to one thread. Afterwards what the compiler filled in is constant; the state of nodes is under
 * the scheduler's lock. Texts live in the deployment's arena. */
#ifndef ARM_DEPLOYMENT_H
#define ARM_DEPLOYMENT_H

#include "simulators/arm/deployments/ask.h"
#include "simulators/arm/template/parameters.h"
#include "simulators/arm/template/text.h"
#include "simulators/arm/template/variables.h"

#define ARM_DEPLOYMENT_TYPE "Microsoft.Resources/deployments"
#define ARM_DEPLOYMENT_RESOURCES 800 /* after copy */
#define ARM_DEPLOYMENT_PARAMETERS 256
#define ARM_DEPLOYMENT_VARIABLES 256
#define ARM_DEPLOYMENT_OUTPUTS 64
#define ARM_DEPLOYMENT_RECORDS 800 /* kept per scope */
#define ARM_DEPLOYMENT_LEVELS 5    /* of deployments within deployments */

enum arm_node_kind {
    ARM_NODE_PUT,
    ARM_NODE_READ,     /* "existing": only looked at when something refers to it */
    ARM_NODE_DELETE,   /* mode Complete: not in the template */
    ARM_NODE_ROLLBACK, /* onErrorDeployment */
};

enum arm_node_state {
    ARM_NODE_WAITING, /* for what it depends on */
    ARM_NODE_READY,   /* to be worked on at due_ms */
    ARM_NODE_BUSY,    /* a worker has it */
    ARM_NODE_DONE,
    ARM_NODE_FAILED,
    ARM_NODE_SKIPPED, /* condition false, or never started */
};

enum arm_poll_way { ARM_POLL_NONE, ARM_POLL_STATUS, ARM_POLL_LOCATION, ARM_POLL_RESOURCE };

struct arm_node {
    enum arm_node_kind kind;
    const char *id;          /* "/subscriptions/.../type/name" */
    const char *key;         /* the same in canonical types, lower case: for comparing */
    const char *type, *name; /* "Ns/a/b", "x/y" */
    const char *api_version;
    const char *symbol;    /* name in a "resources" object; NULL in an array */
    const char *path;      /* "resources[0].resources[1]" */
    const cJSON *source;   /* in the template; NULL for those that the engine adds */
    const cJSON *location; /* evaluated; NULL when absent or not known before the run */
    const struct arm_template_loop *loops; /* innermost first; NULL: no copy */
    const char *loop;                      /* name of its own copy; NULL */
    int64_t batch;                         /* > 0: serial */
    bool condition;
    size_t *depends, depends_count;

    /* the run */
    enum arm_node_state state;
    int64_t due_ms, started_ms;
    int attempts;
    enum arm_poll_way way;
    char *url;                      /* what is polled; heap */
    char operation[BASE_UUID_TEXT]; /* id of its record; "" before it began */
    cJSON *result;                  /* what GET shows at the end; NULL before */
    cJSON *error;                   /* {code,message,...} of a failed one */
    const char *provisioned_by;     /* "Create", "Read", "Delete", ... */
};

struct arm_deployment {
    struct arm_deployment *next; /* scheduler */
    struct arm *arm;
    struct base_arena arena;

    /* asked */
    const char *id, *name, *api_version;
    const char *subscription, *group, *management_group; /* NULL where the scope has none */
    const char *scope_id;                                /* "" at tenant scope */
    enum arm_template_level level;
    struct arm_deployer who;
    arm_text_t *body;     /* of the request; NULL when the request comes from the store */
    cJSON *stored;        /* owns the request then */
    const cJSON *request; /* {location?, tags?, properties{...}} as sent */
    bool complete;
    bool
        quick_complete; /* since 2019-05-10 mode Complete deletes what a false condition leaves out */
    const char *location;

    /* compiled */
    arm_text_t *linked_template, *linked_parameters; /* NULL: inline */
    const cJSON *template, *given;                   /* borrowed from those or the request */
    arm_parameters_t *parameters;
    arm_variables_t *variables;
    cJSON *values
        [7]; /* resource group, subscription, tenant, management group, deployment, deployer, environment; owned */
    struct arm_template_scope scope; /* without place, loops, host */
    struct arm_node *nodes;
    size_t node_count, node_room;
    char template_hash[24];
    bool symbolic; /* resources is an object: names stand for resources */

    /* the run */
    char operation[BASE_UUID_TEXT];
    int64_t started_ms;
    bool canceled, finishing, resumed, deletions_added, rollback_added;
    bool gone; /* its record is no longer ours */
    size_t busy;
    const char *state; /* "Accepted", "Running", "Succeeded", "Failed", "Canceled" */
    cJSON *outputs, *error;
};

/* Frees one that is not (or no longer) in the scheduler's hands. NULL is fine. */
void arm_deployment_free(struct arm_deployment *deployment);
/* A scope at `place` for one node (NULL: none) of the deployment, without a host. */
struct arm_template_scope arm_deployment_scope(const struct arm_deployment *deployment,
                                               const struct arm_node *node,
                                               enum arm_template_place place);

/* request.c: reads a PUT, validate or whatIf. NULL: refused, the answer is filled. */
BASE_MUST_USE struct arm_deployment *arm_deployment_read(struct arm_call *call);
/* From what the store kept of a deployment that was running (record.h). NULL: it cannot be read any more. */
BASE_MUST_USE struct arm_deployment *arm_deployment_reread(struct arm *arm, const cJSON *record,
                                                           struct base_error *err);

/* links.c: finds template and parameters, in the request or behind its links. Blocks. Fails: BASE_INVALID, "InvalidContentLink",
 * "InvalidTemplate". */
BASE_MUST_USE enum base_status arm_deployment_fetch(struct arm_deployment *deployment,
                                                    struct base_error *err);

/* compile.c: parameters, variables, nodes, dependencies. NULL: good. Otherwise ARM's error body {"error": ...}, the caller's. */
BASE_MUST_USE cJSON *arm_deployment_compile(struct arm_deployment *deployment);

/* ARM's body of an error of any step before the run, with the place in the template where it is known. The caller's. */
BASE_MUST_USE cJSON *arm_deployment_problem(const struct arm_deployment *deployment,
                                            const struct base_error *err);

/* nodes.c: fills nodes from the template's resources. */
BASE_MUST_USE enum base_status arm_nodes_expand(struct arm_deployment *deployment,
                                                struct base_error *err);
/* Adds a zeroed node. Pointers to earlier nodes are no longer good. */
struct arm_node *arm_nodes_add(struct arm_deployment *deployment);
/* Lower-case id with type segments in their canonical spelling. */
const char *arm_nodes_key(struct arm *arm, struct base_arena *arena, const char *id);

/* graph.c: explicit, implicit and serial dependencies; finds cycles. */
BASE_MUST_USE enum base_status arm_nodes_connect(struct arm_deployment *deployment,
                                                 struct base_error *err);
/* The node that an id, name, relative id or symbolic name means; NULL when none or several. Only those with a true condition are
 * preferred over those without. */
struct arm_node *arm_nodes_find(const struct arm_deployment *deployment, const char *what);
void arm_nodes_depend(struct arm_deployment *deployment, struct arm_node *node, size_t on);

/* preflight.c: what ARM can say of the resources before it starts. As arm_deployment_compile. */
BASE_MUST_USE cJSON *arm_deployment_preflight(struct arm_deployment *deployment);

/* secrets.c: arm_parameter_secret; context: the deployment. Blocks on the Key Vault. */
BASE_MUST_USE cJSON *arm_deployment_secret(void *deployment, const char *vault_id,
                                           const char *secret_name, const char *secret_version,
                                           struct base_error *err);

/* body.c: a deployment within the deployment whose template is not ours to evaluate: its scope is inner. */
bool arm_node_inner(const struct arm_node *node);
/* Is it a deployment within the deployment? */
bool arm_node_nested(const struct arm_node *node);
/* Is this member of a resource for the engine, not for the provider? */
bool arm_node_member_ours(const struct arm_node *node, const char *name);
/* the PUT body of a node, with reference() and list*() answered. NULL + err. Blocks on providers. */
BASE_MUST_USE cJSON *arm_node_body(struct arm_deployment *deployment, const struct arm_node *node,
                                   const struct arm_template_host *host, void *context,
                                   struct base_error *err);

/* outputs.c */
BASE_MUST_USE cJSON *arm_deployment_outputs(struct arm_deployment *deployment,
                                            struct base_error *err);

/* finish.c: does mode Complete leave a resource alone that is not in the template? */
bool arm_deployment_spares(const cJSON *resource);

/* whatif.c: {status, properties{changes[]}}. Blocks on providers. */
BASE_MUST_USE cJSON *arm_deployment_what_if(struct arm_deployment *deployment, bool ids_only);

#endif
