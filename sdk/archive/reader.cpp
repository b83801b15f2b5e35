#include "sdk/archive/reader.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <locale.h>

#include <algorithm>
#include <cerrno>

namespace rpikit::archive {

namespace {

/// Both blocks of zeros that end a tar (POSIX.1-2017, pax, "ustar Interchange Format"); some writers leave it
/// at one.
constexpr std::size_t tar_end_mark = 512;

/// Lets libarchive convert names to and from UTF-8 whatever the user's locale is; "C" would lose them.
class Utf8Scope {
  public:
    Utf8Scope() : utf8_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
        if (utf8_ != nullptr) before_ = uselocale(utf8_);
    }
    Utf8Scope(const Utf8Scope&) = delete;
    Utf8Scope& operator=(const Utf8Scope&) = delete;
    ~Utf8Scope() {
        if (utf8_ == nullptr) return;
        uselocale(before_);
        freelocale(utf8_);
    }

  private:
    locale_t utf8_;
    locale_t before_ = nullptr;
};

void choose_format(::archive* handle, Format format) {
    switch (format) {
        case Format::tar:
            archive_read_support_format_tar(handle);
            break;
        case Format::ar:
            archive_read_support_format_ar(handle);
            break;
        case Format::cpio:
            archive_read_support_format_cpio(handle);
            break;
        case Format::zip:
            archive_read_support_format_zip_streamable(handle);
            break;
        case Format::compressed:
            // Named one by one: "all" would include those that start programs on behalf of the input.
            archive_read_support_format_raw(handle);
            archive_read_support_filter_gzip(handle);
            archive_read_support_filter_bzip2(handle);
            archive_read_support_filter_lz4(handle);
            archive_read_support_filter_zstd(handle);
            break;
    }
}

}  // namespace

struct Reader::State {
    State(ByteStream from, Format as) : stream(std::move(from)), format(as) { choose_format(handle, format); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { archive_read_free(handle); }

    /// The stream's next piece; remembers its failure, and how many zeros the bytes so far end with.
    std::span<const std::byte> pull() {
        auto piece = stream();
        if (!piece) {
            failure = std::move(piece).error();
            return {};
        }
        const auto last =
            std::find_if(piece->rbegin(), piece->rend(), [](std::byte b) { return b != std::byte{0}; });
        const auto trailing = static_cast<std::size_t>(last - piece->rbegin());
        zeros = trailing == piece->size() ? zeros + trailing : trailing;
        return *piece;
    }

    static la_ssize_t read(::archive* handle, void* self, const void** buffer) {
        auto& state = *static_cast<State*>(self);
        const auto piece = state.pull();
        if (state.failure) {
            archive_set_error(handle, EIO, "%s", state.failure->message.c_str());
            return ARCHIVE_FATAL;
        }
        *buffer = piece.data();
        return static_cast<la_ssize_t>(piece.size());
    }

    /// Reads on to the end of the stream, so that what its decoder checks last is checked too.
    void drain() {
        while (!failure && !pull().empty()) {
        }
    }

    ByteStream stream;
    Format format;
    ::archive* handle = archive_read_new();
    std::optional<Error> failure;
    std::size_t zeros = 0;
};

Reader::Reader(std::unique_ptr<State> state) : state_(std::move(state)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Error Reader::error() const {
    if (state_->failure) return *state_->failure;
    const char* text = archive_error_string(state_->handle);
    return {.message = text != nullptr ? text : "the archive is damaged"};
}

Result<Reader> Reader::open(ByteStream stream, Format format) {
    const Utf8Scope scope;
    Reader reader(std::make_unique<State>(std::move(stream), format));
    if (archive_read_open(reader.state_->handle, reader.state_.get(), nullptr, State::read, nullptr) !=
        ARCHIVE_OK) {
        return fail(reader.error());
    }
    return reader;
}

Result<archive_entry*> Reader::next() {
    const Utf8Scope scope;
    archive_entry* entry = nullptr;
    int code = ARCHIVE_RETRY;
    while (code == ARCHIVE_RETRY) {
        code = archive_read_next_header(state_->handle, &entry);
    }
    // libarchive goes on at the next header it finds in a damaged cpio, with a warning.
    if (code == ARCHIVE_WARN && state_->format == Format::cpio) return fail(error());
    // Without a filter the "content" would be the damaged stream itself.
    if (state_->format == Format::compressed && archive_filter_count(state_->handle) < 2) {
        return fail({.message = "the compressed data is damaged"});
    }
    if (code == ARCHIVE_OK || code == ARCHIVE_WARN) return entry;
    if (code != ARCHIVE_EOF) return fail(error());
    state_->drain();
    if (state_->failure) return fail(error());
    if (state_->format == Format::tar && state_->zeros < tar_end_mark) {
        return fail({.message = "the archive is truncated: it has no end mark"});
    }
    return nullptr;
}

Result<std::optional<DataBlock>> Reader::data() {
    const void* bytes = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int code = archive_read_data_block(state_->handle, &bytes, &size, &offset);
    if (code == ARCHIVE_EOF) return std::nullopt;
    // A zip's wrong checksum is but a warning to libarchive.
    const bool usable = code == ARCHIVE_OK || (code == ARCHIVE_WARN && state_->format != Format::zip);
    if (!usable) return fail(error());
    return DataBlock{.bytes = {static_cast<const std::byte*>(bytes), size},
                     .offset = static_cast<std::uint64_t>(offset)};
}

std::uint64_t Reader::position() const {
    // Filter -1 is the one next to the stream.
    const auto position = archive_filter_bytes(state_->handle, -1);
    return position < 0 ? 0 : static_cast<std::uint64_t>(position);
}

ByteStream entry_stream(Reader reader) {
    return [reader = std::move(reader)]() mutable -> Result<std::span<const std::byte>> {
        while (true) {
            TRY_ASSIGN(const auto block, reader.data());
            if (!block) return std::span<const std::byte>{};
            if (!block->bytes.empty()) return block->bytes;
        }
    };
}

}  // namespace rpikit::archive
