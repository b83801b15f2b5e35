#include "sdk/kconfig/check_memory.hpp"

#include <array>
#include <string_view>

#include "sdk/host/file.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kconfig {

namespace fs = std::filesystem;

namespace {

/// A program as long as it is the same file: path, size, time of its last change. Nothing for a missing one.
std::optional<std::string> stamp(const host::Host& host, const host::Environment& environment,
                                 const std::string& program) {
    const auto found = host.processes.find_program(program, environment);
    if (!found) return std::nullopt;
    std::error_code error;
    const fs::path file = fs::canonical(*found, error);
    const auto size = fs::file_size(file, error);
    const auto time = fs::last_write_time(file, error);
    if (error) return std::nullopt;
    return found->string() + " " + file.string() + " " + std::to_string(size) + " " +
           std::to_string(time.time_since_epoch().count()) + "\n";
}

/// The assembler that belongs to an archiver: "aarch64-linux-gnu-ar" gives "aarch64-linux-gnu-as".
std::string assembler(std::string archiver) {
    if (archiver.ends_with("ar")) archiver.back() = 's';
    return archiver;
}

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace

CheckMemory CheckMemory::open(const host::Host& host, const host::Environment& environment) {
    CheckMemory memory;
    memory.compiler_ = environment.get("CC").value_or("");
    memory.linker_ = environment.get("LD").value_or("");
    std::string identity;
    for (const auto& program :
         {memory.compiler_, memory.linker_, assembler(environment.get("AR").value_or(""))}) {
        const auto found = program.empty() ? std::nullopt : stamp(host, environment, program);
        if (!found) return memory;
        identity += *found;
    }
    memory.file_ = host.cache / "compiler-checks" / sha256(identity);
    const auto text = host::read_file(memory.file_);
    if (!text) return memory;
    for (const auto line : lines(*text)) {
        const auto blank = line.find(' ');
        if (blank != std::string_view::npos)
            memory.answers_.emplace(line.substr(0, blank), line.substr(blank + 1));
    }
    return memory;
}

bool CheckMemory::covers(const std::string& command) const {
    if (file_.empty()) return false;
    // A script of the tree, a header or a linked program brings in what is not the compiler's own.
    for (const std::string_view foreign : {".sh", "#include", "-print-", "-static", "python", "rustc"}) {
        if (has(command, foreign)) return false;
    }
    if (has(command, linker_ + " -v ")) return true;
    if (!has(command, compiler_ + " ")) return false;
    const bool stops = has(command, " -c ") || has(command, " -S ") || has(command, " -E ");
    return stops && (has(command, " -x c ") || has(command, " -x assembler-with-cpp "));
}

std::optional<std::string> CheckMemory::recall(const std::string& command) const {
    if (!covers(command)) return std::nullopt;
    const auto found = answers_.find(sha256(command));
    return found == answers_.end() ? std::nullopt : std::optional(found->second);
}

void CheckMemory::remember(const std::string& command, const std::string& output) {
    if (!covers(command) || has(output, "\n")) return;
    answers_[sha256(command)] = output;
    changed_ = true;
}

std::string CheckMemory::control() const {
    return R"(trap "rm -rf .tmp_$$" EXIT; mkdir .tmp_$$ && )" + compiler_ +
           " -c -x c /dev/null -o .tmp_$$/tmp.o && echo y";
}

void CheckMemory::save() {
    std::string text;
    for (const auto& [command, output] : answers_)
        text.append(command).append(" ").append(output).append("\n");
    const bool written = host::make_directories(file_.parent_path()) && host::write_file(file_, text);
    changed_ = !written;
}

}  // namespace rpikit::kconfig
