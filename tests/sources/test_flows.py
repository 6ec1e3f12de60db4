"""`rib.read_flows`: what nfdump and pmacct write, and what is no flow record."""

import bz2
import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import rib

#: As nfdump 1.7.1 writes ``-o csv``, some columns left out.
NFDUMP = """\
ts,te,td,sa,da,sp,dp,pr,flg,ipkt,ibyt,opkt,obyt,ra,eng
2026-11-26 03:37:56,2026-11-26 03:38:01,5.000,10.0.0.1,5.39.0.1,1234,80,TCP,...AP...,10,9000,0,0,127.0.0.1,0/0
2026-11-26 03:37:56,2026-11-26 03:38:01,5.000,10.0.0.2,2001:db8::1,1234,80,TCP,...AP...,2,120,0,0,127.0.0.1,0/0
Summary
flows,bytes,packets,avg_bps,avg_pps,avg_bpp
2,9120,12,43776,7,760
"""
PMACCT_JSON = """\
{"event_type": "purge_init", "writer_pid": 17}
{"event_type": "purge", "ip_dst": "5.39.0.1", "packets": 10, "bytes": 9000}
{"event_type": "purge", "ip_dst": "2001:db8::1", "packets": 2, "bytes": 120}
"""
PMACCT_CSV = "DST_IP,PACKETS,BYTES\n5.39.0.1,10,9000\n2001:db8::1,2,120\n"
FLOWS = [{"dst": "5.39.0.1", "bytes": 9000.0}, {"dst": "2001:db8::1", "bytes": 120.0}]


@pytest.mark.parametrize("text", [NFDUMP, PMACCT_JSON, PMACCT_CSV])
@pytest.mark.parametrize("ending", ["", ".gz", ".bz2"])
def test_read_flows_reads_what_collectors_write(tmp_path, text, ending):
    path = tmp_path / f"flows{ending}"
    path.write_bytes({"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress}[ending](text.encode()))
    reader = rib.read_flows(path)
    assert reader.schema.names == ["dst", "bytes"]
    assert reader.read_all().to_pylist() == FLOWS


def test_read_flows_reads_parquet_under_any_of_the_names(tmp_path):
    path = tmp_path / "flows.parquet"
    pq.write_table(pa.table({"x": [1, 2], "dstAddr": ["5.39.0.1", None], "inBytes": [9, 1]}), path)
    found = rib.read_flows(path).read_all().to_pylist()
    assert found == [{"dst": "5.39.0.1", "bytes": 9.0}, {"dst": None, "bytes": 1.0}]


def test_read_flows_streams_into_traffic(tmp_path, sample):
    """Many blocks of JSON are as many batches, and their sum is that of the file."""
    path = tmp_path / "flows.json"
    line = json.dumps({"ip_dst": "5.39.0.1", "bytes": 3, "more": "x" * 400}) + "\n"
    n = (1 << 25) // len(line)
    path.write_text(line * n + '{"ip_dst": "3fff::1", "bytes": 4}')
    view = rib.read_mrt(sample / "own.20250121.1200.mrt.gz")
    traffic = rib.match_flows(view, rib.read_flows(path))
    assert (traffic.n_flows, traffic.total, traffic.unmatched) == (n + 1, 3.0 * n + 4, 4.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", r"no column for the destination \(dst, da, .*among: a, b"),
        ("dst,packets\n10.0.0.1,2\n", "no column for the bytes"),
        ("dst,bytes\n10.0.0.1,2\n10.0.0.1\n", "1 fields where the first line has 2: 10.0.0.1"),
        ("dst,bytes\n10.0.0.1,many\n", "many"),
        ('{"ip_dst": "10.0.0.1", "packets": 2}\n', "no column for the bytes"),
        ('{"ip_dst": "10.0.0.1", "bytes": 2}\n{"ip_dst": "10.0.0.2"}\n', "10.0.0.2 has no bytes"),
        ('{"ip_dst": "10.0.0.1", "bytes": 2}\n{"ip_dst": \n', "lines from 1: "),
        ("", "among: none"),
    ],
)
def test_read_flows_says_what_it_cannot_read(tmp_path, text, message):
    path = tmp_path / "flows.txt"
    path.write_text(text)
    with pytest.raises(rib.FlowsError, match=f"flows.txt: .*{message}"):
        rib.read_flows(path).read_all()


def test_read_flows_refuses_other_formats(tmp_path):
    with pytest.raises(ValueError, match="format='pcap': expected 'auto', 'csv', 'json' or"):
        rib.read_flows(tmp_path / "x", format="pcap")
    with pytest.raises(FileNotFoundError):
        rib.read_flows(tmp_path / "x")
