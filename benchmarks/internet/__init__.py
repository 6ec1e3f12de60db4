"""A synthetic Internet: an MRT writer, and a generator of small dumps with a known truth.

Put `benchmarks/` on the path, then `python -m internet.sample OUT_DIR` writes the sample data of this
project.  `internet.mrt_writer` composes MRT records byte by byte and is shared by the tests.
"""
