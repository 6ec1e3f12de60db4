"""Damaged views: never another error than ours, every byte accounted for, the same on both back ends."""

import importlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from views import VIEWS

import rib
from rib.fallback.views import view_records
from rib.sources.views.formats import reader_of

#: What views are made of, and what they are not.
_OCTETS = [bytes([c]) for c in b'\n\r\t ,:.|"(){}[]=-/*>0123456789abfAFBdx\x00\xe9\xa0\x85\x0b\x1f']


@st.composite
def damaged(draw, texts):
    """Cut, repeat and change pieces of a text."""
    text = bytearray(draw(st.sampled_from(texts)))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(text)))
        match draw(st.integers(0, 3)):
            case 0:
                text[at : at + 1] = draw(st.sampled_from(_OCTETS))
            case 1:
                text[at:at] = draw(st.sampled_from(_OCTETS))
            case 2:
                del text[at : at + draw(st.integers(1, 60))]
            case _:
                begin = draw(st.integers(0, len(text)))
                text[at:at] = text[begin : begin + draw(st.integers(1, 120))]
    return bytes(text)


def of_format(name):
    return [text for known, text in VIEWS.values() if known == name]


@pytest.mark.parametrize(
    "name", ["bgpdump", "bird", "routeros", "frr-json", "openbgpd-json", "cisco"]
)
def test_damage_is_accounted_for(name):
    """Any damage gives a table whose sums agree, or `ViewError`."""

    @settings(max_examples=150, deadline=None)
    @given(text=damaged(of_format(name)))
    def check(text):
        try:
            table = rib.read_view(text, name)
        except rib.RibError:
            assert name.endswith("json")
            return
        (file,) = table.receipt.files
        assert file.reconciled
        assert len(text) == file.bytes_uncompressed
        assert table.n_routes == file.routes_kept
        # What is lost or passed over is no silence.
        if file.routes_lost or file.skipped or file.other_families:
            assert file.n_issues

    check()


@pytest.mark.parametrize("name", ["bgpdump", "bird", "routeros"])
def test_back_ends_read_damage_alike(name):
    """Records and account are the same from the native module and in Python."""
    try:
        native = importlib.import_module("rib._core")
    except ImportError:
        pytest.skip("no native module here")

    @settings(max_examples=600, deadline=None)
    @given(text=damaged(of_format(name)))
    def check(text):
        assert view_records(name, text) == native.view_records(name, text)

    check()


@pytest.mark.parametrize("name", ["bgpdump", "bird", "routeros", "cisco"])
def test_noise(name):
    """Text that is nothing at all is accounted for as well."""

    @settings(max_examples=100, deadline=None)
    @given(text=st.lists(st.sampled_from(_OCTETS), max_size=300).map(b"".join))
    def check(text):
        _, account = reader_of(name)[0](text)
        skipped = sum(length for _, length, _ in account["skipped"])
        assert len(text) == skipped + sum(account["record_bytes"].values())

    check()


def test_unknown_format_of_a_back_end():
    """Both back ends refuse a format that they do not read."""
    for core in (rib.fallback, importlib.import_module("rib._backend").core):
        with pytest.raises(ValueError, match="format="):
            core.view_records("cisco", b"")
