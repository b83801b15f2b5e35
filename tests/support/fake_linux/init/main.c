const char linux_banner[] = LINUX_BANNER "\n";
int start_kernel(void) { return linux_banner[0]; }
