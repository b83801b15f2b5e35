#include "tests/kernel/failure_logs.hpp"

namespace rpikit::test {

const std::vector<FailureLog>& failure_logs() {
    static const std::vector<FailureLog> logs = {
        {"cross-compiler-missing",
         "make[1]: Entering directory '/mnt/build'\n"
         "  HOSTLD  scripts/kconfig/conf\n"
         "scripts/Kconfig.include:40: C compiler 'aarch64-linux-gnu-gcc' not found\n"
         "make[3]: *** [/mnt/source/scripts/kconfig/Makefile:85: allnoconfig] Error 1\n",
         "scripts/Kconfig.include:40: C compiler 'aarch64-linux-gnu-gcc' not found",
         "rpi-kit toolchain install aarch64-linux-gnu"},
        {"cross-compiler-missing",
         "scripts/Kconfig.include:40: C compiler 'ccache arm-linux-gnueabihf-gcc-12' not found\n",
         "scripts/Kconfig.include:40: C compiler 'ccache arm-linux-gnueabihf-gcc-12' not found",
         "rpi-kit toolchain install arm-linux-gnueabihf"},
        {"cross-compiler-missing",
         "make[2]: aarch64-linux-gnu-gcc: No such file or directory\n"
         "scripts/Kconfig.include:40: C compiler 'aarch64-linux-gnu-gcc' not found\n",
         "make[2]: aarch64-linux-gnu-gcc: No such file or directory",
         "rpi-kit toolchain install aarch64-linux-gnu"},
        {"cross-binutils-missing",
         "scripts/Kconfig.include:41: linker 'aarch64-linux-gnu-ld' not found\n"
         "make[3]: *** [/mnt/source/scripts/kconfig/Makefile:85: allnoconfig] Error 1\n",
         "scripts/Kconfig.include:41: linker 'aarch64-linux-gnu-ld' not found",
         "rpi-kit toolchain install aarch64-linux-gnu"},
        {"cross-binutils-missing",
         "  CC      init/main.o\n/bin/sh: 1: aarch64-linux-gnu-objcopy: not found\n",
         "/bin/sh: 1: aarch64-linux-gnu-objcopy: not found", "rpi-kit toolchain install aarch64-linux-gnu"},
        {"compiler-missing", "scripts/Kconfig.include:40: C compiler 'clang-19' not found\n",
         "scripts/Kconfig.include:40: C compiler 'clang-19' not found",
         "rpi-kit toolchain list   # then: rpi-kit toolchain install NAME"},
        {"host-compiler-missing",
         "  HOSTCC  scripts/basic/fixdep\n"
         "/bin/sh: 1: gcc: not found\n"
         "make[3]: *** [/mnt/source/scripts/Makefile.host:116: scripts/basic/fixdep] Error 127\n",
         "/bin/sh: 1: gcc: not found", "sudo apt-get install gcc libc6-dev"},
        {"awk-missing", "  GEN     lib/oid_registry_data.c\n/bin/sh: 1: awk: not found\n",
         "/bin/sh: 1: awk: not found", "sudo apt-get install mawk"},
        {"program-missing",
         "  LEX     scripts/kconfig/lexer.lex.c\n"
         "/bin/sh: 1: flex: not found\n"
         "make[3]: *** [/mnt/source/scripts/Makefile.host:9: scripts/kconfig/lexer.lex.c] Error 127\n"
         "make: *** [Makefile:236: __sub-make] Error 2\n",
         "/bin/sh: 1: flex: not found", "sudo apt-get install flex"},
        {"program-missing", "  YACC    scripts/kconfig/parser.tab.[ch]\n/bin/sh: 1: bison: not found\n",
         "/bin/sh: 1: bison: not found", "sudo apt-get install bison"},
        {"program-missing",
         "/bin/sh: line 1: bc: command not found\nmake[2]: *** [Kbuild:24: timeconst.h] Error 127\n",
         "/bin/sh: line 1: bc: command not found", "sudo apt-get install bc"},
        {"program-missing", "make[2]: perl: No such file or directory\n",
         "make[2]: perl: No such file or directory", "sudo apt-get install perl"},
        {"compiler-too-old",
         "***\n*** C compiler is too old.\n***   Your GCC version:    4.9.2\n"
         "***   Minimum GCC version: 5.1.0\n***\nscripts/Kconfig.include:44: Sorry, this C compiler is not "
         "supported.\n",
         "*** C compiler is too old.", "rpi-kit toolchain list   # then: rpi-kit toolchain install NAME"},
        {"linker-too-old", "***\n*** Linker is too old.\n***   Your linker version:    2.22.0\n",
         "*** Linker is too old.", "rpi-kit toolchain list   # then: rpi-kit toolchain install NAME"},
        {"make-too-old", "Makefile:18: *** GNU Make >= 4.0 is required. Your Make version is 3.82.  Stop.\n",
         "Makefile:18: *** GNU Make >= 4.0 is required. Your Make version is 3.82.  Stop.",
         "sudo apt-get install --only-upgrade make"},
        {"openssl-headers-missing",
         "  HOSTCC  certs/extract-cert\n"
         "/mnt/source/certs/extract-cert.c:21:10: fatal error: openssl/bio.h: No such file or directory\n"
         "   21 | #include <openssl/bio.h>\n      |          ^~~~~~~~~~~~~~~\ncompilation terminated.\n",
         "/mnt/source/certs/extract-cert.c:21:10: fatal error: openssl/bio.h: No such file or directory",
         "sudo apt-get install libssl-dev"},
        {"openssl-headers-missing",
         "scripts/sign-file.c:25:10: fatal error: openssl/opensslv.h: No such file or directory\n",
         "scripts/sign-file.c:25:10: fatal error: openssl/opensslv.h: No such file or directory",
         "sudo apt-get install libssl-dev"},
        {"libelf-missing",
         "/mnt/source/tools/objtool/include/objtool/elf.h:10:10: fatal error: gelf.h: No such file or "
         "directory\n",
         "/mnt/source/tools/objtool/include/objtool/elf.h:10:10: fatal error: gelf.h: No such file or "
         "directory",
         "sudo apt-get install libelf-dev"},
        {"libelf-missing",
         "Makefile:945: *** \"Cannot generate ORC metadata for CONFIG_UNWINDER_ORC=y, please install "
         "libelf-dev, "
         "libelf-devel or elfutils-libelf-devel\".  Stop.\n",
         "Makefile:945: *** \"Cannot generate ORC metadata for CONFIG_UNWINDER_ORC=y, please install "
         "libelf-dev, "
         "libelf-devel or elfutils-libelf-devel\".  Stop.",
         "sudo apt-get install libelf-dev"},
        {"libc-headers-missing",
         "  HOSTCC  scripts/basic/fixdep\n"
         "scripts/basic/fixdep.c:91:10: fatal error: sys/types.h: No such file or directory\n"
         "   91 | #include <sys/types.h>\n",
         "scripts/basic/fixdep.c:91:10: fatal error: sys/types.h: No such file or directory",
         "sudo apt-get install libc6-dev"},
        {"ncurses-missing",
         " *\n * Unable to find the ncurses package.\n * Install ncurses (ncurses-devel or "
         "libncurses-dev\n",
         "* Unable to find the ncurses package.", "sudo apt-get install libncurses-dev"},
        {"terminal-unknown",
         "Error opening terminal: unknown.\nmake[3]: *** [scripts/kconfig/Makefile:48: menuconfig] "
         "Error 1\n",
         "Error opening terminal: unknown.", "export TERM=xterm   # then the same command again"},
        {"architecture-unknown",
         "/mnt/source/Makefile:700: /mnt/source/arch/aarch64/Makefile: No such file or directory\n"
         "make[2]: *** No rule to make target '/mnt/source/arch/aarch64/Makefile'.  Stop.\n",
         "/mnt/source/Makefile:700: /mnt/source/arch/aarch64/Makefile: No such file or directory",
         "rpi-kit board list   # kernel.arch in the board's file is to blame"},
        {"defconfig-missing",
         "***\n*** Can't find default configuration \"arch/arm64/configs/bcm2711_defconfig\"!\n***\n"
         "make[3]: *** [/mnt/source/scripts/kconfig/Makefile:102: bcm2711_defconfig] Error 1\n",
         "*** Can't find default configuration \"arch/arm64/configs/bcm2711_defconfig\"!",
         "rpi-kit build BOARD --profile lean   # or name another source with --source"},
        {"configuration-missing",
         "***\n*** Configuration file \".config\" not found!\n***\n*** Please run some configurator (e.g. "
         "\"make "
         "oldconfig\" or\n",
         "*** Configuration file \".config\" not found!", "rpi-kit build BOARD"},
        {"source-not-clean",
         "***\n*** The source tree is not clean, please run 'make ARCH=arm64 mrproper'\n*** in "
         "/home/me/linux\n***\n",
         "*** The source tree is not clean, please run 'make ARCH=arm64 mrproper'",
         "make -C SOURCE mrproper"},
        {"path-has-blank", "Makefile:205: *** source directory cannot contain spaces or colons.  Stop.\n",
         "Makefile:205: *** source directory cannot contain spaces or colons.  Stop.",
         "sudo apt-get install bubblewrap   # inside the sandbox any path works"},
        {"output-folder-unusable",
         "Makefile:201: *** failed to create output directory \"/home/me/my build\".  Stop.\n",
         "Makefile:201: *** failed to create output directory \"/home/me/my build\".  Stop.",
         "sudo apt-get install bubblewrap   # inside the sandbox any path works"},
        {"release-too-long",
         "  UPD     include/generated/utsrelease.h\n"
         "\"6.12.117-a-very-long-name-for-a-kernel-that-nobody-will-ever-remember-at-all\" exceeds 64 "
         "characters\n",
         "\"6.12.117-a-very-long-name-for-a-kernel-that-nobody-will-ever-remember-at-all\" exceeds 64 "
         "characters",
         "rpi-kit build BOARD --set 'LOCALVERSION=\"-short\"'"},
        {"distribution-keys",
         "make[3]: *** No rule to make target 'debian/canonical-certs.pem', needed by "
         "'certs/x509_certificate_list'.  Stop.\n",
         "make[3]: *** No rule to make target 'debian/canonical-certs.pem', needed by "
         "'certs/x509_certificate_list'.  Stop.",
         "rpi-kit build BOARD --set 'SYSTEM_TRUSTED_KEYS=\"\"' --set 'SYSTEM_REVOCATION_KEYS=\"\"'"},
        {"distribution-keys",
         "make[3]: *** No rule to make target 'debian/canonical-revoked-certs.pem', needed by "
         "'certs/x509_revocation_list'.  Stop.\n",
         "make[3]: *** No rule to make target 'debian/canonical-revoked-certs.pem', needed by "
         "'certs/x509_revocation_list'.  Stop.",
         "rpi-kit build BOARD --set 'SYSTEM_TRUSTED_KEYS=\"\"' --set 'SYSTEM_REVOCATION_KEYS=\"\"'"},
        {"disk-full",
         "{standard input}: Assembler messages:\n"
         "{standard input}: Fatal error: can't write 88 bytes to section .text of fs/open.o: 'No space left "
         "on "
         "device'\nmake[3]: *** [scripts/Makefile.build:229: fs/open.o] Error 1\n",
         "{standard input}: Fatal error: can't write 88 bytes to section .text of fs/open.o: 'No space left "
         "on device'",
         "df -h . /tmp"},
        {"disk-full", "cat: write error: No space left on device\n",
         "cat: write error: No space left on device", "df -h . /tmp"},
        {"out-of-memory",
         "  CC [M]  drivers/gpu/drm/vc4/vc4_hdmi.o\n"
         "aarch64-linux-gnu-gcc: fatal error: Killed signal terminated program cc1\ncompilation "
         "terminated.\n",
         "aarch64-linux-gnu-gcc: fatal error: Killed signal terminated program cc1",
         "rpi-kit build BOARD -j 1"},
        {"out-of-memory", "aarch64-linux-gnu-gcc: internal compiler error: Killed (program cc1)\n",
         "aarch64-linux-gnu-gcc: internal compiler error: Killed (program cc1)", "rpi-kit build BOARD -j 1"},
        {"read-only",
         "  INSTALL /lib/modules\ncp: cannot create regular file '/boot/vmlinuz': Read-only file system\n",
         "cp: cannot create regular file '/boot/vmlinuz': Read-only file system",
         "rpi-kit build BOARD --source distro   # the tree, or a patch of it, is to blame"},
        {"pahole",
         "BTF: .tmp_vmlinux1: pahole (pahole) is not available\n"
         "Failed to generate BTF for vmlinux\nTry to disable CONFIG_DEBUG_INFO_BTF\n",
         "BTF: .tmp_vmlinux1: pahole (pahole) is not available",
         "rpi-kit build BOARD --set DEBUG_INFO_BTF=n   # or: sudo apt-get install dwarves"},
        {"pahole", "  BTF     .tmp_vmlinux1\nbtf_encoder__encode: btf__dedup failed!\n",
         "btf_encoder__encode: btf__dedup failed!",
         "rpi-kit build BOARD --set DEBUG_INFO_BTF=n   # or: sudo apt-get install dwarves"},
        {"pahole", "  BTFIDS  vmlinux\nFAILED: load BTF from vmlinux: Invalid argument\n",
         "FAILED: load BTF from vmlinux: Invalid argument",
         "rpi-kit build BOARD --set DEBUG_INFO_BTF=n   # or: sudo apt-get install dwarves"},
        {"cpio-missing", "  GEN     kernel/kheaders_data.tar.xz\n***\n*** 'cpio' could not be found.\n***\n",
         "*** 'cpio' could not be found.", "sudo apt-get install cpio"},
        {"depmod-missing",
         "  DEPMOD  /mnt/output0/lib/modules/6.12.117\n"
         "Warning: 'make modules_install' requires depmod. Please install it.\n"
         "This is probably in the kmod package.\n",
         "Warning: 'make modules_install' requires depmod. Please install it.", "sudo apt-get install kmod"},
        {"dpkg-missing", "/bin/sh: 1: dpkg-buildpackage: not found\n",
         "/bin/sh: 1: dpkg-buildpackage: not found", "sudo apt-get install dpkg-dev"},
        {"package-dependencies",
         "dpkg-checkbuilddeps: error: Unmet build dependencies: debhelper-compat (= 12) libssl-dev\n"
         "dpkg-buildpackage: warning: build dependencies/conflicts unsatisfied; aborting\n",
         "dpkg-checkbuilddeps: error: Unmet build dependencies: debhelper-compat (= 12) libssl-dev",
         "export DEB_BUILD_PROFILES=pkg.linux-upstream.nokernelheaders   # then the same command again"},
    };
    return logs;
}

}  // namespace rpikit::test
