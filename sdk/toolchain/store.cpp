#include "sdk/toolchain/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::toolchain {
namespace {

namespace fs = std::filesystem;

/// Folders of a tree, relative to it, that hold shared libraries of its programs.
std::vector<std::string> library_folders(const fs::path& tree) {
    std::vector<std::string> folders;
    for (const char* parent : {"usr/lib", "lib"}) {
        auto folder = fmt::format("{}/{}", parent, host_architecture().triplet);
        std::error_code ignored;
        if (fs::is_directory(tree / folder, ignored)) folders.push_back(std::move(folder));
    }
    return folders;
}

/// The script finds its tree by its own path, so that the same packages give the same script wherever the
/// cache is.
std::string script(const std::string& program, const std::vector<std::string>& folders) {
    std::string path;
    for (const auto& folder : folders)
        path += fmt::format("$tree/{}:", folder);
    if (path.empty()) {
        return fmt::format("#!/bin/sh\nexec \"${{0%/*}}/../tree/usr/bin/{}\" \"$@\"\n", program);
    }
    path.pop_back();
    return fmt::format(
        "#!/bin/sh\n"
        "tree=${{0%/*}}/../tree\n"
        "LD_LIBRARY_PATH=\"{}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}\" exec \"$tree/usr/bin/{}\" \"$@\"\n",
        path, program);
}

/// "/usr/aarch64-linux-gnu/lib/libc.so.6" becomes "libc.so.6": the linker then looks beside the script and in
/// the folders that the compiler names, which are below the tree.
std::string without_folders(std::string_view text) {
    std::string result;
    for (const auto line : lines(text)) {
        std::vector<std::string> words;
        const bool names_files = line.contains("GROUP") || line.contains("INPUT");
        for (const auto word : split(line, ' ')) {
            const bool file = names_files && word.starts_with('/') && !word.starts_with("/*");
            words.emplace_back(file ? word.substr(word.rfind('/') + 1) : word);
        }
        result += join(words, " ") + '\n';
    }
    return result;
}

}  // namespace

HostArchitecture host_architecture() {
#if defined(__x86_64__)
    return {.debian = "amd64", .triplet = "x86_64-linux-gnu"};
#elif defined(__aarch64__)
    return {.debian = "arm64", .triplet = "aarch64-linux-gnu"};
#else
#error "name this architecture as Debian does"
#endif
}

fs::path store_folder(const host::Host& host, const std::string& name) {
    return host.cache / "store" / "toolchains" / name;
}

std::optional<fs::path> current_installation(const host::Host& host, const std::string& name) {
    const auto folder = store_folder(host, name);
    constexpr std::size_t limit = 4096;
    const auto key = host::read_file(folder / "current", limit);
    if (!key) return std::nullopt;
    const std::string trimmed(trim(*key));
    if (trimmed.empty() || trimmed.contains('/') || trimmed.starts_with('.')) return std::nullopt;
    std::error_code ignored;
    if (!fs::is_directory(folder / trimmed / "bin", ignored)) return std::nullopt;
    return folder / trimmed;
}

fs::path use_lock(const host::Host& host, const std::string& name) {
    return host.cache / "locks" / ("toolchain-" + name);
}

Result<host::LockFile> lock_store(const host::Host& host, const std::string& name) {
    return host::LockFile::acquire(host.cache / "locks" / ("install-toolchain-" + name), host.stop, [&] {
        host.note(fmt::format("another rpi-kit installs {}, waiting for it", name));
    });
}

bool is_tarball(const fs::path& installation) {
    return installation.filename().string().starts_with("tarball-");
}

fs::path program_behind(const fs::path& script) {
    return script.parent_path().parent_path() / "tree/usr/bin" / script.filename();
}

Result<> write_scripts(const fs::path& installation) {
    const auto tree = installation / "tree";
    const auto folders = library_folders(tree);
    TRY(host::make_directories(installation / "bin"));
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(tree / "usr/bin", error)) {
        const auto name = entry.path().filename().string();
        const auto file = installation / "bin" / name;
        TRY(host::write_file(file, script(name, folders)));
        fs::permissions(file, fs::perms(0755), error);
        if (error) return fail(host::file_error("cannot make executable", file, error.value()));
    }
    if (error) return fail(host::file_error("cannot list", tree / "usr/bin", error.value()));
    return {};
}

Result<> relocate_linker_scripts(const fs::path& tree) {
    constexpr std::uintmax_t largest_script = 4096;
    std::error_code error;
    for (auto it = fs::recursive_directory_iterator(tree, error); it != fs::recursive_directory_iterator();
         it.increment(error)) {
        if (it->path().extension() != ".so" || it->is_symlink(error) || !it->is_regular_file(error)) continue;
        if (it->file_size(error) > largest_script) continue;
        TRY_ASSIGN(const auto text, host::read_file(it->path()));
        if (!text.starts_with("/* GNU ld script")) continue;
        TRY(host::write_file(it->path(), without_folders(text)));
    }
    if (error) return fail(host::file_error("cannot list", tree, error.value()));
    return {};
}

}  // namespace rpikit::toolchain
