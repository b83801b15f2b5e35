int kernel_clone(int parent) { return parent + 1; }
