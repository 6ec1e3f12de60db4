"""Registry files as bytes: blocks, and where damage begins."""

import bz2
import gzip
import lzma
import random
import re
import zlib

import pytest

from rib.exceptions import RegistryError
from rib.registry.files import read_blocks, read_whole

TEXT = "".join(f"{n}|{n * 7919 % 65536}|-1\n" for n in range(200_000)).encode()
PACKS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
UNPACKERS = {
    "gz": lambda data: zlib.decompressobj(31).decompress(data),
    "bz2": lambda data: bz2.BZ2Decompressor().decompress(data),
    "xz": lambda data: lzma.LZMADecompressor().decompress(data),
}


@pytest.mark.parametrize("pack", [bytes, *PACKS.values()])
@pytest.mark.parametrize("block", [1000, 1 << 20, 1 << 25])
def test_blocks_join_to_the_content(tmp_path, pack, block):
    """Blocks are full but for the last, and joined they are the content."""
    path = tmp_path / "registry"
    path.write_bytes(pack(TEXT))
    blocks = list(read_blocks(path, "text", block))
    assert TEXT == b"".join(blocks)
    assert all(len(b) == block for b in blocks[:-1])


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_cut_is_named_by_the_bytes_before_it(tmp_path, pack, share):
    """A cut is reported at the number of bytes that the whole stream gives before it."""
    content = PACKS[pack](TEXT)
    cut = content[: int(len(content) * share)]
    path = tmp_path / "registry"
    path.write_bytes(cut)
    expected = len(UNPACKERS[pack](cut))
    with pytest.raises(RegistryError, match=f"cut after {expected:,} uncompressed bytes"):
        read_whole(path, "text")


@pytest.mark.parametrize("block", [100_000, 1 << 25])
def test_damage_is_named_within_a_piece(tmp_path, block):
    """Damage inside a stream is reported no more than 64 KiB too early, whatever the block."""
    content = bytearray(gzip.compress(TEXT))
    middle = len(content) // 2
    content[middle : middle + 100] = random.Random(1).randbytes(100)
    before = len(zlib.decompressobj(31).decompress(bytes(content[:middle])))
    path = tmp_path / "registry"
    path.write_bytes(content)
    with pytest.raises(RegistryError) as caught:
        list(read_blocks(path, "text", block))
    found = int(re.search(r"after ([\d,]+) uncompressed", str(caught.value))[1].replace(",", ""))
    assert before - (1 << 16) <= found
    assert found <= len(TEXT)
