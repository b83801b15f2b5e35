#include "sdk/kernel/make.hpp"

#include <algorithm>

#include "sdk/host/file.hpp"
#include "sdk/kernel/build_folder.hpp"
#include "sdk/kernel/failure.hpp"
#include "sdk/kernel/signing.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kernel {

namespace fs = std::filesystem;

namespace {

/// The folders of a build as make sees them.
struct Layout {
    std::string source;
    std::string build;
    std::string ccache;
    std::vector<host::Binding> bindings;
};

/// Where ccache keeps its objects: the user's choice, or our own cache.
fs::path ccache_folder(const host::Host& host) {
    const auto chosen = host.environment.get("CCACHE_DIR");
    return chosen && !chosen->empty() ? fs::path(*chosen) : host.cache / "ccache";
}

/// The sandbox has an empty /tmp, /mnt and /run of its own; a toolchain whose cache lies there is bound to
/// its own path, with what stands beside its folder of programs.
void bind_hidden_toolchain(const toolchain::Toolchain& toolchain, std::vector<host::Binding>& bindings) {
    const std::vector<fs::path> empty = {"/tmp", "/mnt", "/run"};
    for (const fs::path& folder : toolchain.search) {
        const fs::path installation = folder.parent_path();
        for (const fs::path& root : empty) {
            if (!folder.native().starts_with(root.native() + "/")) continue;
            const fs::path& bound = installation == root ? folder : installation;
            bindings.push_back({bound, bound, false});
        }
    }
}

Layout layout(const host::Host& host, const BuildContext& context, const std::vector<fs::path>& writable) {
    const fs::path cache = ccache_folder(host);
    if (!context.sandboxed) return {context.source.root, context.build, cache, {}};
    Layout inside{"/mnt/source", "/mnt/build", "/mnt/ccache", {}};
    // Before what lies in it.
    if (!context.results.empty()) inside.bindings.push_back({context.results, "/mnt", true});
    inside.bindings.push_back({context.source.root, inside.source, false});
    inside.bindings.push_back({context.build, inside.build, true});
    bind_hidden_toolchain(context.toolchain, inside.bindings);
    if (context.ccache) inside.bindings.push_back({cache, inside.ccache, true});
    std::error_code ignored;
    if (fs::exists(context.signing_key, ignored)) {
        inside.bindings.push_back({context.signing_key, signing_key_path(context), false});
    }
    for (std::size_t i = 0; i < writable.size(); ++i) {
        inside.bindings.push_back({writable[i], "/mnt/output" + std::to_string(i), true});
    }
    return inside;
}

host::Environment build_environment(const host::Host& host, const BuildContext& context,
                                    const Layout& folders) {
    host::Environment environment = host.environment.only({"HOME", "TERM"});
    environment.set("PATH", build_path(host, context.toolchain.search));
    environment.set("LANG", "C");
    environment.set("LC_ALL", "C");
    const auto temporary = host.environment.get("TMPDIR");
    // The sandbox has a /tmp of its own and could not write to another one.
    if (temporary && !context.sandboxed) environment.set("TMPDIR", *temporary);
    if (!context.ccache) {
        // PATH may name ccache's compiler links, whose cache could not be written to.
        environment.set("CCACHE_DISABLE", "1");
        return environment;
    }
    environment.set("CCACHE_DIR", folders.ccache);
    // Its default is below /run, which is read-only in the sandbox.
    environment.set("CCACHE_TEMPDIR", folders.ccache + "/tmp");
    environment.set("CCACHE_BASEDIR", folders.build);
    environment.set("CCACHE_NOHASHDIR", "1");
    return environment;
}

std::string variable(const std::vector<std::string>& assignments, std::string_view name) {
    const std::string prefix = std::string(name) + "=";
    const auto found =
        std::ranges::find_if(assignments, [&](const std::string& each) { return each.starts_with(prefix); });
    return found == assignments.end() ? "" : found->substr(prefix.size());
}

/// clang under the name that LLVM=1, LLVM=-15 or LLVM=/folder/ stands for (Documentation/kbuild/llvm.rst).
std::string clang_name(const std::string& llvm) {
    if (llvm.ends_with('/')) return llvm + "clang";
    return llvm.starts_with('-') ? "clang" + llvm : "clang";
}

/// The compilers with ccache in front, as Documentation/kbuild/ and ccache's manual give them.
std::vector<std::string> ccache_variables(const toolchain::Toolchain& toolchain) {
    const auto& variables = toolchain.make_variables;
    const std::string llvm = variable(variables, "LLVM");
    std::string compiler = variable(variables, "CC");
    if (compiler.empty()) {
        compiler = llvm.empty() ? variable(variables, "CROSS_COMPILE") + "gcc" : clang_name(llvm);
    }
    std::string host_compiler = variable(variables, "HOSTCC");
    if (host_compiler.empty()) host_compiler = llvm.empty() ? "gcc" : clang_name(llvm);
    return {"CC=ccache " + compiler, "HOSTCC=ccache " + host_compiler};
}

/// What would otherwise be taken from the machine, the user and the clock (Documentation/kbuild/
/// reproducible-builds.rst). LOCALVERSION set to nothing keeps a "+" out of the release.
std::vector<std::string> pinned_variables(const BuildContext& context) {
    return {"KBUILD_BUILD_TIMESTAMP=" + context.timestamp, "KBUILD_BUILD_USER=rpi-kit",
            "KBUILD_BUILD_HOST=rpi-kit", "KBUILD_BUILD_VERSION=1", "LOCALVERSION="};
}

Result<> check_make_path(const fs::path& folder, std::string_view what) {
    if (folder.native().find_first_of(" \t\n:%#$\\") == std::string::npos) return {};
    return fail(
        {.message = std::string(what) + " cannot be used for a build: " + folder.string(),
         .causes = {"the kernel's makefiles work in no folder whose name has a blank, a colon or one of "
                    "% # $ \\, and without the sandbox they see it as it is"},
         .hint =
             "sudo apt-get install bubblewrap   (inside the sandbox any path works), or use another folder"});
}

/// Brings the build folder into a state that make can continue from, and marks it as being worked in.
Result<> begin_work(const host::Host& host, const BuildContext& context) {
    if (const auto process = running_make(context.build)) {
        const std::string number = std::to_string(*process);
        return fail({.message = "another make is at work in " + context.build.string(),
                     .causes = {"process " + number + ", perhaps left behind by a run that was killed"},
                     .hint = "kill " + number});
    }
    const auto objects = unfinished_objects(context.build);
    if (!objects) return mark_unfinished(context.build, 0);
    TRY_ASSIGN(const std::size_t removed, remove_half_written(context.build));
    if (removed > 0) {
        host.note("the last run was cut off; removed " + std::to_string(removed) + " files to be made again");
    }
    return {};
}

/// A .config dated in the future makes make synchronise it for ever.
void pull_back_future_config(const fs::path& config) {
    std::error_code ignored;
    const auto now = fs::file_time_type::clock::now();
    const auto time = fs::last_write_time(config, ignored);
    if (!ignored && time > now) fs::last_write_time(config, now, ignored);
}

/// Everything before make: checked paths, folders, a build folder that can be continued.
Result<> prepare(const host::Host& host, const BuildContext& context, const std::vector<fs::path>& writable) {
    TRY(check_build_paths(context, writable));
    TRY(host::make_directories(context.build));
    TRY(host::make_directories(context.log.parent_path()));
    if (context.ccache) TRY(host::make_directories(ccache_folder(host)));
    TRY(begin_work(host, context));
    pull_back_future_config(context.build / ".config");
    return {};
}

}  // namespace

