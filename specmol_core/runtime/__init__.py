"""What the process runs on: devices, cores, compiled loops, pools of workers."""
