"""What modules put into an RDB file: typed pieces, which can be passed over without the module (rdb.c
rdbLoadCheckModuleValue)."""

from string import ascii_letters, ascii_uppercase, digits

from redproof_server.persistence.stream import CorruptPayloadError, Reader
from redproof_server.persistence.strings import read_string

EOF, SINT, UINT, FLOAT, DOUBLE, STRING = range(6)
FLOAT_BYTES = {FLOAT: 4, DOUBLE: 8}
NAME_CHARACTERS = (ascii_uppercase + ascii_letters[:26] + digits + "-_").encode()
NAME_LENGTH = 9
VERSION_BITS = 10


def skip_aux(reader: Reader) -> bytes:
    """Pass over what a module keeps beside the keys; the name of the module. Raises CorruptPayloadError."""
    module_id = reader.length()
    if reader.length() != UINT:
        raise CorruptPayloadError("data of a module without the time it is for")
    reader.length()
    while (code := reader.length()) != EOF:
        if code in (SINT, UINT):
            reader.length()
        elif code in FLOAT_BYTES:
            reader.take(FLOAT_BYTES[code])
        elif code == STRING:
            read_string(reader)
        else:
            raise CorruptPayloadError("unknown piece of a module's data")
    return module_name(module_id)


def module_name(module_id: int) -> bytes:
    """The name of a module, six bits a character, in front of a version (module.c moduleTypeNameByID)."""
    packed = module_id >> VERSION_BITS
    return bytes(NAME_CHARACTERS[packed >> 6 * place & 0x3F] for place in reversed(range(NAME_LENGTH)))
