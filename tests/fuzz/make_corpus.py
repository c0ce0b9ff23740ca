#!/usr/bin/env python3
"""Writes the first inputs of tests/fuzz/corpus: small files, right and wrong, of what no fixture has.
What fuzzing finds is added beside them."""

import io
import json
import pathlib
import pickle
import struct
import zipfile

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
ONE = struct.pack("<f", 1)


def put(target, name, content):
    (CORPUS / target).mkdir(parents=True, exist_ok=True)
    (CORPUS / target / name).write_bytes(content)


def safetensors(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def described(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def text(string):
    return b"X" + struct.pack("<I", len(string.encode())) + string.encode()


def integer(number):
    return b"J" + struct.pack("<i", number)


def tensor(key, size, stride, offset=0, count=1, view=b""):
    """The opcodes of torch._utils._rebuild_tensor_v2(storage, offset, size, stride, False, {})."""
    numbers = lambda values: b"(" + b"".join(map(integer, values)) + b"t"
    return (b"ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + b"ctorch\nFloatStorage\n"
            + text(key) + text("cpu") + integer(count) + view + b"tQ" + integer(offset)
            + numbers(size) + numbers(stride) + b"\x89ccollections\nOrderedDict\n)RtR")


def dictionary(*items):
    return b"}(" + b"".join(text(key) + value for key, value in items) + b"u"


def pickled(value):
    return b"\x80\x02" + value + b"."


def archive(root, storages={}, method=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as entries:
        for name, content in {"data.pkl": root, "version": "3\n",
                              **{f"data/{key}": value for key, value in storages.items()}}.items():
            entries.writestr(zipfile.ZipInfo("a/" + name), content, method)  # without today's date
    return file.getvalue()


def legacy(root, storages={}):
    sizes = {"short": 2, "int": 4, "long": 4}
    head = (0x1950A86A20F9469CFC6C, 1001,
            {"protocol_version": 1001, "little_endian": True, "type_sizes": sizes})
    return (b"".join(pickle.dumps(value, 2) for value in head) + root
            + pickle.dumps(list(storages), 2)
            + b"".join(struct.pack("<q", len(v) // 4) + v for v in storages.values()))


def make_safetensors():
    name = "fuzz_safetensors"
    put(name, "empty_header", safetensors({}))
    put(name, "metadata_only", safetensors({"__metadata__": {"format": "pt", "k": "\u00e4\"\\"}}))
    put(name, "scalar", safetensors({"a": described("F32", [], 0, 4)}, ONE))
    put(name, "no_elements", safetensors({"a": described("F16", [0, 3], 0, 0)}))
    put(name, "hole", safetensors({"a": described("U8", [1], 1, 2)}, bytes(2)))
    put(name, "overlap", safetensors({"a": described("U8", [2], 0, 2),
                                      "b": described("U8", [2], 1, 3)}, bytes(3)))
    item = b'"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}'
    put(name, "twice", safetensors(b"{" + item + b"," + item + b"}", bytes(1)))
    put(name, "not_a_number", safetensors({"a": described("F32", [1], 0, 4)}, b"\0\0\xc0\x7f"))
    put(name, "product_overflows",
        safetensors({"a": described("F64", [1 << 40, 1 << 40], 0, 8)}, bytes(8)))
    put(name, "header_beyond_file", struct.pack("<Q", 1 << 40) + b"{}")


def make_torch_zip():
    name = "fuzz_torch_zip"
    one = tensor("0", [1], [1])
    put(name, "no_tensors", archive(pickled(b"}")))
    put(name, "one", archive(pickled(dictionary(("a", one))), {"0": ONE}))
    put(name, "deflated", archive(pickled(dictionary(("a", tensor("0", [2, 2], [2, 1], count=4)))),
                                  {"0": ONE * 4}, zipfile.ZIP_DEFLATED))
    put(name, "transposed_and_shared",
        archive(pickled(dictionary(("a", tensor("0", [2, 3], [1, 2], count=6)),
                                   ("b", tensor("0", [3], [2], 1, 6)))), {"0": ONE * 6}))
    put(name, "stride_of_zero",
        archive(pickled(dictionary(("a", tensor("0", [3, 3], [0, 0])))), {"0": ONE}))
    put(name, "beyond_its_storage",
        archive(pickled(dictionary(("a", tensor("0", [2], [1], 1, 2)))), {"0": ONE * 2}))
    put(name, "nested", archive(pickled(dictionary(("params_ema", dictionary(("w", one))),
                                                   ("step", integer(3)))), {"0": ONE}))
    put(name, "holds_itself", archive(pickled(b"}q\x00(" + text("a") + b"h\x00u")))
    doubles = b"".join(b"](h%ch%ceq%c" % (i, i, i + 1) for i in range(40))
    put(name, "doubles_at_every_level", archive(pickled(b"](]q\x00" + doubles + b"e")))
    put(name, "forbidden", archive(pickled(b"cos\nsystem\n(" + text("ls") + b"tR")))


def make_torch_legacy():
    name = "fuzz_torch_legacy"
    one = tensor("1", [1], [1], view=b"N")
    put(name, "no_tensors", legacy(pickled(b"}")))
    put(name, "one", legacy(pickled(dictionary(("a", one))), {"1": ONE}))
    put(name, "two_storages",
        legacy(pickled(dictionary(("a", tensor("1", [2], [1], 0, 2, b"N")),
                                  ("b", tensor("2", [1], [1], view=b"N")))),
               {"1": ONE * 2, "2": ONE}))
    put(name, "storage_missing", legacy(pickled(dictionary(("a", one)))))
    put(name, "cut", legacy(pickled(dictionary(("a", one))), {"1": ONE})[:-2])
    put(name, "long_integer", legacy(pickled(dictionary(("a", b"\x8a\x0c" + bytes(12))))))


def varint(number):
    number &= (1 << 64) - 1
    content = b""
    while number >= 0x80:
        content += bytes([number & 0x7f | 0x80])
        number >>= 7
    return content + bytes([number])


def field(number, value):
    """Of protobuf: a whole number, or bytes with their length before them."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def message(*fields):
    return b"".join(field(number, value) for number, value in fields)


def initializer(name, dims, *rest):
    return message(*((1, dim) for dim in dims), (2, 1), (8, name), *rest)


def node(kind, inputs, outputs, *attributes):
    return message(*((1, name) for name in inputs), *((2, name) for name in outputs), (4, kind),
                   *((5, attribute) for attribute in attributes))


def picture(name, *sides):
    dims = message(*((1, message((1, side) if isinstance(side, int) else (2, side)))
                     for side in sides))
    return message((1, name), (2, message((1, message((1, 1), (2, dims))))))


def network(*graph_fields, opset=17):
    graph = message((2, "g"), *graph_fields, (11, picture("x", 1, 3, "height", "width")),
                    (12, picture("y", 1, 3, "height", "width")))
    return message((1, 8), (8, message((1, ""), (2, opset))), (7, graph))


def make_onnx():
    name = "fuzz_onnx"
    relu = (1, node("Relu", ["x"], ["y"]))
    weights = initializer("w", [3, 3, 1, 1], (9, ONE * 9))
    ints = message((1, "kernel_shape"), (8, 1), (8, 1), (20, 7))
    conv = (1, node("Conv", ["x", "w"], ["y"], ints))
    put(name, "relu", network(relu))
    put(name, "conv", network((5, weights), conv))
    put(name, "floats_one_by_one",
        network((5, initializer("w", [3, 3, 1, 1], *((4, ONE) for _ in range(9)))), conv))
    put(name, "opset_9_upsample",
        network((5, initializer("s", [4], (9, ONE * 4))),
                (1, node("Upsample", ["x", "s"], ["y"])), opset=9))
    put(name, "external", network((5, initializer("w", [3, 3, 1, 1], (14, 1), (
        13, message((1, "location"), (2, "../weights"))))), conv))
    put(name, "dims_overflow", network((5, initializer("w", [1 << 31, 1 << 31, 1 << 31])), conv))
    put(name, "negative_dim", network((5, initializer("w", [-1, 3])), conv))
    put(name, "too_few_bytes", network((5, initializer("w", [3, 3, 1, 1], (9, ONE))), conv))
    put(name, "no_graph", message((1, 8)))
    put(name, "length_beyond_file", varint(7 << 3 | 2) + varint(1 << 40))
    put(name, "group", network(relu) + varint(7 << 3 | 3))
    put(name, "long_varint", b"\x08" + b"\xff" * 11)
    put(name, "nested", network((1, node("If", ["x"], ["y"], message((1, "then_branch"), (
        6, message(relu)), (20, 5))))))
    put(name, "cut", network((5, weights), conv)[:-3])


if __name__ == "__main__":
    make_safetensors()
    make_torch_zip()
    make_torch_legacy()
    make_onnx()
