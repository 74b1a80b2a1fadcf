/* runner/commands.h: the commands of `iomt`. Each takes its own arguments (argv[0] is "iomt <command>") and returns the exit code: 0 done,
 * 1 something did not hold, 2 wrong use, 77 everything was skipped. Called from main, after base_stop_fd(). */
#ifndef RUNNER_COMMANDS_H
#define RUNNER_COMMANDS_H

int run_command_up(int argc, char **argv);
int run_command_demo(int argc, char **argv);
int run_command_run(int argc, char **argv);
int run_command_trace(int argc, char **argv);
int run_command_env(int argc, char **argv);
int run_command_map(int argc, char **argv); /* hands over to iomt-map */
int run_command_eval(int argc, char **argv);
int run_command_status(int argc, char **argv);
int run_command_rp(int argc, char **argv); /* hands over to iomt-rp */

/* Where a cloud is looked for when --state-dir is not given: IOMT_STATE_DIR, else "./iomt-state". */
const char *run_default_state_dir(void);

#endif
