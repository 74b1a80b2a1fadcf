/* What cmocka wants to see before its own header. */
#ifndef TEST_BASE_HARNESS_H
#define TEST_BASE_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#endif
