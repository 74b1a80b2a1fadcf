/* tests/bench/machine.h: what a figure was measured on. */
#ifndef TESTS_BENCH_MACHINE_H
#define TESTS_BENCH_MACHINE_H

/* One line on stdout: processor, cores, memory, system, compiler, kind of build. */
void bench_machine_print(void);

#endif
