"""Components that are written by hand, and do nothing."""


def number(value):
    """As WebAssembly writes numbers (unsigned LEB128)."""
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def section(kind, body):
    return bytes([kind]) + number(len(body)) + body


def nested_loops(functions, depth):
    """A component of functions with many nested loops, all of which change the same 1,000
    variables.

    It is small, and the compiler's work grows with the square of its size."""
    variables = 1000
    loop, read, write, add, branch_if, end = (
        b"\x03\x40",
        b"\x20",
        b"\x21",
        b"\x41\x01\x6a",
        b"\x0d\x00",
        b"\x0b",
    )
    code = b""
    for level in range(depth):
        code += (
            loop + read + number(level % variables) + add + write + number(level * 7 % variables)
        )
    for level in range(depth):
        code += read + number(level * 3 % variables) + branch_if + end
    body = number(1) + number(variables) + b"\x7f" + code * functions + end
    module = b"".join(
        [
            b"\0asm\1\0\0\0",
            section(1, number(1) + b"\x60\0\0"),  # one type: no parameters, no results
            section(3, number(1) + b"\0"),  # one function of it
            section(10, number(1) + number(len(body)) + body),
        ]
    )
    return b"\0asm\x0d\0\x01\0" + section(1, module)
