// Reading safetensors: u64 header length, JSON header, tensor bytes.
// Format: https://huggingface.co/docs/safetensors (little-endian, row-major, data without holes).
#include <algorithm>
#include <string_view>

#include "models/checkpoint/fail.h"
#include "models/checkpoint/json_scanner.h"
#include "models/checkpoint/limits.h"
#include "models/checkpoint/readers.h"
#include "models/checkpoint/text.h"
#include "models/checkpoint/view.h"

namespace imago::checkpoint {
namespace {

struct Entry {
  std::string name;
  View view;
  int64_t begin = 0, end = 0;  // in the data
  uint64_t position = 0;       // of the entry in the file
};

DType dtype_of(const std::string& spelling, const std::string& where, uint64_t offset) {
  constexpr DType kTypes[] = {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64,
                              DType::i32, DType::i16, DType::i8,  DType::u8,   DType::boolean};
  for (const DType type : kTypes) {
    if (spelling == to_string(type)) return type;
  }
  fail(Kind::unsupported, where, offset,
       "has the element type \"" + printable(spelling) + "\", which Imago does not know");
}

// The header's JSON text. Checks the length before anything is believed.
std::string_view header_text(const Source& source) {
  const auto file = source.bytes();
  if (file.size() < 8) {
    fail(Kind::truncated, "header", file.size(), "the file ends before its header length");
  }
  const uint64_t length = read_le<uint64_t>(file, 0);
  if (length > kMaxHeader) {
    fail(Kind::limit, "header", 0, "the header claims to be longer than 100 MB");
  }
  if (length > file.size() - 8) {
    fail(Kind::truncated, "header", file.size(),
         "the file ends inside its header: the download is incomplete");
  }
  const std::string_view text(reinterpret_cast<const char*>(file.data()) + 8, length);
  if (text.empty() || text[0] != '{') {
    fail(Kind::malformed, "header", 8, "the header does not begin with '{'");
  }
  return text;
}

class Header {
 public:
  Header(const Source& source, Budget& budget)
      : scanner_(header_text(source), 8), budget_(budget) {}

  std::vector<Entry> entries;
  std::map<std::string, std::string> metadata;

  void parse() {
    scanner_.expect('{');
    bool first = true, has_metadata = false;
    while (!scanner_.accept('}')) {
      if (!first) scanner_.expect(',');
      first = false;
      const uint64_t position = scanner_.offset();
      std::string name = scanner_.string(kMaxName);
      scanner_.expect(':');
      if (name == "__metadata__") {
        if (has_metadata) fail(Kind::malformed, name, position, "appears twice in the header");
        has_metadata = true;
        metadata = scan_metadata(scanner_, budget_, "__metadata__");
        scanner_.set_where("header");
      } else {
        parse_entry(std::move(name), position);
      }
    }
    scanner_.expect_end();
  }

 private:
  void parse_entry(std::string name, uint64_t position) {
    if (entries.size() >= kMaxTensors) {
      fail(Kind::limit, name, position, "the file has more than 65536 tensors");
    }
    budget_.charge(sizeof(Entry) + 3 * name.size() + 512, name, position);
    scanner_.set_where(name);
    Entry entry{std::move(name), {}, 0, 0, position};
    scanner_.expect('{');
    unsigned seen = 0;
    while (!scanner_.accept('}')) {
      if (seen) scanner_.expect(',');
      parse_field(entry, seen);
    }
    if (seen != 7) {
      fail(Kind::malformed, entry.name, position, "lacks one of dtype, shape and data_offsets");
    }
    scanner_.set_where("header");
    entries.push_back(std::move(entry));
  }