std::string build_path(const host::Host& host, const std::vector<fs::path>& search) {
    std::vector<std::string> folders;
    const auto add = [&](std::string folder) {
        // An empty part would mean the working directory.
        if (!folder.empty() && std::ranges::find(folders, folder) == folders.end()) {
            folders.push_back(std::move(folder));
        }
    };
    for (const fs::path& folder : search)
        add(folder.string());
    const std::string users = host.environment.get("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
    for (const auto folder : split(users, ':'))
        add(std::string(folder));
    for (const char* folder : {"/usr/sbin", "/sbin"})
        add(folder);
    return join(folders, ":");
}

host::Command make_command(const host::Host& host, const BuildContext& context,
                           const std::vector<std::string>& targets, const std::vector<fs::path>& writable) {
    const Layout folders = layout(host, context, writable);
    host::Command command{.argv = {"make", "-C", folders.source, "O=" + folders.build,
                                   "-j" + std::to_string(std::max(context.jobs, 1U)),
                                   "ARCH=" + context.kernel.arch}};
    const auto append = [&](const std::vector<std::string>& more) {
        command.argv.insert(command.argv.end(), more.begin(), more.end());
    };
    append(context.toolchain.make_variables);
    // The last assignment of a variable on make's command line wins.
    if (context.ccache) append(ccache_variables(context.toolchain));
    append(pinned_variables(context));
    append(targets);
    command.environment = build_environment(host, context, folders);
    return context.sandboxed ? host::sandboxed(command, folders.bindings) : command;
}

Result<> check_build_paths(const BuildContext& context, const std::vector<fs::path>& writable) {
    if (context.sandboxed) return {};
    TRY(check_make_path(context.source.root, "the source folder"));
    TRY(check_make_path(context.build, "the build folder"));
    for (const fs::path& folder : writable)
        TRY(check_make_path(folder, "the output folder"));
    return {};
}

Result<host::Exit> run_make(const host::Host& host, const BuildContext& context,
                            const std::vector<std::string>& targets, const std::vector<fs::path>& writable,
                            const std::function<void(std::string_view)>& on_output) {
    TRY(prepare(host, context, writable));
    const host::Command command = make_command(host, context, targets, writable);
    host::RunOptions options{.log = context.log, .stop = host.stop};
    if (on_output) {
        options.on_output = [&](std::string_view output) {
            on_output(output);
            return host::Reaction{};
        };
    }
    TRY_ASSIGN(host::Exit exit, host.processes.run(command, options));
    if (!exit.success()) return fail(make_error(context, command, exit));
    TRY(mark_finished(context.build));
    return exit;
}

Result<> run_make_on_terminal(const host::Host& host, const BuildContext& context,
                              const std::vector<std::string>& targets,
                              const std::vector<fs::path>& writable) {
    TRY(prepare(host, context, writable));
    const host::Command command = make_command(host, context, targets, writable);
    TRY_ASSIGN(const host::Exit exit, host.processes.run(command, {.interactive = true, .stop = host.stop}));
    if (!exit.success()) return fail(host::command_error(command, exit, {}));
    return mark_finished(context.build);
}

}  // namespace rpikit::kernel
