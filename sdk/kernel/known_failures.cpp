#include <array>

#include "sdk/kernel/diagnosis.hpp"

namespace rpikit::kernel {

namespace {

// One row a cause; docs/adding-a-diagnosis.md tells how to add one. A line of the log is tried against the
// rows from top to bottom, so a special row stands above a general one. In a remedy BOARD and SOURCE stand
// for what is being built. Every row has an excerpt in tests/kernel/diagnosis_test.cpp.
constexpr std::array rows{
    // Programs of the host. dash says "not found", bash "command not found", make itself "No such file".
    KnownFailure{"cross-compiler-missing",
                 R"((?:C compiler '(?:ccache )?|^make(?:\[\d+\])?: |sh: (?:line )?\d+: )(?:\S*/)?)"
                 R"(([a-z0-9_]+-linux-[a-z0-9]+)-(?:gcc|clang)\S*?(?:' not found|: (?:command )?not found|)"
                 R"(: No such file or directory))",
                 "the cross compiler of $1 is missing", "rpi-kit toolchain install $1"},
    KnownFailure{
        "cross-binutils-missing",
        R"((?:linker '|^make(?:\[\d+\])?: |sh: (?:line )?\d+: )(?:\S*/)?([a-z0-9_]+-linux-[a-z0-9]+)-)"
        R"((?:ld|as|ar|nm|objcopy|objdump|strip|readelf)\S*?(?:' not found|: (?:command )?not found|)"
        R"(: No such file or directory))",
        "the linker and binary tools of $1 are missing", "rpi-kit toolchain install $1"},
    KnownFailure{"compiler-missing", R"((?:C compiler|linker|assembler) '(\S+)' not found)",
                 "the compiler, linker or assembler $1 is missing",
                 "rpi-kit toolchain list   # then: rpi-kit toolchain install NAME"},
    KnownFailure{
        "host-compiler-missing",
        R"((?:sh: (?:line )?\d+|^make(?:\[\d+\])?): (?:gcc|cc): (?:(?:command )?not found|No such file))",
        "the host's own C compiler is missing; the kernel builds its tools with it",
        "sudo apt-get install gcc libc6-dev"},
    KnownFailure{"awk-missing",
                 R"((?:sh: (?:line )?\d+|^make(?:\[\d+\])?): awk: (?:(?:command )?not found|No such file))",
                 "the program awk is missing on this machine", "sudo apt-get install mawk"},
    KnownFailure{"dpkg-missing",
                 R"((?:dpkg-buildpackage|dpkg-architecture|dpkg-deb): (?:command )?not found)",
                 "Debian's packaging tools are missing", "sudo apt-get install dpkg-dev"},
    KnownFailure{
        "program-missing",
        R"((?:sh: (?:line )?\d+|^make(?:\[\d+\])?): (flex|bison|bc|perl|cpio|rsync|python3|xz|zstd|gzip|)"
        R"(lz4|lzop|openssl|gettext|file): (?:(?:command )?not found|No such file or directory))",
        "the program $1 is missing on this machine", "sudo apt-get install $1"},
    KnownFailure{"cpio-missing", R"(\*\*\* 'cpio' could not be found)",
                 "the program cpio is missing on this machine", "sudo apt-get install cpio"},
    KnownFailure{"depmod-missing", R"(requires (?:/sbin/)?depmod\. Please install it)",
                 "depmod is missing, so the modules would have no dependency list",
                 "sudo apt-get install kmod"},
    // Versions.
    KnownFailure{"compiler-too-old", R"(\*\*\* (?:C compiler|Compiler) is too old\.)",
                 "the C compiler is older than this kernel allows",
                 "rpi-kit toolchain list   # then: rpi-kit toolchain install NAME"},
    KnownFailure{"linker-too-old", R"(\*\*\* (?:Linker|Assembler) is too old\.)",
                 "the linker or assembler is older than this kernel allows",
                 "rpi-kit toolchain list   # then: rpi-kit toolchain install NAME"},
    KnownFailure{"make-too-old", R"(GNU Make >= ([\d.]+) is required)",
                 "make is older than $1, the oldest that this kernel can be built with",
                 "sudo apt-get install --only-upgrade make"},
    // Headers and libraries of the host.
    KnownFailure{"openssl-headers-missing", R"(fatal error: openssl/[\w/]+\.h: No such file or directory)",
                 "the headers of OpenSSL are missing; certificates and module signing need them",
                 "sudo apt-get install libssl-dev"},
    KnownFailure{"libelf-missing",
                 R"(fatal error: (?:libelf|gelf|elf/libelf)\.h: No such file|please install libelf-dev)",
                 "the headers of libelf are missing; objtool and resolve_btfids need them",
                 "sudo apt-get install libelf-dev"},
    KnownFailure{"libc-headers-missing",
                 R"(^(?:\S*/)?scripts/(?:basic|kconfig|mod|dtc)/\S+: fatal error: [\w/]+\.h: No such file)",
                 "the headers of the host's C library are missing", "sudo apt-get install libc6-dev"},
    KnownFailure{"ncurses-missing", R"(Unable to find the ncurses (?:package|libraries))",
                 "the headers of ncurses are missing; menuconfig needs them",
                 "sudo apt-get install libncurses-dev"},
    KnownFailure{"terminal-unknown", R"(Error opening terminal: (\S+?)\.?$)",
                 "the terminal type '$1' is not known, so menuconfig cannot draw",
                 "export TERM=xterm   # then the same command again"},
    // Configuration and paths.
    KnownFailure{"architecture-unknown", R"(arch/([^/\s]+)/Makefile: No such file or directory)",
                 "the kernel has no architecture '$1' (the 64-bit ARM one is called arm64, the PC's x86)",
                 "rpi-kit board list   # kernel.arch in the board's file is to blame"},
    KnownFailure{"defconfig-missing", R"(Can't find default configuration "([^"]+)\")",
                 "the kernel tree has no $1",
                 "rpi-kit build BOARD --profile lean   # or name another source with --source"},
    KnownFailure{"configuration-missing", R"(Configuration file "\.config" not found)",
                 "the build folder has no .config", "rpi-kit build BOARD"},
    KnownFailure{"source-not-clean", R"(The source tree is not clean, please run 'make.*mrproper')",
                 "somebody built inside the source tree; a build elsewhere needs it clean",
                 "make -C SOURCE mrproper"},
    KnownFailure{
        "path-has-blank",
        R"(source directory cannot contain spaces or colons|module installation path cannot contain)",
        "the kernel's makefiles cannot work below a folder with a blank or a colon in its name",
        "sudo apt-get install bubblewrap   # inside the sandbox any path works"},
    KnownFailure{"output-folder-unusable", R"(failed to create output directory "([^"]*)\")",
                 "the build folder cannot be made; a blank in '$1' has the same effect",
                 "sudo apt-get install bubblewrap   # inside the sandbox any path works"},
    KnownFailure{"release-too-long", R"("([^"]*)\" exceeds 64 characters)",
                 "the kernel's release string is too long: $1",
                 "rpi-kit build BOARD --set 'LOCALVERSION=\"-short\"'"},
    KnownFailure{"distribution-keys",
                 R"(No rule to make target '(debian/[\w.-]+\.pem|debian/certs/[\w./-]+)')",
                 "the configuration names $1, a key that only the distribution has",
                 "rpi-kit build BOARD --set 'SYSTEM_TRUSTED_KEYS=\"\"' --set 'SYSTEM_REVOCATION_KEYS=\"\"'"},
    // Resources.
    KnownFailure{"disk-full",
                 R"(No space left on device|can't write \d+ bytes to section|Disk quota exceeded)",
                 "the disk of the build folder or of /tmp is full", "df -h . /tmp"},
    KnownFailure{"out-of-memory", R"(Killed signal terminated program|internal compiler error: Killed)",
                 "the machine ran out of memory and a compiler was killed", "rpi-kit build BOARD -j 1"},
    KnownFailure{"read-only", R"(^(?!\S+:\d+:).*: Read-only file system)",
                 "the kernel's makefiles tried to write outside the build folder; the sandbox refused",
                 "rpi-kit build BOARD --source distro   # the tree, or a patch of it, is to blame"},
    // BTF.
    KnownFailure{"pahole",
                 R"(pahole \(\S+\) is not available|btf__dedup failed|FAILED:? load BTF from vmlinux)",
                 "pahole is missing or unfit, and DEBUG_INFO_BTF needs it",
                 "rpi-kit build BOARD --set DEBUG_INFO_BTF=n   # or: sudo apt-get install dwarves"},
    // Packages.
    KnownFailure{
        "package-dependencies", R"(Unmet build dependencies: (.*))",
        "dpkg wants build dependencies of the target's architecture: $1",
        "export DEB_BUILD_PROFILES=pkg.linux-upstream.nokernelheaders   # then the same command again"},
};

}  // namespace

std::span<const KnownFailure> known_failures() {
    return rows;
}

}  // namespace rpikit::kernel
