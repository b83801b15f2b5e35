#include "sdk/archive/packed_writer.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

namespace rpikit::archive {

struct PackedWriter::State {
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { archive_write_free(handle); }

    Result<> check(la_ssize_t code) const {
        if (code >= ARCHIVE_OK) return {};
        const char* text = archive_error_string(handle);
        return fail({.message = "cannot compress", .causes = {text != nullptr ? text : "libarchive failed"}});
    }
    Result<> choose(Compression compression, unsigned threads) const {
        switch (compression) {
            case Compression::none:
                return {};
            case Compression::gzip:
                TRY(check(archive_write_add_filter_gzip(handle)));
                // The same bytes for the same card, whatever the clock says.
                return check(archive_write_set_filter_option(handle, "gzip", "timestamp", nullptr));
            case Compression::zstd:
                return check(archive_write_add_filter_zstd(handle));
            case Compression::xz:
                TRY(check(archive_write_add_filter_xz(handle)));
                // Level 6 takes 170 MB a thread, for a few per cent.
                TRY(check(archive_write_set_filter_option(handle, "xz", "compression-level", "3")));
                return check(archive_write_set_filter_option(handle, "xz", "threads",
                                                             fmt::to_string(threads).c_str()));
        }
        return {};
    }
    Result<> start(int descriptor) const {
        TRY(check(archive_write_set_format_raw(handle)));
        TRY(check(archive_write_set_bytes_in_last_block(handle, 1)));
        TRY(check(archive_write_open_fd(handle, descriptor)));
        const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                             archive_entry_free);
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_pathname(entry.get(), "image");
        return check(archive_write_header(handle, entry.get()));
    }

    ::archive* handle = archive_write_new();
};

PackedWriter::PackedWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
PackedWriter::PackedWriter(PackedWriter&&) noexcept = default;
PackedWriter& PackedWriter::operator=(PackedWriter&&) noexcept = default;
PackedWriter::~PackedWriter() = default;

Result<PackedWriter> PackedWriter::open(int descriptor, Compression compression, unsigned threads) {
    PackedWriter writer(std::make_unique<State>());
    TRY(writer.state_->choose(compression, threads));
    TRY(writer.state_->start(descriptor));
    return writer;
}

Result<> PackedWriter::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto count = archive_write_data(state_->handle, bytes.data(), bytes.size());
        TRY(state_->check(count));
        if (count == 0) return fail({.message = "cannot compress"});
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

Result<> PackedWriter::finish() {
    return state_->check(archive_write_close(state_->handle));
}

}  // namespace rpikit::archive