  void parse_field(Entry& entry, unsigned& seen) {
    const uint64_t position = scanner_.offset();
    const std::string field = scanner_.string(kMaxName);
    const unsigned bit = field == "dtype"          ? 1
                         : field == "shape"        ? 2
                         : field == "data_offsets" ? 4
                                                   : 0;
    if (bit == 0) {
      fail(Kind::malformed, entry.name, position,
           "has an unknown field \"" + printable(field) + "\"");
    }
    if (seen & bit)
      fail(Kind::malformed, entry.name, position, "has the field " + field + " twice");
    seen |= bit;
    scanner_.expect(':');
    if (bit == 1) {
      const uint64_t at = scanner_.offset();
      entry.view.type = dtype_of(scanner_.string(kMaxName), entry.name, at);
    } else if (bit == 2) {
      parse_shape(entry);
    } else {
      scanner_.expect('[');
      entry.begin = scanner_.integer();
      scanner_.expect(',');
      entry.end = scanner_.integer();
      scanner_.expect(']');
    }
  }

  void parse_shape(Entry& entry) {
    scanner_.expect('[');
    while (!scanner_.accept(']')) {
      if (!entry.view.shape.empty()) scanner_.expect(',');
      const uint64_t position = scanner_.offset();
      if (entry.view.shape.size() == kMaxDims) {
        fail(Kind::limit, entry.name, position, "has more than 8 dimensions");
      }
      entry.view.shape.push_back(scanner_.integer());
    }
  }

  JsonScanner scanner_;
  Budget& budget_;
};

// Every byte of the data belongs to exactly one tensor: whatever else a file hides there is
// refused.
void check_layout(const std::vector<Entry>& entries, uint64_t data_begin, uint64_t file_size) {
  const int64_t data_size = static_cast<int64_t>(file_size - data_begin);
  std::vector<const Entry*> order;
  for (const Entry& entry : entries) {
    const std::string& name = entry.name;
    const uint64_t bytes = dense_bytes(entry.view.type, entry.view.shape, name, entry.position);
    if (entry.end < entry.begin) {
      fail(Kind::malformed, name, entry.position, "its data ends before it begins");
    }
    if (static_cast<uint64_t>(entry.end - entry.begin) != bytes) {
      fail(Kind::malformed, name, entry.position,
           "has " + std::to_string(entry.end - entry.begin) + " bytes of data, its shape needs " +
               std::to_string(bytes));
    }
    if (entry.end > data_size) {
      fail(Kind::truncated, name, file_size,
           "its data lies beyond the end of the file: the download is incomplete");
    }
    order.push_back(&entry);
  }
  std::sort(order.begin(), order.end(), [](const Entry* a, const Entry* b) {
    return std::pair(a->begin, a->end) < std::pair(b->begin, b->end);
  });
  int64_t end = 0;
  for (const Entry* entry : order) {
    if (entry->begin != end) {
      fail(Kind::malformed, entry->name, data_begin + static_cast<uint64_t>(entry->begin),
           entry->begin < end ? "its data overlaps another tensor's"
                              : "there is a hole before its data");
    }
    end = entry->end;
  }
  if (end != data_size) {
    fail(Kind::malformed, "", data_begin + static_cast<uint64_t>(end),
         "bytes that belong to no tensor follow the last one");
  }
}

}  // namespace

StateDict read_safetensors(const Source& source, const ReadOptions& options) {
  Budget budget(source.size());
  Header header(source, budget);
  header.parse();
  const uint64_t data_begin = 8 + read_le<uint64_t>(source.bytes(), 0);
  check_layout(header.entries, data_begin, source.size());

  StateDict tensors;
  tensors.metadata = std::move(header.metadata);
  for (Entry& entry : header.entries) {
    const auto size = static_cast<uint64_t>(entry.end - entry.begin);
    const uint64_t begin = data_begin + static_cast<uint64_t>(entry.begin);
    if (tensors.contains(entry.name)) {
      fail(Kind::malformed, entry.name, entry.position, "appears twice in the header");
    }
    budget.charge(size, entry.name, begin);
    entry.view.stride = dense_strides(entry.view.shape);
    const StorageBytes storage{source.bytes().subspan(begin, size), begin, &source};
    HostTensor tensor = gather(entry.view, storage);
    source.done_with(begin, size);
    if (!options.allow_not_finite) check_finite(tensor, entry.view, storage, entry.name);
    tensors.insert(std::move(entry.name), std::move(tensor));
  }
  return tensors;
}

}  // namespace imago::checkpoint
