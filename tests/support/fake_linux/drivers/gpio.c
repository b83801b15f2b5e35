int gpio_get(int line) { return line & 1; }
