/* iomt-destination: see reference/pods/run.h. */
#include "reference/pods/run.h"

int main(int argc, char **argv)
{
    return pod_run(POD_DESTINATION, argc, argv);
}
