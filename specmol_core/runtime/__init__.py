"""The environment of the process: devices, cores, child processes, compiled loops, private folders."""
