/* The section that modinfo and depmod read: "name=value" strings, each ended by a zero byte. */
#ifdef MODULE
#ifdef CONFIG_FAKE_PREEMPT
#define VERMAGIC " SMP preempt mod_unload"
#else
#define VERMAGIC " SMP mod_unload"
#endif
#define MODULE_INFO(depends)                                                                              \
	static const char modinfo[] __attribute__((used, section(".modinfo"), aligned(1))) =              \
		"license=GPL\0depends=" depends "\0name=" MODULE_NAME "\0vermagic=" UTS_RELEASE           \
		VERMAGIC
#define EXPORT_NAMES(names)                                                                               \
	static const char exported[] __attribute__((used, section("__ksymtab_strings"), aligned(1))) = names
#else
#define MODULE_INFO(depends)
#define EXPORT_NAMES(names)
#endif
