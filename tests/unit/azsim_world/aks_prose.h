/* The part of simulators/aks/COVERAGE.md that no table says. */
#ifndef TEST_AZSIM_WORLD_AKS_PROSE_H
#define TEST_AZSIM_WORLD_AKS_PROSE_H

#define AKS_PROSE                                                                                  \
    "\n"                                                                                           \
    "## How it behaves\n"                                                                          \
    "\n"                                                                                           \
    "| | |\n"                                                                                      \
    "| --- | --- |\n"                                                                              \
    "| verbs | get, list (limit, continue, selectors, Table, PartialObjectMetadata), watch "       \
    "(bookmarks, timeoutSeconds, sendInitialEvents), create (generateName, dryRun, "               \
    "fieldValidation), update, patch (JSON, merge, strategic), delete (preconditions, grace, "     \
    "propagation), deletecollection |\n"                                                           \
    "| controllers | deployment (rolling, recreate, pause, undo, deadline, history), replica "     \
    "set, namespace, garbage collector, service account, scheduler (node selector, cordon, "       \
    "fewest pods), pod identity (MIC) |\n"                                                         \
    "| kubelet | start, restart with back-off, image look-up, env and envFrom, init containers, "  \
    "httpGet and tcpSocket probes, logs (tailLines, limitBytes, follow, previous), graceful "      \
    "stop, status, conditions, events |\n"                                                         \
    "\n"                                                                                           \
    "Not served, and said so at run time: server-side apply (415); exec, attach, port-forward, "   \
    "eviction, tokens, custom resource definitions, RBAC, services and all other kinds (404); "    \
    "`timestamps`, `sinceSeconds` and\n"                                                           \
    "`sinceTime` of logs (400); exec and grpc probes (an Unhealthy event that says so); volumes "  \
    "other than emptyDir (a FailedMount event; nothing is mounted); protobuf bodies (415). Only "  \
    "administrators have rights:\n"                                                                \
    "everybody else gets 403.\n"                                                                   \
    "\n"                                                                                           \
    "How a container becomes a process: the image's name without tag (whole, or from its last "    \
    "slash) selects a program of the setting `images`; `command` replaces nothing but the "        \
    "program's own name (its first word is\n"                                                      \
    "dropped, the rest are arguments), `args` follow. The environment holds what the spec says, "  \
    "on top of PATH, HOME, TZ, LANG and IOMT_CLOCK of azsim, HTTPS_PROXY, SSL_CERT_FILE, "         \
    "NO_PROXY, HOSTNAME, KUBERNETES_SERVICE_HOST,\n"                                               \
    "HEALTH_PORT (a free port, when there is a probe: the program must serve its probe's path "    \
    "there, whatever port the spec names) and AZURE_POD_IDENTITY_AUTHORITY_HOST (when the pod "    \
    "has the label `aadpodidbinding`).\n"                                                          \
    "Grace, back-off and probe periods are clock time; on a fast clock a process still gets 2 s "  \
    "to stop, 10 s to become alive, and a rollout 10 s to progress.\n"

#endif
