process.stdout.write('the simulator is being built\n');
