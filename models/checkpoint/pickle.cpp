#include "models/checkpoint/pickle.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "models/checkpoint/pickle_machine.h"
#include "models/checkpoint/source.h"
#include "models/checkpoint/text.h"

namespace imago::checkpoint::pickle {
namespace {

// Opcodes by the names of Python's pickletools.
enum Opcode : uint8_t {
  kMark = '(',
  kStop = '.',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNone = 'N',
  kBinPersId = 'Q',
  kReduce = 'R',
  kShortBinString = 'U',
  kBinUnicode = 'X',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTuple = 't',
  kSetItems = 'u',
  kEmptyDict = '}',
  kEmptyList = ']',
  kEmptyTuple = ')',
  kBinFloat = 'G',
  kProto = 0x80,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
};

std::string hex(uint8_t value) {
  constexpr char kDigits[] = "0123456789abcdef";
  return std::string("0x") + kDigits[value >> 4] + kDigits[value & 15];
}

}  // namespace

Tree run(const Input& input, Budget& budget, size_t& consumed) {
  Machine machine(input, budget);
  Tree tree = machine.run();
  consumed = machine.consumed();
  return tree;
}

void Machine::fail(Kind kind, const std::string& what) const {
  const std::string where_in_entry =
      input_.inflated ? ", at byte " + std::to_string(opcode_at_) + " of the inflated pickle" : "";
  throw CheckpointError(kind, input_.where, input_.offset(opcode_at_), what + where_in_entry);
}

Tree Machine::run() {
  for (uint64_t count = 0;; ++count) {
    if (count == kMaxOpcodes) fail(Kind::limit, "the pickle has more than a million opcodes");
    opcode_at_ = position_;
    const auto opcode = take_le<uint8_t>();
    if (count == 0 && opcode != kProto) fail(Kind::malformed, "this is not a pickle of protocol 2");
    if (opcode == kStop) break;
    if (opcode == kProto) {
      if (count != 0) fail(Kind::malformed, "a second protocol number inside the pickle");
      const auto protocol = take_le<uint8_t>();
      if (protocol != 2) {
        fail(Kind::unsupported, "pickle protocol " + std::to_string(protocol) +
                                    "; only protocol 2, PyTorch's default, is read");
      }
    } else if (!push_atom(opcode) && !push_number(opcode) && !push_container(opcode) &&
               !fill_container(opcode) && !use_memo(opcode) && !use_symbol(opcode)) {
      fail(Kind::forbidden, "the pickle opcode " + hex(opcode) +
                                " is not one that model weights need; the file may be harmful");
    }
  }
  if (stack_.size() != 1 || !marks_.empty()) {
    fail(Kind::malformed, "the pickle ends with a stack that does not hold one value");
  }
  tree_.root = stack_.back();
  check_nesting(tree_, input_);
  return std::move(tree_);
}

std::span<const std::byte> Machine::take(size_t size) {
  if (size > input_.bytes.size() - position_) {
    if (input_.bytes.size() >= kMaxPickle) fail(Kind::limit, "the pickle is longer than 64 MiB");
    fail(Kind::truncated, "the pickle ends too early");
  }
  const auto bytes = input_.bytes.subspan(position_, size);
  position_ += size;
  return bytes;
}

template <typename T>
T Machine::take_le() {
  return read_le<T>(take(sizeof(T)), 0);
}

std::string_view Machine::take_text(size_t size) {
  const auto bytes = take(size);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view Machine::take_line() {
  constexpr size_t kMaxLine = 256;
  const auto rest = input_.bytes.subspan(position_);
  const auto end =
      std::find(rest.begin(), rest.begin() + std::min(rest.size(), kMaxLine), std::byte{'\n'});
  const auto size = static_cast<size_t>(end - rest.begin());
  if (size == kMaxLine) fail(Kind::malformed, "the name of a global is longer than 256 bytes");
  const std::string_view line = take_text(size);
  take(1);
  return line;
}

void Machine::push(Value value) {
  charge(kValueCost);
  stack_.push_back(std::move(value));
}

Value& Machine::top() {
  // What lies below the last mark belongs to whoever set the mark.
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) {
    fail(Kind::malformed, "the pickle takes from an empty stack");
  }
  return stack_.back();
}

Value Machine::pop() {
  const Value value = top();
  stack_.pop_back();
  budget_.release(kValueCost);
  return value;
}

size_t Machine::pop_mark() {
  if (marks_.empty()) fail(Kind::malformed, "the pickle refers to a mark that was not set");
  const size_t mark = marks_.back();
  marks_.pop_back();
  return mark;
}

Value Machine::below(size_t mark) {
  if (mark <= (marks_.empty() ? 0 : marks_.back())) {
    fail(Kind::malformed, "the pickle takes from an empty stack");
  }
  return stack_[mark - 1];
}

void Machine::drop_from(size_t mark) {
  budget_.release((stack_.size() - mark) * kValueCost);
  stack_.resize(mark);
}

const std::vector<Value>& Machine::as_tuple(const Value& value, const char* what) const {
  return tree_.tuples[as<TupleRef>(value, what).index];
}

std::vector<int64_t> Machine::as_sizes(const Value& value, const char* what) const {
  const std::vector<Value>& items = as_tuple(value, what);
  if (items.size() > kMaxDims) {
    fail(Kind::limit, "a tensor has " + std::to_string(items.size()) + " dimensions, more than 8");
  }
  std::vector<int64_t> sizes;
  for (const Value& item : items) {
    sizes.push_back(as<int64_t>(item, what));
    if (sizes.back() < 0) fail(Kind::malformed, std::string("negative number in ") + what);
  }
  return sizes;
}

bool Machine::push_atom(uint8_t opcode) {
  switch (opcode) {
    case kMark:
      if (marks_.size() == kMaxMarks) fail(Kind::limit, "the pickle nests too deeply");
      marks_.push_back(stack_.size());
      return true;
    case kNone:
      push(None{});
      return true;
    case kNewTrue:
      push(true);
      return true;
    case kNewFalse:
      push(false);
      return true;
    case kBinUnicode: {
      const std::string_view text = take_text(take_le<uint32_t>());
      if (!is_utf8(text)) fail(Kind::malformed, "a string in the pickle is not UTF-8");
      push(text);
      return true;
    }
    case kShortBinString:
      push(take_text(take_le<uint8_t>()));
      return true;
    default:
      return false;
  }
}

bool Machine::push_number(uint8_t opcode) {
  switch (opcode) {
    case kBinInt:
      push(int64_t{static_cast<int32_t>(take_le<uint32_t>())});
      return true;
    case kBinInt1:
      push(int64_t{take_le<uint8_t>()});
      return true;
    case kBinInt2:
      push(int64_t{take_le<uint16_t>()});
      return true;
    case kLong1:
      long1();
      return true;
    case kBinFloat:  // the one big-endian number in the language
      push(std::bit_cast<double>(__builtin_bswap64(take_le<uint64_t>())));
      return true;
    default:
      return false;
  }
}

// A two's complement integer of so many bytes, none meaning zero.
void Machine::long1() {
  const auto size = take_le<uint8_t>();
  if (size > 16) fail(Kind::limit, "an integer in the pickle has more than 16 bytes");
  const std::string_view bytes = take_text(size);
  if (size > 8) return push(BigInt{bytes});
  uint64_t value = size > 0 && static_cast<uint8_t>(bytes.back()) >= 0x80 ? ~uint64_t{0} : 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  push(static_cast<int64_t>(value));
}

bool Machine::push_container(uint8_t opcode) {
  switch (opcode) {
    case kEmptyTuple:
      push_tuple({});
      return true;
    case kTuple: {
      const size_t mark = pop_mark();
      std::vector<Value> items(stack_.begin() + static_cast<std::ptrdiff_t>(mark), stack_.end());
      drop_from(mark);
      push_tuple(std::move(items));
      return true;
    }
    case kTuple1:
    case kTuple2:
    case kTuple3: {
      std::vector<Value> items(opcode - kTuple1 + 1);
      for (size_t i = items.size(); i-- > 0;) items[i] = pop();
      push_tuple(std::move(items));
      return true;
    }
    case kEmptyList:
      charge(kContainerCost);
      tree_.lists.emplace_back();
      push(ListRef{static_cast<uint32_t>(tree_.lists.size() - 1)});
      return true;
    case kEmptyDict:
      charge(kContainerCost);
      tree_.dicts.push_back({{}, false, offset()});
      push(DictRef{static_cast<uint32_t>(tree_.dicts.size() - 1)});
      return true;
    default:
      return false;
  }
}

void Machine::push_tuple(std::vector<Value> items) {
  charge(kContainerCost + items.size() * kValueCost);
  tree_.tuples.push_back(std::move(items));
  push(TupleRef{static_cast<uint32_t>(tree_.tuples.size() - 1)});
}

bool Machine::fill_container(uint8_t opcode) {
  switch (opcode) {
    case kAppend: {
      const Value item[] = {pop()};
      append(top(), item);
      return true;
    }
    case kAppends: {
      const size_t mark = pop_mark();
      append(below(mark), std::span(stack_).subspan(mark));
      drop_from(mark);
      return true;
    }
    case kSetItem: {
      const Value value = pop(), key = pop();
      const Value items[] = {key, value};
      set_items(top(), items);
      return true;
    }
    case kSetItems: {
      const size_t mark = pop_mark();
      set_items(below(mark), std::span(stack_).subspan(mark));
      drop_from(mark);
      return true;
    }
    case kBuild:
      build();
      return true;
    default:
      return false;
  }
}

void Machine::append(const Value& target, std::span<const Value> items) {
  const ListRef list = as<ListRef>(target, "a list to append to");
  charge(items.size() * kValueCost);
  std::vector<Value>& values = tree_.lists[list.index];
  values.insert(values.end(), items.begin(), items.end());
}

void Machine::set_items(const Value& target, std::span<const Value> items) {
  const DictRef dict = as<DictRef>(target, "a dictionary to set items of");
  if (items.size() % 2 != 0) fail(Kind::malformed, "a dictionary key without a value");
  charge(items.size() * kValueCost);
  auto& entries = tree_.dicts[dict.index].items;
  if (entries.empty()) entries.reserve(items.size() / 2);  // most are filled in one go
  for (size_t i = 0; i < items.size(); i += 2) {
    if (!std::holds_alternative<std::string_view>(items[i]) &&
        !std::holds_alternative<int64_t>(items[i])) {
      fail(Kind::malformed, "a dictionary key is neither a string nor an integer");
    }
    entries.emplace_back(items[i], items[i + 1]);
  }
}

// torch.nn.Module.state_dict hangs {"_metadata": …} on its OrderedDict as an attribute. It says
// nothing about the weights, so that it is checked for its type and dropped.
void Machine::build() {
  const Value state = pop();
  as<DictRef>(state, "a dictionary as the state to BUILD with");
  const DictRef target = as<DictRef>(top(), "an OrderedDict to BUILD");
  if (!tree_.dicts[target.index].ordered) fail(Kind::malformed, "expected an OrderedDict to BUILD");
}

bool Machine::use_memo(uint8_t opcode) {
  switch (opcode) {
    case kBinPut:
    case kLongBinPut: {
      const uint32_t key = opcode == kBinPut ? take_le<uint8_t>() : take_le<uint32_t>();
      if (memo_.insert_or_assign(key, top()).second) {
        charge(kMemoCost);
      }
      return true;
    }
    case kBinGet:
    case kLongBinGet: {
      const uint32_t key = opcode == kBinGet ? take_le<uint8_t>() : take_le<uint32_t>();
      const auto found = memo_.find(key);
      if (found == memo_.end()) {
        fail(Kind::malformed,
             "the pickle recalls number " + std::to_string(key) + ", which it never memorised");
      }
      push(found->second);
      return true;
    }
    default:
      return false;
  }
}

bool Machine::use_symbol(uint8_t opcode) {
  switch (opcode) {
    case kGlobal:
      global();
      return true;
    case kBinPersId:
      persistent_id();
      return true;
    case kReduce:
      reduce();
      return true;
    default:
      return false;
  }
}

}  // namespace imago::checkpoint::pickle
