int slow_path(void) { return 1; }
